"""What is unread, how it shows, and what counts as read."""

import re
import sqlite3
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest_asyncio
from playwright.async_api import expect


@pytest_asyncio.fixture(loop_scope="session")
async def path(room):
    """Where messages to the room are posted."""
    return f"/chats{room.removeprefix('/chat')}/messages"


async def look_away(seat) -> None:
    """As if another window were in front."""
    await seat.page.evaluate("() => { document.hasFocus = () => false; dispatchEvent(new Event('blur')); }")


async def look_back(seat) -> None:
    await seat.page.evaluate("() => { delete document.hasFocus; dispatchEvent(new Event('focus')); }")


async def test_row_3_unread_and_mentions_are_counted_apart(sit, ann, bob, path):
    seat = await (await sit(ann, "/chat/general")).ready()
    row = seat.row("Room")
    plain = await row.locator(".row-title").evaluate("(title) => getComputedStyle(title).fontWeight")
    await bob.post(path, {"content": "hello"})
    await expect(row.get_by_text("1 unread")).to_be_visible()
    bold = await row.locator(".row-title").evaluate("(title) => getComputedStyle(title).fontWeight")
    assert int(bold) > int(plain)
    await expect(row.get_by_text("mention")).to_have_count(0)
    await bob.post(path, {"content": f"@{ann.username} look"})
    await expect(row.get_by_text("2 unread")).to_be_visible()
    await expect(row.get_by_text("@1 mention")).to_be_visible()
    await row.click()
    await expect(row.get_by_text("unread")).to_have_count(0)
    await expect(row.get_by_text("mention")).to_have_count(0)


async def test_mentions_are_marked_as_they_count_and_people_of_one_name_show_their_usernames(
    sit, ann, bob, room, path
):
    name = f"Ida {ann.username[-8:]}"
    for person in (ann, bob):
        answer = await person.call("PATCH", "/users/me", json={"display_name": name})
        assert answer.status_code == 200, answer.text
    seat = await (await sit(ann, room)).ready()
    await bob.post(path, {"content": f"请＠{ann.username}看一下 `@{ann.username}`"})
    marked = seat.page.locator(".mention")
    await expect(marked).to_have_text([f"＠{ann.username}"])
    await expect(marked).to_have_attribute("data-me", "true")
    await expect(seat.page.locator(".handle").last).to_have_text(f"@{bob.username}")


async def test_row_5_title_and_icon_tell_and_forget_when_read_on_another_device(sit, ann, bob, room, path):
    seat = await (await sit(ann, "/chat/general")).ready()
    icon = seat.page.locator("link[rel=icon]")
    plain = await icon.get_attribute("href")
    assert plain is not None
    await expect(seat.page).to_have_title("General")
    for number in range(3):
        await bob.post(path, {"content": f"hello {number}"})
    await expect(seat.page).to_have_title("(3) General")
    await expect(icon).to_have_attribute("href", re.compile("^data:image/svg"))
    other = await (await sit(ann, room, phone=True)).ready()
    await expect(other.message("hello 2")).to_be_visible()
    await expect(seat.page).to_have_title("General")
    await expect(icon).to_have_attribute("href", re.compile(re.escape(plain)))


async def test_row_8_a_line_stands_above_what_is_new_until_the_next_visit(sit, ann, bob, room, path):
    await ann.post(path, {"content": "old"})
    for number in range(3):
        await bob.post(path, {"content": f"new {number}"})
    seat = await (await sit(ann, room)).ready()
    line = seat.log_region.get_by_role("separator").filter(has_text="New messages")
    await expect(line).to_be_visible()
    order = await seat.log_region.evaluate(
        "(log) => [...log.querySelectorAll('.prose, .new-line')].map((row) => row.textContent.trim())"
    )
    assert order == ["old", "New messages", "new 0", "new 1", "new 2"]
    await expect(seat.row("Room").get_by_text("unread")).to_have_count(0)
    await expect(line).to_be_visible()
    await seat.row("General").click()
    await expect(seat.title).to_have_text("General")
    await seat.row("Room").click()
    await expect(seat.message("new 2")).to_be_visible()
    await expect(line).to_have_count(0)


async def test_row_9_a_chat_opens_at_the_first_unread_else_at_the_end(sit, ann, bob, room, path):
    for number in range(40):
        await ann.post(path, {"content": f"mine {number}."})
    for number in range(80):
        await bob.post(path, {"content": f"yours {number}."})
    seat = await (await sit(ann, room)).ready()
    await expect(seat.message("yours 0.")).to_be_in_viewport()
    await expect(seat.page.get_by_role("separator").filter(has_text="New messages")).to_be_in_viewport()
    await expect(seat.message("yours 79.")).not_to_be_in_viewport()
    await expect(seat.row("Room").get_by_text(re.compile(r"\d+ unread"))).to_be_visible()
    await seat.page.get_by_role("button", name=re.compile("^Jump to latest")).click()
    await expect(seat.message("yours 79.")).to_be_in_viewport()
    await expect(seat.row("Room").get_by_text("unread")).to_have_count(0)
    await seat.page.reload()
    await expect(seat.message("yours 79.")).to_be_in_viewport()


async def test_row_10_only_what_is_on_the_screen_of_a_focused_tab_is_read(sit, ann, bob, room, path):
    seat = await (await sit(ann, room)).ready()
    await look_away(seat)
    await bob.post(path, {"content": "are you there?"})
    await expect(seat.message("are you there?")).to_be_visible()
    await expect(seat.page).to_have_title(re.compile(r"^\(1\)"))
    await expect(seat.row("Room").get_by_text("1 unread")).to_be_visible()
    [chat] = [c for c in (await ann.get("/chats"))["results"] if c["kind"] == "room"]
    assert chat["unread_count"] == 1
    await look_back(seat)
    await expect(seat.row("Room").get_by_text("unread")).to_have_count(0)
    await expect(seat.page).not_to_have_title(re.compile(r"^\(1\)"))


