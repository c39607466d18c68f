"""What is being written: new messages, answers and edits, each kept until it is sent or given up."""

import asyncio

import pytest
import pytest_asyncio
from playwright.async_api import expect


@pytest_asyncio.fixture(loop_scope="session")
async def path(room):
    """Where messages to the room are posted."""
    return f"/chats{room.removeprefix('/chat')}/messages"


def bar(seat, words):
    """What stands over the box: the message that is answered or edited."""
    return seat.page.locator(".intent").filter(has_text=words)


async def test_row_22_an_edit_survives_switching_and_reload_and_gives_back_the_answer_below_it(
    sit, ann, bob, room, path
):
    question = await bob.post(path, {"content": "shall we?"})
    await ann.post(path, {"content": "frist"})
    seat = await (await sit(ann, room)).ready()
    await seat.menu("shall we?", "Reply")
    await seat.write("yes, we")
    await seat.menu("frist", "Edit")
    await expect(seat.composer).to_have_value("frist")
    await seat.composer.fill("first")
    await seat.row("General").click()
    await expect(seat.title).to_have_text("General")
    await expect(seat.composer).to_have_value("")
    await expect(seat.row("Room")).to_contain_text("Draft: first")
    await seat.row("Room").click()
    await expect(seat.composer).to_have_value("first")
    await expect(bar(seat, "Edit message")).to_contain_text("frist")
    await seat.page.reload()
    await expect(seat.composer).to_have_value("first")
    await expect(bar(seat, "Edit message")).to_contain_text("frist")
    await seat.composer.press("Escape")
    await expect(seat.composer).to_have_value("yes, we")
    await expect(bar(seat, f"Reply to {bob.username}")).to_contain_text("shall we?")
    await seat.menu("frist", "Edit")
    await seat.composer.fill("first")
    await seat.composer.press("Enter")
    await expect(seat.composer).to_have_value("yes, we")
    await seat.composer.press("Enter")
    await seat.settled("shall we?", "first", "yes, we")
    [_, _, answer] = (await ann.get(f"{path.removesuffix('/messages')}/history"))["messages"]
    assert answer["reply_to"] == question["id"]


async def test_row_22_an_edit_that_makes_room_for_an_answer_is_there_again_later(sit, ann, bob, room, path):
    await bob.post(path, {"content": "shall we?"})
    await ann.post(path, {"content": "frist"})
    seat = await (await sit(ann, room)).ready()
    await seat.menu("frist", "Edit")
    await seat.composer.fill("first")
    await seat.menu("shall we?", "Reply")
    await expect(seat.composer).to_have_value("")
    await seat.say("yes")
    await seat.settled("shall we?", "frist", "yes")
    await seat.menu("frist", "Edit")
    await expect(seat.composer).to_have_value("first")


async def test_row_22_enter_twice_saves_once_and_a_refusal_keeps_the_text(sit, ann, room, path):
    await ann.post(path, {"content": "frist"})
    seat = await (await sit(ann, room)).ready()
    sent: list[str] = []
    go_on = asyncio.Event()

    async def slow(route):
        if route.request.method != "PATCH":
            return await route.continue_()
        sent.append(route.request.post_data)
        await go_on.wait()
        if len(sent) == 1:
            body = {"error": {"code": "rate_limited", "detail": "Slow down."}}
            return await route.fulfill(status=429, json=body)
        return await route.continue_()

    await seat.page.route("**/messages/*", slow)
    seat.allow("429")
    await seat.composer.press("ArrowUp")
    await expect(seat.composer).to_have_value("frist")
    await seat.composer.fill("first")
    for _ in range(3):
        await seat.composer.press("Enter")
    await expect(seat.page.get_by_role("button", name="Save")).to_be_disabled()
    await expect(seat.composer).to_have_value("first")
    go_on.set()
    await expect(seat.page.locator(".toast")).to_contain_text("Slow down.")
    await expect(seat.composer).to_have_value("first")
    await expect(bar(seat, "Edit message")).to_be_visible()
    assert len(sent) == 1
    go_on.clear()
    await seat.composer.press("Enter")
    await seat.write(" of all")  # what is written while it is on its way is not lost
    go_on.set()
    await expect(seat.texts).to_have_text(["first"])
    await expect(seat.composer).to_have_value("first of all")
    await expect(seat.page.get_by_role("button", name="Save")).to_be_enabled()
    await seat.composer.press("Enter")
    await seat.settled("first of all")
    await expect(seat.composer).to_have_value("")
    assert len(sent) == 3


