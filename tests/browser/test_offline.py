"""The net goes, the server dies, the machine sleeps: nothing written is lost or doubled."""

import asyncio
import time

from playwright.async_api import expect

from tests.browser.seats import NET_AWAY, REFUSE, quickest
from tests.browser.servers import WebServer
from tests.people import People
from tests.servers import SQLITE


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
        for number in range(len(said), len(said) + 80):
            said.append(f"line {number}.")
            await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": said[-1]})
        cable.plug()
        woken = time.monotonic()
        await anns.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(anns.message(said[-1])).to_be_in_viewport()
        took = time.monotonic() - woken
        await anns.settled(*said)
        return took

    await quickest(2, sleep_and_wake)
    assert await anns.page.evaluate("window.sameDocument")


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
