"""Drafts on all devices, messages that are sent later, and reminders."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.seats import NET_AWAY

SERVICE_WORKERS = "allow"


def soon() -> str:
    """A time that comes in a moment: an answer takes less, so that it is still in the future."""
    return (datetime.now(UTC) + timedelta(seconds=1)).isoformat()


def key_of(room: str) -> str:
    return room.removeprefix("/chat/").replace("/", ":")


def other(seat):
    """What another device made of the draft."""
    return seat.page.locator(".intent").filter(has_text="Draft from another device")


async def test_row_57_a_draft_goes_on_on_another_device_and_is_gone_once_it_is_sent(sit, ann, bob, room):
    desk = await (await sit(ann, room)).ready()
    phone = await (await sit(ann, "/chat", phone=True)).ready_list()
    question = await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": "shall we?"})
    await desk.menu("shall we?", "Reply")
    await desk.write("yes, ")
    await expect(phone.row("Room")).to_contain_text("Draft: yes,")
    await phone.row("Room").click()
    await expect(phone.composer).to_have_value("yes, ")
    await expect(phone.page.locator(".intent")).to_contain_text("shall we?")
    await phone.composer.fill("yes, on Monday")
    await expect(desk.composer).to_have_value("yes, on Monday")
    await desk.page.reload()
    await expect(desk.composer).to_have_value("yes, on Monday")
    await phone.page.get_by_role("button", name="Send", exact=True).click()
    await desk.settled("shall we?", "yes, on Monday")
    await expect(desk.composer).to_have_value("")
    [_, answer] = await ann.history(room.removeprefix("/chat/"))
    assert answer["reply_to"] == question["id"]
    assert (await ann.get(f"/chats{room.removeprefix('/chat')}/draft"))["draft"] is None


async def test_row_57_of_two_drafts_none_is_lost_and_one_chooses(sit, ann, room):
    away = await (await sit(ann, room)).ready()
    tab = await (await away.new_tab(room)).ready()
    for seat in (away, tab):
        seat.allow(NET_AWAY)
    await away.context.set_offline(True)
    await away.composer.fill("written in the train")
    await expect(tab.composer).to_have_value("written in the train")
    path = f"/chats{room.removeprefix('/chat')}/draft"
    home = await ann.call("PUT", path, json={"content": "written at home", "base": 0})
    assert home.status_code == 200, home.text
    await away.context.set_offline(False)
    for seat in (away, tab):
        await expect(other(seat)).to_contain_text("written at home")
        await expect(seat.composer).to_have_value("written in the train")
    await other(away).get_by_role("button", name="Use it").click()
    for seat in (away, tab):
        await expect(seat.composer).to_have_value("written at home")
        await expect(other(seat)).to_have_count(0)
    await away.page.get_by_role("button", name="Undo").click()
    await expect(away.composer).to_have_value("written in the train")
    async with asyncio.timeout(10):
        while (await ann.get(path))["draft"]["content"] != "written in the train":
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_a_message_is_written_now_and_sent_later(sit, ann, bob, room, phone):
    seat = await (await sit(ann, room, phone=phone)).ready()
    clock = seat.page.get_by_role("button", name="Schedule message")
    dialog = seat.page.get_by_role("dialog")
    await seat.composer.fill("happy birthday")
    await clock.click()
    await expect(dialog).to_contain_text("happy birthday")
    await dialog.get_by_role("button", name=re.compile("^Tomorrow")).click()
    await expect(seat.page.get_by_text("Will be sent tomorrow at 09:00")).to_be_visible()
    await expect(seat.composer).to_have_value("")
    [row] = (await ann.get("/scheduled"))["results"]
    assert row["send_at"][11:16] in ("07:00", "08:00"), "nine o'clock in Berlin"
    await clock.click()
    entry = dialog.get_by_role("listitem").filter(has_text="happy birthday")
    await expect(entry).to_contain_text("tomorrow at 09:00")
    await entry.get_by_role("button", name="Edit").click()
    await dialog.get_by_label("Message text").fill("happy birthday, Bob")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await clock.click()
    await dialog.get_by_role("button", name="Send now").click()
    await expect(dialog).to_contain_text("press the clock")
    await seat.page.keyboard.press("Escape")
    await seat.settled("happy birthday, Bob")


async def test_what_could_not_be_sent_says_why_and_keeps_its_words(sit, people, ann, bob):
    room = await people.room(bob, ann)
    seat = await (await sit(ann, "/chat/general")).ready()
    late = {"chat": f"room:{room}", "content": "see you there", "send_at": soon()}
    await ann.post("/scheduled", late, 201)
    await bob.call("DELETE", f"/chats/room/{room}")
    failed = seat.page.get_by_role("region", name="Due now")
    await expect(failed).to_contain_text("see you there")
    await failed.get_by_role("button").click()
    dialog = seat.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("This room is archived.")
    await dialog.get_by_role("button", name="Delete").click()
    await expect(failed).to_have_count(0)


async def test_a_reminder_leads_back_to_its_message_also_for_who_opens_later(sit, ann, bob, room):
    message = await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": "shall we?"})
    seat = await (await sit(ann, room)).ready()
    await seat.menu("shall we?", "Remind me")
    dialog = seat.page.get_by_role("dialog")
    await dialog.get_by_label("Date and time").fill("2000-01-01T09:00")
    assert not await dialog.get_by_label("Date and time").evaluate("(field) => field.validity.valid")
    await dialog.get_by_role("button", name=re.compile("^In 3 hours")).click()
    await expect(seat.page.get_by_text("You'll be reminded")).to_be_visible()
    [waiting] = (await ann.get("/reminders"))["results"]
    assert waiting["message_id"] == message["id"]
    await seat.row("General").click()
    await ann.post("/reminders", {"message_id": message["id"], "remind_at": soon()}, 201)
    due = seat.page.get_by_role("region", name="Due now")
    await expect(due).to_contain_text("shall we?")
    await expect(seat.page).to_have_title(re.compile(r"^\(\d+\) "))
    await seat.page.reload()
    await due.get_by_role("button", name="Reminder").click()
    await expect(seat.title).to_have_text(re.compile("^Room"))
    await expect(seat.message("shall we?")).to_be_visible()
    await due.get_by_role("button", name="Dismiss").click()
    await expect(due).to_have_count(0)
    await expect(seat.composer).to_be_focused()  # what was pressed is gone
    assert [row["id"] for row in (await ann.get("/reminders"))["results"]] == [waiting["id"]]
