"""The server comes back with an older state of its database: pages that had seen more show what it has."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.seats import NET_AWAY, PATIENCE
from tests.browser.servers import WebServer
from tests.browser.test_installed import KEPT
from tests.people import People
from tests.servers import BACKENDS

SERVICE_WORKERS = "allow"


@pytest.mark.parametrize("backend", BACKENDS)
async def test_after_a_restore_open_tabs_and_what_a_browser_kept_are_drawn_anew(
    sit, backing, tmp_path, backend
):
    with backing.chat_server(backend, kind=WebServer) as own:
        async with People(own) as people:
            ann, bob = await people.sign_up("ann"), await people.sign_up("bob")
            number = await people.room(ann, bob)
            room, path, file = f"/chat/room/{number}", f"/chats/room/{number}/messages", tmp_path / "chat.zip"

            async def say(*texts: str) -> list[str]:
                for text in texts:
                    await ann.post(path, {"content": text}, 201)
                return list(texts)

            kept = await say("one", "two", f"three @{bob.username}")
            # One looks at the room, one at general; one has no network, and draws what the browser kept.
            seats = [
                await (await sit(bob, place, server=own)).ready() for place in (room, "/chat/general", room)
            ]
            looking, elsewhere, away = seats
            for seat in seats:
                seat.allow(f"{NET_AWAY}|Failed to load resource")
            await asyncio.to_thread(own.manage, "backup", str(file))  # with the sessions of these seats
            lost = await say("lost 4", f"lost 5 @{bob.username}", "lost 6", "lost 7", "lost 8")
            for seat in (looking, away):
                await seat.settled(*kept, *lost)
            await away.until(KEPT)
            async with asyncio.timeout(PATIENCE):
                while "lost 8" not in await away.storage():
                    await asyncio.sleep(0.2)
            await away.context.set_offline(True)
            await away.page.reload()
            await expect(away.texts).to_have_text([*kept, *lost])

            await asyncio.to_thread(own.stop)
            await expect(looking.banner).to_be_visible()
            await looking.say("written meanwhile")
            await asyncio.to_thread(own.manage, "restore", str(file), "--force", "--yes")
            await asyncio.to_thread(own.start)
            # Fewer than were lost: by their numbers alone, all of them were seen already.
            await say("new 4", "new 5")
            await expect(looking.message("new 5")).to_be_visible()
            await looking.settle()
            await away.context.set_offline(False)
            there = [message["content"] for message in await ann.history(f"room/{number}")]
            assert sorted(there) == sorted([*kept, "new 4", "new 5", "written meanwhile"])
            await elsewhere.row("Room").click()
            for seat in seats:
                await seat.settled(*there)
            await say("and on")
            for seat in seats:
                await seat.settled(*there, "and on")
            for seat in seats:
                await seat.context.close()
