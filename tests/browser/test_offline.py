"""The net goes, the server dies, the machine sleeps: nothing written is lost or doubled."""

import asyncio
import re
import time

import pytest
from playwright.async_api import expect

from tests.browser.seats import NET_AWAY, PATIENCE, REFUSE, quickest
from tests.browser.servers import WebServer
from tests.people import People
from tests.servers import SQLITE

SERVICE_WORKERS = "allow"


async def test_row_18_what_is_written_offline_is_delivered_once_and_in_order(sit, cable, ann, bob, room):
    anns = await (await sit(ann, room, server=cable)).ready()
    bobs = await (await sit(bob, room)).ready()
    anns.allow(NET_AWAY)
    await anns.say("before")
    await bobs.settled("before")

    async def lose_the_net() -> float:
        cable.plug()
        await expect(anns.banner).to_have_count(0)
        pulled = time.monotonic()
        cable.pull()
        await expect(anns.banner).to_be_visible()
        return time.monotonic() - pulled

    await quickest(3, lose_the_net)
    texts = [f"written offline {number}" for number in range(5)]
    for text in texts:
        await anns.say(text)
    await expect(anns.page.get_by_label("Sending")).to_have_count(5)
    await bobs.say("are you there?")
    cable.plug()
    for seat in (anns, bobs):
        await seat.settled("before", "are you there?", *texts)
    await expect(anns.banner).to_have_count(0)
    await anns.page.reload()
    await anns.settled("before", "are you there?", *texts)


async def test_row_18_after_thirty_seconds_offline_five_messages_arrive_in_order(sit, ann, bob, room):
    """The thirty seconds are real: the waits between the tries to come back have grown by then."""
    anns = await (await sit(ann, room)).ready()
    bobs = await (await sit(bob, room)).ready()
    anns.allow(NET_AWAY)
    await anns.context.set_offline(True)
    await expect(anns.banner).to_be_visible()
    for number in range(5):
        await anns.say(f"offline {number}")
    await bobs.say("are you there?")
    await asyncio.sleep(30)
    await expect(anns.page.get_by_label("Sending")).to_have_count(5)
    await expect(anns.page.get_by_role("alert")).to_have_count(0)
    await anns.context.set_offline(False)
    for seat in (anns, bobs):
        await seat.settled("are you there?", *(f"offline {number}" for number in range(5)))
    await expect(anns.banner).to_have_count(0)


async def test_row_17_what_was_not_sent_survives_a_reload(sit, cable, ann, bob, room):
    anns = await (await sit(ann, room, server=cable)).ready()
    anns.allow(NET_AWAY)
    cable.pull()
    await expect(anns.banner).to_be_visible()
    await anns.say("one")
    await anns.say("two")
    await expect(anns.page.get_by_label("Sending")).to_have_count(2)
    cable.plug()
    # Reloaded before the client comes back by itself, or after: it makes no difference to what arrives.
    await anns.page.reload()
    bobs = await (await sit(bob, room)).ready()
    for seat in (anns, bobs):
        await seat.settled("one", "two")


async def test_row_17_a_refused_message_says_why_and_is_retried_or_discarded(sit, people, ann, bob):
    room = await people.room(ann, bob)
    bobs = await (await sit(bob, f"/chat/room/{room}")).ready()
    await bobs.page.evaluate(REFUSE)
    await bobs.say("first try")
    failed = bobs.message("first try")
    await expect(failed.get_by_role("alert")).to_contain_text("Not sent. Not now.")
    await failed.get_by_role("button", name="Retry").click()
    await bobs.until("window.refused === 2")
    await expect(failed.get_by_role("alert")).to_be_visible()
    await bobs.page.evaluate("window.refused = -1")
    await failed.get_by_role("button", name="Retry").click()
    await bobs.settled("first try")
    await expect(failed.get_by_role("alert")).to_have_count(0)
    await bobs.page.evaluate("window.refused = 0")
    await bobs.say("second try")
    await bobs.message("second try").get_by_role("button", name="Discard").click()
    await bobs.settled("first try")
    assert [message["content"] for message in await ann.history(f"room/{room}")] == ["first try"]


