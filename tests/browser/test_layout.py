"""How the page is laid out: panes, phone, dark, right to left, and how keyboard and screen reader go through it."""

import asyncio
import re

import pytest
from playwright.async_api import expect

# The colour that is really seen at a point: the first one that is not transparent, from the top down.
SEEN = """() => {
  window.darkest = 1; window.brightest = 0; window.frames_seen = 0;
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return a < 255 ? null : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  };
  const look = () => {
    for (const [x, y] of [[0.05, 0.97], [0.5, 0.02], [0.6, 0.5], [0.97, 0.97]]) {
      let element = document.elementFromPoint(innerWidth * x, innerHeight * y) ?? document.documentElement;
      let seen = null;
      for (; element && seen === null; element = element.parentElement)
        seen = light(getComputedStyle(element).backgroundColor);
      // Without any background it is the browser's own, which follows color-scheme.
      seen ??= getComputedStyle(document.documentElement).colorScheme.includes("dark")
        && matchMedia("(prefers-color-scheme: dark)").matches ? 0 : 1;
      window.brightest = Math.max(window.brightest, seen);
      window.darkest = Math.min(window.darkest, seen);
    }
    window.frames_seen += 1;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""

# Controls that a finger can't hit: less than 44 px of room in one direction, however it is drawn.
SMALL = """() => {
  const small = [];
  for (const control of document.querySelectorAll("a[href], button, input, textarea, select, [role=menuitem]")) {
    if (control.closest(".prose, .skip, [aria-hidden=true]") || !control.checkVisibility()) continue;
    const target = control.matches("input[type=radio], input[type=checkbox]") ? control.closest("label") : control;
    const box = target.getBoundingClientRect();
    if (box.bottom < 22 || box.top > innerHeight - 22 || box.width < 2) continue;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const reach = (dx, dy) => {
      const hit = document.elementFromPoint(x + dx, y + dy);
      return hit !== null && (target.contains(hit) || hit.contains(target) && hit.matches("label, a, button"));
    };
    const wide = box.width >= 43.5 || (reach(-21, 0) && reach(21, 0));
    const high = box.height >= 43.5 || (reach(0, -21) && reach(0, 21));
    if (!wide || !high)
      small.push(`${control.getAttribute("aria-label") ?? control.textContent.trim() ?? control.name}: `
        + `${Math.round(box.width)}×${Math.round(box.height)}`);
  }
  return small;
}"""

SIDEWAYS = """() => {
  const wide = [document.documentElement.scrollWidth - innerWidth];
  for (const box of document.querySelectorAll("#app *, main, dialog[open], dialog[open] *"))
    if (box.checkVisibility() && !box.closest(".prose pre, .sr") && box.getBoundingClientRect().right > innerWidth + 1
        && getComputedStyle(box).position !== "fixed") wide.push(`${box.tagName}.${box.className}`);
  return wide.filter(Boolean);
}"""


async def test_row_1_chats_messages_and_details_on_demand_stand_side_by_side(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    side = seat.page.get_by_role("navigation", name="Chats")
    main = seat.page.get_by_role("main")
    details = seat.page.get_by_role("complementary")
    await expect(details).to_have_count(0)
    wide = await main.bounding_box()
    await seat.page.get_by_role("button", name="Members").click()
    await expect(details).to_be_visible()
    left, middle, right = [await pane.bounding_box() for pane in (side, main, details)]
    assert left and middle and right and wide
    assert left["x"] == 0 and left["x"] + left["width"] == middle["x"]
    assert middle["x"] + middle["width"] == right["x"] and right["x"] + right["width"] == 1280
    assert middle["width"] < wide["width"] and middle["width"] > 400
    assert left["height"] == middle["height"] == right["height"] == 800
    await details.get_by_role("button", name="Close").click()
    await expect(details).to_have_count(0)
    assert await main.bounding_box() == wide


async def test_row_1_the_edge_of_the_list_is_dragged_and_stays(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    side = seat.page.get_by_role("navigation", name="Chats")
    before = await side.bounding_box()
    assert before is not None
    await seat.page.mouse.move(before["width"] - 1, 400)
    await seat.page.mouse.down()
    await seat.page.mouse.move(before["width"] + 79, 400, steps=4)
    await seat.page.mouse.up()
    dragged = await side.bounding_box()
    assert dragged and dragged["width"] == pytest.approx(before["width"] + 80, abs=2)
    await seat.page.reload()
    await seat.ready()
    assert await side.bounding_box() == dragged


async def test_row_2_a_row_tells_who_said_what_when_and_a_muted_one_looks_muted(sit, ann, bob, people):
    rooms = {name: await people.room(ann, bob, name=name) for name in ("Loud", "Quiet")}
    await ann.post(f"/chats/room/{rooms['Quiet']}/mute", {"until": "9999-12-31T00:00:00Z"})
    seat = await (await sit(ann, "/chat/general")).ready()
    for id in rooms.values():
        await bob.post(f"/chats/room/{id}/messages", {"content": "**hello** there"})
    style = {}
    for name in rooms:
        row = seat.row(name)
        await expect(row.locator(".avatar")).to_be_visible()
        await expect(row).to_contain_text(name)
        await expect(row).to_contain_text(f"{bob.username}: hello there")
        await expect(row.locator("time")).to_have_text(re.compile(r"\d{1,2}:\d\d"))
        await expect(row.get_by_text("1 unread")).to_be_visible()
        style[name] = await row.evaluate(
            """(row) => {
              const title = getComputedStyle(row.querySelector(".row-title"));
              const badge = getComputedStyle([...row.querySelectorAll(".badge")].at(-1));
              return { weight: Number(title.fontWeight), badge: badge.backgroundColor, title: title.color };
            }"""
        )
    assert style["Loud"]["weight"] > style["Quiet"]["weight"]
    assert style["Loud"]["badge"] != style["Quiet"]["badge"]
    assert style["Loud"]["title"] != style["Quiet"]["title"]
    await expect(seat.row("Quiet").get_by_label("muted")).to_be_visible()
    await expect(seat.row("Loud").get_by_label("muted")).to_have_count(0)
    await expect(seat.page).to_have_title(re.compile(r"^\(1\)"))


async def test_row_47_a_phone_shows_one_pane_at_a_time_and_back_works(sit, ann, bob, room):
    seat = await (await sit(ann, "/chat", phone=True)).ready_list()
    side, main = seat.page.get_by_role("navigation", name="Chats"), seat.page.get_by_role("main")
    await expect(side).to_be_visible()
    await expect(main).not_to_be_visible()
    await seat.row("Room").tap()
    await seat.ready()
    await expect(side).not_to_be_visible()
    box = await main.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    composer = await seat.composer.bounding_box()
    assert composer and composer["y"] + composer["height"] <= 844
    await seat.page.get_by_role("button", name="Members").tap()
    panel = seat.page.get_by_role("complementary")
    await expect(panel.get_by_text("Owner")).to_be_visible()
    covered = await panel.bounding_box()
    assert covered and covered["x"] == 0 and covered["width"] == 390
    await panel.get_by_role("button", name="Close").tap()
    await expect(panel).to_have_count(0)
    await seat.page.get_by_role("button", name="Back to chats").tap()
    await expect(side).to_be_visible()
    await expect(main).not_to_be_visible()
    await seat.row("General").tap()
    await expect(seat.title).to_have_text("General")
    await seat.page.go_back()
    await expect(side).to_be_visible()
    await seat.page.go_forward()
    await expect(seat.title).to_have_text("General")


async def test_row_47_a_finger_finds_every_target_and_nothing_scrolls_sideways_at_320(sit, ann, bob, room):
    await bob.post(
        f"/chats{room.removeprefix('/chat')}/messages", {"content": "hello https://example.org/" + "x" * 90}
    )
    await bob.post("/chats/private", {"receiver_id": ann.id})
    seat = await sit(ann, "/chat", phone=True, viewport={"width": 320, "height": 640})
    await seat.ready_list()
    found = {}

    async def look(name: str) -> None:
        small, wide = await seat.page.evaluate(SMALL), await seat.page.evaluate(SIDEWAYS)
        if small or wide:
            found[name] = (small, wide)

    await look("list")
    for button in ("account menu", "New room or chat"):
        await seat.page.get_by_role("button", name=button).tap()
        await expect(seat.page.get_by_role("menu")).to_be_visible()
        await look(button)
        await seat.page.keyboard.press("Escape")
    for button, item in (("account menu", "Settings"), ("New room or chat", "Create room")):
        await seat.page.get_by_role("button", name=button).tap()
        await seat.page.get_by_role("menuitem", name=item).tap()
        await expect(seat.page.get_by_role("dialog").get_by_role("button", name="Close")).to_be_visible()
        await look(item)
        await seat.page.get_by_role("dialog").get_by_role("button", name="Close").tap()
        await expect(seat.page.get_by_role("dialog")).to_have_count(0)
    await seat.row("Room").tap()
    await seat.ready()
    await expect(seat.message("hello")).to_be_visible()
    await look("chat")
    await seat.page.get_by_role("button", name="Members").tap()
    await expect(seat.page.get_by_role("complementary").get_by_text("Owner")).to_be_visible()
    await look("panel")
    for page in ("/login", "/signup", "/settings/profile", "/settings/look", "/settings/devices"):
        await seat.page.goto(page)
        wide = await seat.page.evaluate(SIDEWAYS)
        if wide:
            found[page] = wide
    assert not found, "\n".join(f"{name}: {what}" for name, what in found.items())


async def test_row_47_long_press_opens_what_can_be_done(sit, ann, bob, room):
    await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": "hold me"})
    seat = await (await sit(ann, room, phone=True)).ready()
    await expect(seat.message("hold me")).to_be_visible()
    box = await seat.texts.first.bounding_box()
    assert box is not None
    finger = await seat.context.new_cdp_session(seat.page)
    at = {"x": box["x"] + 10, "y": box["y"] + 10}
    await finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    await expect(seat.page.get_by_role("menuitem", name="Reply", exact=True)).to_be_visible()
    await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await expect(seat.page.get_by_role("menuitem", name="Reply", exact=True)).to_be_visible()
    await seat.page.get_by_role("menuitem", name="Reply", exact=True).tap()
    await expect(seat.page.get_by_text(f"Reply to {bob.username}", exact=True)).to_be_visible()


@pytest.mark.parametrize("path", ["/login", "/settings/profile", "/chat/general"])
async def test_row_48_dark_follows_the_system_and_nothing_flashes_while_loading(sit, ann, path):
    seat = await sit(ann if path != "/login" else None, dark=True)
    await seat.page.add_init_script(f"({SEEN})()")
    await seat.page.goto(path)
    await expect(seat.page.get_by_role("main")).to_be_visible()
    await seat.until("frames_seen > 5")
    assert await seat.page.evaluate("brightest") < 0.25
    await seat.page.emulate_media(color_scheme="light")
    await seat.page.reload()
    await expect(seat.page.get_by_role("main")).to_be_visible()
    await seat.until("frames_seen > 5")
    assert await seat.page.evaluate("darkest") > 0.75


async def test_row_48_a_theme_can_be_forced_in_the_chat_and_on_the_pages(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    await seat.page.add_init_script(f"({SEEN})()")
    await seat.page.get_by_role("button", name="account menu").click()
    await seat.page.get_by_role("menuitem", name="Settings").click()
    await seat.page.get_by_role("dialog").get_by_role("radio", name="Dark").check()
    await seat.page.keyboard.press("Escape")
    for path in (room, "/settings/look"):
        await seat.page.goto(path)
        await expect(seat.page.get_by_role("main")).to_be_visible()
        await seat.until("frames_seen > 5")
        assert await seat.page.evaluate("brightest") < 0.25
    await expect(seat.page.get_by_role("radio", name="Dark")).to_be_checked()
    await seat.page.get_by_role("radio", name="Light").check()
    await seat.page.get_by_role("button", name="Save").click()
    await seat.page.emulate_media(color_scheme="dark")
    await seat.page.goto(room)
    await seat.ready()
    await seat.until("frames_seen > 5")
    assert await seat.page.evaluate("darkest") > 0.75


async def test_row_49_regions_have_names_f6_walks_them_and_a_link_skips_the_list(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    page = seat.page
    await page.get_by_role("button", name="Members").click()
    title = await seat.title.inner_text()
    for role, name in (("navigation", "Chats"), ("main", title), ("complementary", "Members")):
        await expect(page.get_by_role(role, name=name)).to_have_count(1)
    await expect(page.get_by_role("complementary").get_by_text("Owner")).to_be_visible()
    await seat.say("something to stand on")
    await seat.settled("something to stand on")
    await seat.composer.focus()
    where = "() => document.activeElement.closest('nav, aside, [role=log], form, main')?.className"
    regions = []
    for _ in range(4):
        await page.keyboard.press("F6")
        regions.append(await page.evaluate(where))
    assert len(set(regions)) == 4
    await expect(seat.composer).to_be_focused()
    await page.keyboard.press("Shift+F6")
    await expect(seat.message("something to stand on")).to_be_focused()
    skip = page.get_by_role("link", name="Skip to messages")
    assert await skip.evaluate("(link) => document.querySelector('a, button, input, [tabindex]') === link")
    await page.get_by_role("navigation").get_by_role("button").first.press("Shift+Tab")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("navigation").locator(":focus")).to_have_count(0)
    await expect(page.get_by_role("main").locator(":focus")).to_have_count(1)


HEARD = """() => {
  window.heard = [];
  for (const region of document.querySelectorAll("[role=status], [role=log], [aria-live]")) {
    if (region.ariaLive === "off") continue;
    new MutationObserver(() => region.textContent.trim() && heard.push(region.textContent.trim()))
      .observe(region, { childList: true, characterData: true, subtree: true });
  }
}"""


async def test_row_50_what_is_new_is_read_out_once_but_neither_history_nor_ones_own(sit, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    for number in range(120):
        await bob.post(path, {"content": f"old {number}"})
    await ann.post(f"/chats{room.removeprefix('/chat')}/read", {"seq": 120})
    seat = await (await sit(ann, room)).ready()
    await expect(seat.message("old 119")).to_be_in_viewport()
    await seat.page.evaluate(HEARD)
    for shown in ("old 40", "old 0"):
        await seat.scroll(-20_000)
        await expect(seat.texts.get_by_text(shown, exact=True)).to_be_attached()
    await seat.say("my own")
    await expect(seat.message("my own")).to_be_in_viewport()
    await seat.settle()
    await bob.post(path, {"content": "**brand** new"})
    await expect(seat.message("brand new")).to_be_visible()
    heard = "heard.filter((text) => !text.includes('typing'))"
    await seat.until(f"{heard}.length > 0")
    assert await seat.page.evaluate(heard) == [f"{bob.username}: brand new"]
    # A screen reader has to notice the same words said a second time.
    await bob.post(path, {"content": "**brand** new"})
    await expect(seat.message("brand new")).to_have_count(2)
    await seat.until(f"{heard}.length > 1")


async def test_row_50_the_connection_has_one_polite_region(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    # What the page loads a moment later may be on its way, and is loaded again.
    seat.allow("ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket")
    region = seat.page.get_by_role("status").filter(has_text="Reconnecting")
    await seat.context.set_offline(True)
    await expect(region).to_have_count(1)
    await expect(seat.page.get_by_role("alert")).to_have_count(0)
    await seat.context.set_offline(False)
    await expect(region).to_have_count(0)


async def test_row_51_arrows_move_between_messages_and_tab_reaches_their_actions(sit, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    for person, text in ((ann, "one"), (bob, "**two**"), (ann, "three")):
        await person.post(path, {"content": text})
    seat = await (await sit(ann, room)).ready()
    await expect(seat.messages).to_have_count(3)
    await seat.composer.press("Shift+F6")
    keyboard = seat.page.keyboard
    await expect(seat.message("three")).to_be_focused()
    await keyboard.press("ArrowUp")
    await expect(seat.message("two")).to_be_focused()
    await expect(seat.message("two")).to_have_accessible_name(
        re.compile(rf"^{bob.username}, \d{{1,2}}:\d\d.*: two$")
    )
    await keyboard.press("ArrowUp")
    await keyboard.press("ArrowUp")
    await expect(seat.message("one")).to_be_focused()
    await keyboard.press("ArrowDown")
    await expect(seat.message("two")).to_be_focused()
    for name in (bob.username, "Add reaction", "Reply"):
        await keyboard.press("Tab")
        await expect(seat.message("two").get_by_role("button", name=name, exact=True)).to_be_focused()
    await keyboard.press("Enter")
    await expect(seat.composer).to_be_focused()
    await expect(seat.page.get_by_text(f"Reply to {bob.username}", exact=True)).to_be_visible()
    await keyboard.press("Escape")
    await keyboard.press("Shift+F6")
    await keyboard.press("Enter")
    await expect(seat.page.get_by_role("menuitem", name="Reply", exact=True)).to_be_focused()
    await keyboard.press("Escape")
    await expect(seat.message("two")).to_be_focused()
    await keyboard.press("Escape")
    await expect(seat.composer).to_be_focused()


# How each control looks while the focus is elsewhere; the boxes around it may show that it has the focus.
LOOKS = """() => {
  window.lookOf = (element) => [element, element.parentElement, element.parentElement?.parentElement].map((box) => {
    if (!box) return "";
    const { outline, boxShadow, background, borderColor } = getComputedStyle(box);
    return outline + boxShadow + background + borderColor;
  }).join();
  window.looks = new Map([...document.querySelectorAll("a, button, input, textarea, [tabindex]")]
    .map((element) => [element, lookOf(element)]));
}"""

# What has the focus, and whether it looks different from then. (What appears only with the focus near it has its
# ring from the rule for all.)
STOP = """() => {
  const element = document.activeElement;
  if (element === document.body) return ["", true];
  const name = `${element.tagName} ${element.ariaLabel ?? element.textContent.trim().slice(0, 40)}`;
  const before = looks.get(element) ?? "";
  return [name, lookOf(element) !== before && (before !== "" || getComputedStyle(element).outlineStyle !== "none")];
}"""


async def test_row_52_focus_is_seen_everywhere_caught_nowhere_and_given_back(sit, ann, bob, room):
    await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": "hello"})
    seat = await (await sit(ann, room)).ready()
    await expect(seat.composer).to_be_focused()
    await seat.row("General").click()
    await expect(seat.title).to_have_text("General")
    await expect(seat.composer).to_be_focused()
    await seat.row("Room").click()
    await seat.page.get_by_role("button", name="Members").click()
    await expect(seat.page.get_by_role("complementary").get_by_text("Owner")).to_be_visible()
    await seat.page.get_by_role("link", name="Skip to messages").focus()
    await seat.page.mouse.move(700, 300)
    await seat.page.evaluate(LOOKS)
    stops: list[str] = []
    for _ in range(60):
        await seat.page.keyboard.press("Tab")
        stop, is_seen = await seat.page.evaluate(STOP)
        assert is_seen, f"nobody sees that the focus is on {stop}"
        if stop in ("", *stops[:1]):
            break
        stops.append(stop)
    assert 10 < len(stops) < 60, stops
    opener = seat.page.get_by_role("button", name="account menu")
    await opener.focus()
    await opener.press("Enter")
    await seat.page.get_by_role("menuitem", name="Settings").press("Enter")
    dialog = seat.page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    for _ in range(30):
        await seat.page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        assert await seat.page.evaluate(inside)
    await seat.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_row_53_motion_is_left_out_for_who_does_not_want_it(sit, ann, bob, room):
    seat = await (await sit(ann, room, reduced_motion="reduce")).ready()
    bobs = await (await sit(bob, room)).ready()
    await bobs.write("moving dots")
    await expect(seat.page.get_by_role("main").get_by_text(f"{bob.username} is typing…")).to_be_visible()
    await seat.page.get_by_role("button", name="account menu").click()
    await seat.page.get_by_role("menuitem", name="Settings").click()
    await expect(seat.page.get_by_role("dialog")).to_be_visible()
    await seat.until(
        """document.getAnimations().every((animation) => {
          const { duration, iterations } = animation.effect.getComputedTiming();
          return duration < 10 && iterations === 1;
        })"""
    )


@pytest.mark.parametrize(
    "zoom", [{"width": 640, "height": 400}, {"width": 320, "height": 256}], ids=["200%", "400%"]
)
async def test_row_53_enlarged_the_page_flows_and_stays_usable(sit, ann, bob, room, zoom):
    for number in range(3):
        await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": f"hello {number}"})
    scale = 1280 / zoom["width"]
    seat = await (await sit(ann, room, viewport=zoom, device_scale_factor=scale)).ready()
    assert await seat.page.evaluate(SIDEWAYS) == []
    await expect(seat.message("hello 2")).to_be_in_viewport(ratio=0.5)
    await expect(seat.composer).to_be_in_viewport(ratio=1)
    await seat.say("large and clear")
    await expect(seat.message("large and clear")).to_be_in_viewport(ratio=0.5)
    await seat.page.get_by_role("button", name="Back to chats").click()
    await seat.page.get_by_role("button", name="New room or chat").click()
    await seat.page.get_by_role("menuitem", name="Create room").click()
    create = seat.page.get_by_role("dialog").get_by_role("button", name="Create")
    await create.scroll_into_view_if_needed()
    await expect(create).to_be_in_viewport()
    assert await seat.page.evaluate(SIDEWAYS) == []


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_row_64_right_to_left_everything_changes_sides(sit, ann, bob, room, phone):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    await bob.post(path, {"content": "שלום לכולם"})
    await bob.post(path, {"content": "hello everybody"})
    seat = await sit(ann, phone=phone)
    turn = """new MutationObserver(() => { if (document.documentElement) document.documentElement.dir = "rtl"; })
      .observe(document, { childList: true });"""
    await seat.page.add_init_script(turn)
    await seat.page.goto(room)
    await seat.ready()
    await expect(seat.messages).to_have_count(2)
    assert await seat.page.evaluate(SIDEWAYS) == []
    send, box = (
        await seat.page.get_by_role("button", name="Send").bounding_box(),
        await seat.composer.bounding_box(),
    )
    assert send and box and send["x"] + send["width"] <= box["x"] + 1
    picture, name = (
        await seat.messages.first.locator(".avatar").bounding_box(),
        await seat.messages.first.locator(".author").bounding_box(),
    )
    assert picture and name and picture["x"] > name["x"]
    sides = await seat.texts.evaluate_all(
        """(texts) => texts.map((text) => getComputedStyle(text.querySelector("p")).direction)"""
    )
    assert sides == ["rtl", "ltr"]
    if phone:
        return
    side, main = seat.page.get_by_role("navigation", name="Chats"), seat.page.get_by_role("main")
    left, right = await main.bounding_box(), await side.bounding_box()
    assert left and right and left["x"] == 0 and right["x"] == left["width"]
    grip = seat.page.get_by_role("separator", name="Chat list width")
    await grip.focus()
    await grip.press("ArrowLeft")
    wider = await side.bounding_box()
    assert wider and wider["width"] > right["width"]


async def test_row_64_german_is_complete_and_times_follow_the_locale(sit, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    await bob.post(path, {"content": "Guten Morgen"})
    english = await (await sit(ann, room, locale="en-US")).ready()
    german = await sit(ann, room, locale="de-DE")
    await expect(german.page.get_by_role("textbox", name=re.compile("^Nachricht an "))).to_be_editable()
    await expect(german.page.locator("html")).to_have_attribute("lang", "de")
    await expect(german.message("Guten Morgen")).to_be_visible()
    await expect(german.log_region.get_by_role("separator").filter(has_text="Heute")).to_be_visible()
    clock = german.messages.locator("header time")
    await expect(clock).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await expect(english.messages.locator("header time")).to_have_text(re.compile(r"^\d{1,2}:\d\d.(AM|PM)$"))
    british = await (await sit(ann, room)).ready()
    await expect(british.messages.locator("header time")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    await asyncio.gather(*(seat.page.goto("/settings/look") for seat in (english, german)))
    await expect(german.page.get_by_role("button", name="Speichern")).to_be_visible()
    await german.page.get_by_label("Sprache", exact=True).select_option(label="English")
    await german.page.get_by_role("button", name="Speichern").click()
    await expect(german.page.get_by_role("button", name="Save")).to_be_visible()
    await german.page.goto(room)
    await german.ready()