async def test_row_32_what_stands_over_the_box_follows_the_message_and_goes_with_it(
    sit, ann, bob, room, path
):
    question = await bob.post(path, {"content": "shall we?"})
    mine = await ann.post(path, {"content": "frist"})
    seat = await (await sit(ann, room)).ready()
    await seat.menu("shall we?", "Reply")
    await seat.write("yes")
    answer = await bob.call("PATCH", f"/messages/{question['id']}", json={"content": "shall we go?"})
    assert answer.is_success
    await expect(bar(seat, "Reply to")).to_contain_text("shall we go?")
    assert (await bob.call("DELETE", f"/messages/{question['id']}")).is_success
    await expect(bar(seat, "Reply to")).to_have_count(0)
    await expect(seat.page.locator(".toast")).to_contain_text("was deleted")
    await expect(seat.composer).to_have_value("yes")
    await seat.menu("frist", "Edit")
    # Nothing was changed here yet: the box follows the other device.
    assert (await ann.call("PATCH", f"/messages/{mine['id']}", json={"content": "firts"})).is_success
    await expect(seat.composer).to_have_value("firts")
    await seat.composer.fill("first")
    assert (await ann.call("PATCH", f"/messages/{mine['id']}", json={"content": "1st"})).is_success
    await expect(bar(seat, "Edit message")).to_contain_text("1st")
    await expect(seat.composer).to_have_value("first")
    assert (await ann.call("DELETE", f"/messages/{mine['id']}")).is_success
    await expect(bar(seat, "Edit message")).to_have_count(0)
    await expect(seat.composer).to_have_value("yes\n\nfirst")
    await expect(seat.page.locator(".toast").last).to_contain_text("kept as a draft")


async def test_row_32_a_message_that_was_deleted_while_the_draft_waited_is_not_answered(
    sit, ann, bob, room, path
):
    question = await bob.post(path, {"content": "shall we?"})
    seat = await (await sit(ann, room)).ready()
    await seat.menu("shall we?", "Reply")
    await seat.write("yes")
    await seat.page.goto("/chat/general")
    await seat.ready()
    assert (await bob.call("DELETE", f"/messages/{question['id']}")).is_success
    await seat.row("Room").click()
    await expect(seat.page.locator(".toast")).to_contain_text("was deleted")
    await expect(seat.composer).to_have_value("yes")
    await expect(bar(seat, "Reply")).to_have_count(0)


async def test_row_22_up_edits_the_newest_message_of_the_chat_wherever_one_reads(sit, ann, room, path):
    first = await ann.post(path, {"content": "very old"})
    for number in range(120):
        await ann.post(path, {"content": f"line {number}"})
    seat = await (await sit(ann, f"{room}/{first['seq']}")).ready()
    await expect(seat.message("very old")).to_be_in_viewport()
    await seat.composer.press("ArrowUp")
    await expect(seat.composer).to_have_value("line 119")
    await expect(bar(seat, "Edit message")).to_contain_text("line 119")
    await expect(seat.message("very old")).to_be_in_viewport()
    await seat.composer.fill("the last line")
    await seat.composer.press("Enter")
    await expect(seat.composer).to_have_value("")
    await seat.page.goto(room)
    await expect(seat.texts.last).to_have_text("the last line")


@pytest.mark.parametrize("is_edit", [False, True], ids=["new", "edit"])
async def test_row_27_a_name_of_an_emoji_stays_as_typed_in_code(sit, ann, room, is_edit):
    seat = await (await sit(ann, room)).ready()
    offers = seat.page.get_by_role("option")
    if is_edit:
        await seat.say("to be edited")
        await seat.settled("to be edited")
        await seat.composer.press("ArrowUp")
        await expect(seat.composer).to_have_value("to be edited")
        await seat.composer.fill("")
    await seat.write("`:tada:` and :tada:")
    await expect(seat.composer).to_have_value("`:tada:` and 🎉")
    await seat.composer.press("Shift+Enter")
    await seat.write("```")
    await seat.composer.press("Shift+Enter")
    await seat.write(":tada: @an")
    await expect(offers).to_have_count(0)
    await expect(seat.composer).to_have_value("`:tada:` and 🎉\n```\n:tada: @an")


async def test_row_27_an_emoji_is_put_in_for_what_is_typed_and_not_for_what_is_left(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    await seat.composer.fill("well :tada:x")
    await seat.composer.press("Backspace")
    await seat.write(" done :tada:")
    await expect(seat.composer).to_have_value("well :tada: done 🎉")
