"""Notifications: asked for on a press alone, one for each chat, gone when the chat is read."""

import asyncio
import re
import time

from playwright.async_api import expect

from tests.browser.seats import NET_AWAY, PATIENCE
from tests.browser.test_signing import log_out

SERVICE_WORKERS = "allow"

SAYS_NO = """window.asked = 0;
window.Notification = class {
  static permission = "default";
  static requestPermission() { asked += 1; this.permission = "denied"; return Promise.resolve("denied"); }
};"""

SAYS_YES = SAYS_NO.replace('"denied"', '"granted"')

# As Chrome for Android has it: there is the name, and none may be made.
ANDROID = """window.Notification = class {
  static permission = "granted";
  constructor() { throw new TypeError("Illegal constructor. Use ServiceWorkerRegistration.showNotification()."); }
};"""

# A browser without a service worker, as over plain http or in a private window. Notifications are counted.
PAGE_ALONE = """Object.defineProperty(navigator, "serviceWorker", { value: undefined });
window.shown = [];
window.Notification = class {
  static permission = "granted";
  constructor(title, options) { shown.push(this); Object.assign(this, { title, ...options, isClosed: false }); }
  close() { this.isClosed = true; }
};"""

# What the browser shows right now, as "tag: body". Asked in turn with the page (see inTurn in notify.js): otherwise
# Chromium loses what the page shows just then.
SHOWN = """() => navigator.locks.request("notifications", async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  const notes = (await registration?.getNotifications()) ?? [];
  return notes.map(({ tag, body }) => `${tag}: ${body}`).sort();
})"""

# A browser that takes its time: each notification waits for `release()`. `lost` counts how often it was asked for those
# that it shows while it was about to show one: that one Chromium may lose.
SLOW = """window.lost = 0;
window.held = [];
window.release = () => held.shift()();
const { prototype } = globalThis.ServiceWorkerRegistration ?? { prototype: {} };
const { showNotification, getNotifications } = prototype;
prototype.showNotification = async function (...all) {
  await new Promise((resolve) => held.push(resolve));
  return showNotification.apply(this, all);
};
prototype.getNotifications = function (...all) {
  lost += held.length;
  return getNotifications.apply(this, all);
};"""


async def turn_on(seat, choice: str = "On") -> None:
    await seat.page.get_by_role("button", name="account menu").click()
    await seat.page.get_by_role("menuitem", name="Settings").click()
    await seat.page.get_by_role("radiogroup", name="Notifications").get_by_text(choice, exact=True).click()
    await seat.page.keyboard.press("Escape")


async def at_desk(sit, person, path: str = "/chat/general", script: str = "", **options):
    """Signed in, with notifications allowed and turned on, and a service worker to show them."""
    seat = await sit(person, permissions=["notifications"], **options)
    await seat.context.add_init_script(script)
    await seat.page.goto(path)
    await seat.ready()
    if script != PAGE_ALONE:
        await seat.until("navigator.serviceWorker.ready.then(() => true)")
    await turn_on(seat)
    return seat


async def shows(seat, *notes: str) -> None:
    """Exactly these notifications are there, or come or go soon."""
    end = time.monotonic() + PATIENCE
    while (found := await seat.page.evaluate(SHOWN)) != sorted(notes):
        assert time.monotonic() < end, found
        await asyncio.sleep(0.05)


async def press(seat, tag: str) -> None:
    """Press a notification, as the browser tells the service worker."""
    [worker] = seat.context.service_workers
    await worker.evaluate(
        """async (tag) => {
          const [notification] = await registration.getNotifications({ tag });
          dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        }""",
        tag,
    )