async def test_row_19_back_from_sleep_all_is_caught_up(sit, cable, ann, bob, room):
    anns = await (await sit(ann, room, server=cable)).ready()
    anns.allow(NET_AWAY)
    await anns.page.evaluate("window.sameDocument = true")
    said: list[str] = []

    async def sleep_and_wake() -> float:
        cable.pull()
        await expect(anns.banner).to_be_visible()
        first = len(said)
        for number in range(first, first + 80):
            said.append(f"line {number}.")
            await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": said[-1]})
        cable.plug()
        woken = time.monotonic()
        await anns.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(anns.message(said[first])).to_be_in_viewport()
        took = time.monotonic() - woken
        await anns.settled(*said)
        await anns.page.get_by_role("button", name=re.compile("^Jump to latest")).click()
        await expect(anns.message(said[-1])).to_be_in_viewport()
        await expect(anns.row("Room").get_by_text("unread")).to_have_count(0)
        return took

    await quickest(2, sleep_and_wake)
    assert await anns.page.evaluate("window.sameDocument")


async def test_row_8_what_was_missed_in_the_open_chat_gets_its_line_and_only_what_is_seen_is_read(
    sit, cable, ann, bob, room
):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    for number in range(30):
        await ann.post(path, {"content": f"before {number}."})
    anns = await (await sit(ann, room, server=cable)).ready()
    anns.allow(NET_AWAY)
    await expect(anns.message("before 29.")).to_be_in_viewport()
    cable.pull()
    await expect(anns.banner).to_be_visible()
    for number in range(60):
        await bob.post(path, {"content": f"missed {number}."})
    cable.plug()
    line = anns.page.get_by_role("separator").filter(has_text="New messages")
    await expect(line).to_be_in_viewport()
    for text in ("before 29.", "missed 0."):
        await expect(anns.message(text)).to_be_in_viewport()
    await expect(anns.message("missed 59.")).not_to_be_in_viewport()
    above = await line.evaluate("(line) => line.previousElementSibling.dataset.seq")
    assert above == "30"
    async with asyncio.timeout(PATIENCE):
        while not 30 < (mark := await read_to(ann)) < 90:
            await asyncio.sleep(0.05)
    await expect(anns.row("Room").get_by_text(f"{90 - mark} unread")).to_be_visible()
    await anns.page.get_by_role("button", name=re.compile("^Jump to latest")).click()
    await expect(anns.message("missed 59.")).to_be_in_viewport()
    await expect(anns.row("Room").get_by_text("unread")).to_have_count(0)
    await expect(line).to_have_count(1)


async def read_to(person) -> int:
    """How far the one room of this person was read, as the server has it."""
    [mark] = [c["last_read_seq"] for c in (await person.get("/chats"))["results"] if c["kind"] == "room"]
    return int(mark)