async def test_row_11_marked_as_unread_it_stays_so_on_all_devices(sit, ann, bob, room, path):
    for number in range(3):
        await bob.post(path, {"content": f"hello {number}"})
    seat = await (await sit(ann, room)).ready()
    other = await (await sit(ann, "/chat/general")).ready()
    await expect(other.row("Room").get_by_text("unread")).to_have_count(0)
    await seat.menu("hello 1", "Mark as unread")
    await expect(other.row("Room").get_by_text("2 unread")).to_be_visible()
    await seat.row("General").click()
    await expect(seat.row("Room").get_by_text("2 unread")).to_be_visible()
    await seat.page.reload()
    await expect(seat.row("Room").get_by_text("2 unread")).to_be_visible()
    await expect(other.row("Room").get_by_text("2 unread")).to_be_visible()


async def test_row_35_the_writer_sees_what_was_sent_and_what_was_seen(sit, ann, bob):
    private = (await ann.post("/chats/private", {"receiver_id": bob.id}))["chat_id"]
    anns = await (await sit(ann, f"/chat/private/{private}")).ready()
    await anns.say("are you there?")
    receipt = anns.page.locator(".receipt")
    await expect(receipt).to_have_text("Sent")
    bobs = await (await sit(bob, f"/chat/private/{private}")).ready()
    await expect(receipt).to_have_text("Seen")
    await anns.page.reload()
    await expect(receipt).to_have_text("Seen")
    await bobs.page.get_by_role("button", name="account menu").click()
    await bobs.page.get_by_role("menuitem", name="Settings").click()
    await bobs.page.get_by_role("radiogroup", name="Read receipts").get_by_text("Off").click()
    await bobs.page.keyboard.press("Escape")
    await anns.say("and now?")
    await bobs.settled("are you there?", "and now?")
    await expect(bobs.row(ann.username).get_by_text("unread")).to_have_count(0)
    await expect(receipt).to_have_text("Sent")


async def test_row_66_a_small_room_shows_who_has_seen_ones_last_word(sit, people, ann, bob):
    eve = await people.sign_up("eve")
    room = f"/chat/room/{await people.room(ann, bob, eve)}"
    anns = await (await sit(ann, room)).ready()
    await anns.say("who reads this?")
    receipt = anns.page.locator(".receipt")
    await expect(receipt).to_have_count(0)
    await (await sit(bob, room)).ready()
    await expect(receipt).to_have_text(f"Seen by {bob.username}")
    await (await sit(eve, room)).ready()
    await expect(receipt).to_contain_text(f"and {eve.username}")


async def test_row_4_the_newest_chat_is_on_top_but_no_row_jumps_from_under_the_pointer(sit, people, ann, bob):
    rooms = {name: await people.room(ann, bob, name=name) for name in ("Alpha", "Beta", "Gamma")}
    seat = await (await sit(ann, "/chat/general")).ready()
    titles = seat.page.get_by_role("navigation").locator(".row-title")
    for name in ("Alpha", "Gamma", "Beta"):
        await bob.post(f"/chats/room/{rooms[name]}/messages", {"content": "hi"})
    await expect(titles).to_have_text(["General", "Beta", "Gamma", "Alpha"])
    await seat.row("Beta").hover()
    await bob.post(f"/chats/room/{rooms['Alpha']}/messages", {"content": "me, me"})
    await expect(seat.row("Alpha").get_by_text("2 unread")).to_be_visible()
    await expect(titles).to_have_text(["General", "Beta", "Gamma", "Alpha"])
    await seat.composer.hover()
    await expect(titles).to_have_text(["General", "Alpha", "Beta", "Gamma"])


async def test_row_7_days_are_named_in_the_time_zone_of_who_reads(sit, server, ann, bob, room, path):
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    times = [
        datetime.combine(yesterday - timedelta(days=40), time(12), UTC),
        datetime.combine(yesterday, time(3, 30), UTC),  # a day earlier in New York
        datetime.combine(yesterday, time(12), UTC),
    ]
    with sqlite3.connect(server.folder / "db.sqlite3") as database:
        for number, at in enumerate(times):
            message = await ann.post(path, {"content": f"line {number}"})
            database.execute(
                "UPDATE chat_message SET created_at = ? WHERE id = ?", [f"{at:%F %T.%f}", message["id"]]
            )
            database.commit()
    for zone in ("UTC", "America/New_York"):
        now, *days = (at.astimezone(ZoneInfo(zone)).date() for at in (datetime.now(UTC), *times))
        names = [{0: "Today", 1: "Yesterday"}.get((now - day).days, f"{day:%A}") for day in days]
        of_line_2 = [] if days[2] == days[1] else [names[2]]
        rows = ["line 0", names[1], "line 1", *of_line_2, "line 2"]
        seat = await (await sit(bob, room, timezone_id=zone)).ready()
        await expect(seat.message("line 2")).to_be_visible()
        seen = await seat.log_region.evaluate(
            "(log) => [...log.querySelectorAll('.prose, .day')].map((row) => row.textContent.trim())"
        )
        assert re.search(r"\d", seen[0])
        assert seen[1:] == rows


async def test_row_7_today_becomes_yesterday_at_midnight_while_open(sit, ann, room):
    seat = await sit(ann)
    await seat.page.clock.install()
    await seat.page.goto(room)
    await seat.ready()
    await seat.say("good night")
    await seat.settled("good night")
    day = seat.log_region.get_by_role("separator")
    await expect(day).to_have_text("Today")
    await seat.page.clock.fast_forward("24:00:00")
    await expect(day).to_have_text("Yesterday")