async def first_at(*seats, title: str):
    """The tab among these that comes to be at this chat."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for seat in seats:
                if await seat.title.inner_text() == title:
                    return seat
            await asyncio.sleep(0.05)


async def test_row_36_permission_is_asked_for_only_on_a_press_and_row_37_a_message_notifies(
    sit, ann, bob, people
):
    room = await people.room(ann, bob)
    seat = await sit(ann, permissions=["notifications"])
    await seat.context.add_init_script(SAYS_YES)
    await seat.page.goto("/chat/general")
    await seat.ready()
    await seat.until("navigator.serviceWorker.ready.then(() => true)")
    assert await seat.page.evaluate("asked") == 0
    await seat.page.get_by_role("button", name="account menu").click()
    await seat.page.get_by_role("menuitem", name="Settings").click()
    await expect(seat.page.get_by_text("Your browser will ask you once.")).to_be_visible()
    await seat.page.get_by_role("button", name="Turn on").click()
    assert await seat.page.evaluate("asked") == 1
    await seat.page.keyboard.press("Escape")
    await bob.post(f"/chats/room/{room}/messages", {"content": "**wake** up"})
    await shows(seat, f"room:{room}: wake up")
    title = await seat.page.evaluate(
        "navigator.serviceWorker.ready.then((r) => r.getNotifications()).then(([note]) => note.title)"
    )
    assert bob.username in title and "Room" in title
    await seat.row("Room").click()
    await expect(seat.message("wake up")).to_be_visible()
    await shows(seat)
    await bob.post(f"/chats/room/{room}/messages", {"content": "in view"})
    await bob.post("/chats/general/messages", {"content": f"hello, says {bob.username}"})
    await shows(seat, f"general: hello, says {bob.username}")


async def test_row_36_a_denied_permission_is_explained_and_not_asked_for_again(sit, ann, room):
    seat = await sit(ann)
    await seat.page.add_init_script(SAYS_NO)
    await seat.page.goto(room)
    await seat.ready()
    await seat.page.get_by_role("button", name="account menu").click()
    await seat.page.get_by_role("menuitem", name="Settings").click()
    dialog = seat.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Turn on").click()
    await expect(dialog.get_by_text("Your browser blocks notifications from this site.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Turn on")).to_have_count(0)
    await seat.page.keyboard.press("Escape")
    await seat.page.reload()
    await seat.ready()
    assert await seat.page.evaluate("asked") == 0


async def test_row_37_a_press_leads_there_one_tab_tells_and_muted_chats_are_silent(sit, ann, bob, people):
    rooms = {name: await people.room(ann, bob, name=name) for name in ("Loud", "Quiet")}
    loud, quiet = (f"room:{rooms[name]}" for name in rooms)
    await ann.post(f"/chats/room/{rooms['Quiet']}/mute", {"until": "9999-12-31T00:00:00Z"})
    # Each tab counts what it shows itself.
    count = """window.told = [];
    const { prototype } = globalThis.ServiceWorkerRegistration ?? { prototype: {} };
    const show = prototype.showNotification;
    prototype.showNotification = function (title, options) {
      told.push(options.body);
      return show.call(this, title, options);
    };"""
    seat = await at_desk(sit, ann, script=count)
    second = await (await seat.new_tab("/chat/general")).ready()
    await bob.post(f"/chats/room/{rooms['Quiet']}/messages", {"content": "psst"})
    await bob.post(f"/chats/room/{rooms['Loud']}/messages", {"content": "hear me"})
    await shows(seat, f"{loud}: hear me")
    await bob.post(f"/chats/room/{rooms['Loud']}/messages", {"content": "again"})
    # One for the chat at a time: the same tag takes the place of the one before.
    await shows(seat, f"{loud}: again")
    told = [text for tab in (seat, second) for text in await tab.page.evaluate("told")]
    assert told == ["hear me", "again"]
    await press(seat, loud)
    tab = await first_at(seat, second, title="Loud")
    await expect(tab.message("again")).to_be_in_viewport()
    await shows(seat)
    await bob.post(f"/chats/room/{rooms['Loud']}/messages", {"content": "in view"})
    await expect(tab.message("in view")).to_be_visible()
    # A mention is told even where a chat is muted.
    await bob.post(f"/chats/room/{rooms['Quiet']}/messages", {"content": f"@{ann.username} psst"})
    await shows(seat, f"{quiet}: @{ann.username} psst")


async def test_row_37_what_is_read_elsewhere_or_deleted_or_left_is_not_shown_any_more(sit, ann, bob, people):
    rooms = [await people.room(ann, bob, name=name) for name in ("Read", "Deleted", "Left", "Kept")]
    seat = await at_desk(sit, ann)
    posted = [await bob.post(f"/chats/room/{room}/messages", {"content": "hear me"}) for room in rooms]
    await shows(seat, *(f"room:{room}: hear me" for room in rooms))
    await ann.post(f"/chats/room/{rooms[0]}/read", {"seq": posted[0]["seq"]})
    await shows(seat, *(f"room:{room}: hear me" for room in rooms[1:]))
    await bob.call("DELETE", f"/messages/{posted[1]['id']}")
    await shows(seat, *(f"room:{room}: hear me" for room in rooms[2:]))
    await leave_to(ann, bob, rooms[2])
    await shows(seat, f"room:{rooms[3]}: hear me")


async def test_row_37_an_edit_is_followed_silently_and_a_mention_that_is_gone_is_not_told_any_more(
    sit, cable, ann, bob, people
):
    loud, quiet = await people.room(ann, bob), await people.room(ann, bob, name="Quiet")
    await ann.post(f"/chats/room/{quiet}/mute", {"until": "9999-12-31T00:00:00Z"})
    seat = await at_desk(sit, ann, server=cable)
    seat.allow(NET_AWAY)
    word, call = await asyncio.gather(
        bob.post(f"/chats/room/{loud}/messages", {"content": "the passwrod"}),
        bob.post(f"/chats/room/{quiet}/messages", {"content": f"@{ann.username} come"}),
    )
    told = f"room:{quiet}: @{ann.username} come"
    await shows(seat, f"room:{loud}: the passwrod", told)
    await bob.call("PATCH", f"/messages/{word['id']}", json={"content": "the password"})
    await shows(seat, f"room:{loud}: the password", told)
    assert await seat.page.evaluate(
        """async (tag) => {
          const [{ silent, renotify }] = await (await navigator.serviceWorker.ready).getNotifications({ tag });
          return silent && !renotify;
        }""",
        f"room:{loud}",
    )
    await bob.call("PATCH", f"/messages/{call['id']}", json={"content": "never mind"})
    await shows(seat, f"room:{loud}: the password")
    # Edited while the net was away.
    cable.pull()
    await expect(seat.banner).to_be_visible()
    await bob.call("PATCH", f"/messages/{word['id']}", json={"content": "no word"})
    cable.plug()
    await shows(seat, f"room:{loud}: no word")
    # What was dismissed does not come back.
    await seat.page.evaluate(
        """async (tag) => {
          const [note] = await (await navigator.serviceWorker.ready).getNotifications({ tag });
          note.close();
        }""",
        f"room:{loud}",
    )
    await shows(seat)
    # An edit that mentions one is told, though the message was read.
    old = await bob.post(f"/chats/room/{quiet}/messages", {"content": "old news"})
    await ann.post(f"/chats/room/{quiet}/read", {"seq": old["seq"]})
    await bob.call("PATCH", f"/messages/{old['id']}", json={"content": f"@{ann.username} see above"})
    await shows(seat, f"room:{quiet}: @{ann.username} see above")
    await bob.call("PATCH", f"/messages/{word['id']}", json={"content": "once more"})
    await expect(seat.row("Room")).to_contain_text("once more")
    await bob.post(f"/chats/room/{quiet}/messages", {"content": f"@{ann.username} the last"})
    await shows(seat, f"room:{quiet}: @{ann.username} the last")


async def test_row_37_none_is_lost_and_none_is_out_of_date_where_the_browser_is_slow(sit, ann, bob, people):
    first, second = await people.room(ann, bob, name="First"), await people.room(ann, bob, name="Second")
    seat = await at_desk(sit, ann, script=SLOW)
    read = await bob.post(f"/chats/room/{first}/messages", {"content": "one"})
    await seat.until("held.length === 1")
    await seat.page.evaluate("release()")
    await shows(seat, f"room:{first}: one")
    # Another is about to be shown while the first is read, and edited before it is its turn.
    await bob.post(f"/chats/room/{second}/messages", {"content": "two"})
    await seat.until("held.length === 1")
    word = await bob.post(f"/chats/room/{second}/messages", {"content": "the passwrod"})
    gone = await bob.post(f"/chats/room/{first}/messages", {"content": "never mind"})
    await ann.post(f"/chats/room/{first}/read", {"seq": read["seq"]})
    await bob.call("PATCH", f"/messages/{word['id']}", json={"content": "the password"})
    await bob.call("DELETE", f"/messages/{gone['id']}")
    await expect(seat.row("Second")).to_contain_text("the password")
    await expect(seat.page).to_have_title("(2) General")
    await seat.page.evaluate("release()")
    await seat.until("held.length === 1")
    # What is read up to here is not what waits.
    await ann.post(f"/chats/room/{second}/read", {"seq": word["seq"] - 1})
    await expect(seat.page).to_have_title("(1) General")
    await seat.page.evaluate("release()")
    await shows(seat, f"room:{second}: the password")
    assert await seat.page.evaluate("[lost, held.length]") == [0, 0]


async def leave_to(ann, bob, room: int) -> None:
    """Ann gives her room to Bob, and leaves it."""
    await ann.call("PATCH", f"/chats/room/{room}/members/{bob.id}", json={"role": "owner"})
    await ann.post(f"/chats/room/{room}/leave")


async def test_row_37_after_a_reload_and_log_out_none_is_left(sit, ann, bob, people):
    room = await people.room(ann, bob)
    seat = await at_desk(sit, ann)
    seat.allow("status of 401")
    posted = await bob.post(f"/chats/room/{room}/messages", {"content": "hear me"})
    await shows(seat, f"room:{room}: hear me")
    await seat.page.reload()
    await seat.ready()
    await shows(seat, f"room:{room}: hear me")
    await ann.post(f"/chats/room/{room}/read", {"seq": posted["seq"]})
    await shows(seat)
    await bob.post(f"/chats/room/{room}/messages", {"content": "a secret"})
    await shows(seat, f"room:{room}: a secret")
    await log_out(seat)
    await expect(seat.page).to_have_url(re.compile("/login"))
    await shows(seat)


async def test_row_57_turned_off_in_one_tab_the_other_is_silent_too(sit, ann, bob, people):
    room = await people.room(ann, bob)
    seat = await at_desk(sit, ann)
    second = await (await seat.new_tab("/chat/general")).ready()
    await turn_on(second, "Off")
    await bob.post(f"/chats/room/{room}/messages", {"content": "psst"})
    for tab in (seat, second):
        await expect(tab.row("Room").get_by_text("1 unread")).to_be_visible()
    await turn_on(second, "On")
    await bob.post(f"/chats/room/{room}/messages", {"content": "hear me"})
    await shows(seat, f"room:{room}: hear me")


async def test_row_37_where_a_page_may_make_no_notification_the_service_worker_does(sit, ann, bob, people):
    room = await people.room(ann, bob)
    seat = await at_desk(sit, ann, script=ANDROID)
    await bob.post(f"/chats/room/{room}/messages", {"content": "hear me"})
    await shows(seat, f"room:{room}: hear me")


async def test_row_37_without_a_service_worker_the_page_notifies(sit, ann, bob, people):
    room = await people.room(ann, bob)
    seat = await at_desk(sit, ann, script=PAGE_ALONE)
    posted = await bob.post(f"/chats/room/{room}/messages", {"content": "hear me"})
    await seat.until("shown.length === 1 && shown[0].body === 'hear me'")
    await ann.post(f"/chats/room/{room}/read", {"seq": posted["seq"]})
    await seat.until("shown[0].isClosed")
    await bob.post(f"/chats/room/{room}/messages", {"content": "once more"})
    await seat.until("shown.length === 2")
    await seat.page.evaluate("shown[1].onclick()")
    await expect(seat.title).to_contain_text("Room")
    await seat.until("shown[1].isClosed")


async def test_row_37_what_came_while_the_net_was_away_is_told_once_for_each_chat(
    sit, cable, ann, bob, people
):
    room = await people.room(ann, bob)
    muted = await people.room(ann, bob, name="Quiet")
    await ann.post(f"/chats/room/{muted}/mute", {"until": "9999-12-31T00:00:00Z"})
    seat = await at_desk(sit, ann, server=cable)
    seat.allow(NET_AWAY)
    cable.pull()
    await expect(seat.banner).to_be_visible()
    for number in range(5):
        await bob.post(f"/chats/room/{room}/messages", {"content": f"number {number}"})
    await bob.post(f"/chats/room/{muted}/messages", {"content": "psst"})
    private = (await bob.post("/chats/private", {"receiver_id": ann.id}))["chat_id"]
    await bob.post(f"/chats/private/{private}/messages", {"content": "are you there?"})
    cable.plug()
    await shows(seat, f"room:{room}: 5 new messages", f"private:{private}: are you there?")
    await expect(seat.page).to_have_title("(6) General")