async def test_row_9_scrolled_up_or_missing_more_than_fits_the_place_stays(sit, cable, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    for number in range(60):
        await ann.post(path, {"content": f"before {number}."})
    anns = await (await sit(ann, room, server=cable)).ready()
    anns.allow(NET_AWAY)
    await expect(anns.message("before 59.")).to_be_in_viewport()
    await anns.scroll(-700)
    place = await anns.top_line()
    cable.pull()
    await expect(anns.banner).to_be_visible()
    for number in range(320):  # more than the window of messages in the page holds
        await bob.post(path, {"content": f"missed {number}."})
    cable.plug()
    await expect(anns.banner).to_have_count(0)
    await expect(anns.message("missed 0.")).to_have_count(1)
    assert await anns.top_line() == place
    assert await read_to(ann) == 60
    await expect(anns.row("Room").get_by_text(re.compile("unread"))).to_be_visible()


NOT_LOADED = "Couldn't load this part."


async def test_row_40_a_part_that_could_not_be_loaded_comes_with_the_next_press(sit, ann, bob, room):
    # Without a service worker, which keeps all parts once the page has been open for a while.
    anns = await (await sit(ann, room, service_workers="block")).ready()
    anns.allow(NET_AWAY)
    await anns.say("hello")
    await anns.settled("hello")
    box = anns.page.get_by_role("combobox", name="Find a chat or person")
    emoji = anns.page.get_by_role("dialog", name="Emoji")
    said = anns.page.get_by_role("status").filter(has_text=NOT_LOADED)
    await anns.page.route("**/static/**", lambda route: route.abort())
    for press in (
        lambda: anns.page.keyboard.press("Control+k"),
        lambda: anns.open_menu("hello"),
        lambda: anns.page.get_by_role("button", name="Emoji").click(),
    ):
        await press()
        await expect(said.locator(".toast")).to_be_in_viewport(ratio=1)
        await said.get_by_role("button", name="Close").click()
        await expect(said).to_have_count(0)
    await anns.page.unroute("**/static/**")
    await anns.page.keyboard.press("Control+k")
    await expect(box).to_be_focused()
    await anns.page.keyboard.press("Escape")
    await anns.open_menu("hello")
    await expect(anns.page.get_by_role("menuitem", name="Copy link")).to_be_visible()
    await anns.page.keyboard.press("Escape")
    await anns.page.get_by_role("button", name="Emoji").click()
    await expect(emoji.get_by_role("button", name="grinning").first).to_be_visible()


async def test_row_40_what_was_opened_without_a_net_comes_with_it(sit, cable, ann, bob, room):
    await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": "hello"})
    anns = await (await sit(ann, "/chat/general", server=cable, service_workers="block")).ready()
    anns.allow(NET_AWAY)
    cable.pull()
    await expect(anns.banner).to_be_visible()
    await anns.row("Room").click()
    await expect(anns.page.get_by_role("heading", name="Couldn't load messages")).to_be_visible()
    await anns.page.get_by_role("button", name="Members").click()
    await expect(anns.page.get_by_role("status").filter(has_text=NOT_LOADED)).to_be_visible()
    cable.plug()
    await expect(anns.message("hello")).to_be_visible()
    await expect(anns.page.get_by_role("complementary", name="Members")).to_contain_text(bob.username)
    await expect(anns.subtitle).to_contain_text("2 members")


async def test_row_64_words_that_did_not_come_are_asked_for_again(sit, ann, room):
    seat = await sit(ann, locale="de-DE", service_workers="block")
    seat.allow(NET_AWAY)
    await seat.page.route("**/locale/de*", lambda route: route.abort(), times=1)
    await seat.page.goto(room)
    await expect(seat.page.get_by_role("textbox", name=re.compile("^Nachricht an "))).to_be_editable()


async def test_row_18_the_server_is_killed_and_restarted_while_two_people_type(sit, backing):
    with backing.chat_server(SQLITE, kind=WebServer) as own:
        async with People(own) as people:
            ann, bob = await people.sign_up("ann"), await people.sign_up("bob")
            room = f"/chat/room/{await people.room(ann, bob)}"
            seats = [await (await sit(person, room, server=own)).ready() for person in (ann, bob)]
            for seat in seats:
                seat.allow(NET_AWAY)

            async def talk(seat) -> list[str]:
                said = [f"{seat.person.username} {number}." for number in range(20)]
                for text in said:
                    await seat.write(text)
                    await seat.composer.press("Enter")
                return said

            talking = asyncio.gather(*(talk(seat) for seat in seats))
            await expect(seats[0].messages.nth(8)).to_be_visible()
            await asyncio.to_thread(own.kill)
            await expect(seats[0].page.get_by_label("Sending").first).to_be_visible()
            await asyncio.to_thread(own.start)
            said = await talking
            for seat in seats:
                await expect(seat.messages).to_have_count(40, timeout=30_000)
                await expect(seat.page.get_by_label("Sending")).to_have_count(0)
            shown = [await seat.texts.all_inner_texts() for seat in seats]
            stored = [message["content"] for message in await ann.history(room.removeprefix("/chat/"))]
            assert shown == [stored, stored]
            for texts in said:
                assert [text for text in stored if text in texts] == texts
            for seat in seats:
                await seat.context.close()


@pytest.mark.parametrize("has_line", [True, False], ids=["below-an-old-line", "without-a-line"])
async def test_row_8_with_words_of_ones_own_on_their_way_what_was_missed_gets_its_line_too(
    sit, ann, bob, room, has_line
):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    for number in range(40):
        await bob.post(path, {"content": f"before {number}."})
    if not has_line:
        await ann.post(path.replace("/messages", "/read"), {"seq": 40})
    anns = await (await sit(ann, room)).ready()
    anns.allow(NET_AWAY)
    line = anns.page.get_by_role("separator").filter(has_text="New messages")
    await expect(line).to_have_count(int(has_line))
    await anns.composer.press("Escape")
    await anns.page.keyboard.press("End")
    await expect(anns.message("before 39.")).to_be_in_viewport()
    await expect(anns.row("Room").get_by_text("unread")).to_have_count(0)
    async with asyncio.timeout(PATIENCE):
        while await read_to(ann) < 40:
            await asyncio.sleep(0.05)
    await anns.context.set_offline(True)
    await anns.say("my own")
    await expect(anns.banner).to_be_visible()
    for number in range(30):
        await bob.post(path, {"content": f"missed {number}."})
    await anns.context.set_offline(False)
    await expect(anns.page.get_by_label("Sending")).to_have_count(0)
    await expect(anns.message("my own")).to_have_count(1)
    await expect(anns.message("missed 29.")).to_have_count(1)
    await expect(line).to_have_count(1)
    assert await line.evaluate("(line) => line.previousElementSibling.dataset.seq") == "40"
    await expect(line).to_be_in_viewport()
    await expect(anns.message("missed 0.")).to_be_in_viewport()
    await expect(anns.message("my own")).not_to_be_in_viewport()
