"""Edit history, deletions that can be taken back, and messages that are held before they are sent."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.seats import Seat

SERVICE_WORKERS = "allow"

sizes = pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
GONE = "This message was deleted"

# What takes five seconds happens when the test says so: on a busy machine it would be over before the test acts.
STILL = """(() => {
  const [later, cancel, works] = [window.setTimeout, window.clearTimeout, new Map()];
  window.setTimeout = (work, ms, ...rest) => {
    if (ms !== 5000) return later(work, ms, ...rest);
    works.set(-works.size - 1, work);
    return -works.size;
  };
  window.clearTimeout = (timer) => (timer < 0 ? works.set(timer, null) : cancel(timer));
  window.fiveSecondsPass = () => {
    for (const [timer, work] of [...works]) {
      works.set(timer, null);
      work?.();
    }
  };
})();"""


def undo(seat: Seat):
    return seat.page.get_by_role("button", name="Undo", exact=True)


async def delete(seat: Seat, text: str, phone: bool = False) -> None:
    if phone:
        await seat.message(text).press("Enter")  # (a long press opens the same menu)
        await seat.page.get_by_role("menuitem", name="Delete", exact=True).tap()
    else:
        await seat.menu(text, "Delete")


@sizes
async def test_row_30_edits_have_a_history_and_deletions_can_be_undone(sit, ann, bob, room, phone):
    anns, bobs = await sit(ann, room), await sit(bob, phone=phone)
    await bobs.page.add_init_script(STILL)
    await bobs.page.goto(room)
    await anns.ready()
    await bobs.ready()
    for text in ("I like red apples", "second", "third"):
        await bobs.say(text)
        await bobs.settle()
    path = f"/chats{room.removeprefix('/chat')}/history"
    first = (await bob.get(path))["messages"][0]
    assert (
        await bob.call("PATCH", f"/messages/{first['id']}", json={"content": "I like green apples"})
    ).is_success
    await bobs.message("green").get_by_text("(edited)").click()
    history = bobs.page.get_by_role("dialog", name="Edit history")
    await expect(history.get_by_role("deletion")).to_have_text("removed: red")
    await expect(history.get_by_role("insertion")).to_have_text("added: green")
    await expect(history.locator("section")).to_contain_text(
        [re.compile("^Edited "), re.compile("^Sent .*I like red apples")]
    )
    await bobs.page.keyboard.press("Escape")
    await expect(bobs.page.get_by_role("dialog")).to_have_count(0)

    await delete(bobs, "second", phone)
    await delete(bobs, "third", phone)
    await expect(bobs.message(GONE)).to_have_count(2)
    await expect(undo(bobs)).to_have_count(2)
    await undo(bobs).last.click()
    await expect(bobs.message("third")).to_be_focused()
    await expect(anns.message("second")).to_be_visible()
    await bobs.page.evaluate("fiveSecondsPass()")
    await expect(undo(bobs)).to_have_count(0)
    for seat in (anns, bobs):
        await expect(seat.texts).to_have_text(["I like green apples", "third"])
        await expect(seat.message(GONE)).to_have_count(1)

    await delete(bobs, "third", phone)
    await expect(bobs.message(GONE)).to_have_count(2)
    await bobs.composer.press("Control+z")
    await expect(bobs.message("third")).to_be_visible()
    await expect(bobs.page.get_by_test_id("announcer")).to_have_text("Message restored")
    assert (await bob.get(path))["messages"][2]["content"] == "third"


async def test_row_30_a_moderator_says_why_and_a_deletion_goes_out_with_the_page(sit, ann, bob, room):
    anns, bobs = await sit(ann, room), await sit(bob, room)
    await anns.ready()
    await bobs.ready()
    await bobs.say("buy my things")
    await bobs.say("a word too many")
    await bobs.settle()
    await anns.menu("buy my things", "Delete")
    dialog = anns.page.get_by_role("dialog", name="Delete this message?")
    await expect(dialog).to_contain_text("It will be deleted for everyone.")
    await dialog.get_by_label("Reason").fill("off topic")
    await dialog.get_by_role("button", name="Delete").click()
    await expect(undo(anns)).to_be_visible()
    for seat in (anns, bobs):
        await expect(seat.message("Deleted by a moderator: off topic")).to_be_visible()

    await bobs.menu("a word too many", "Delete")
    await expect(bobs.message(GONE)).to_be_visible()
    await anns.menu("a word too many", "Remind me")  # a dialog about it goes with it
    await expect(anns.page.get_by_role("dialog", name="Remind me")).to_be_visible()
    await bobs.page.goto("about:blank")
    await expect(anns.message(GONE)).to_be_visible()
    await expect(anns.page.get_by_role("dialog")).to_have_count(0)


async def test_row_30_what_is_deleted_offline_goes_out_with_the_connection_also_after_a_reload(
    sit, ann, bob, room
):
    anns, bobs = await sit(ann, room), await sit(bob, room)
    await anns.ready()
    await bobs.ready()
    for text in ("one", "two"):
        await bobs.say(text)
        await bobs.settle()
    await bobs.menu("one", "Delete")
    await undo(bobs).click()  # its code is there now
    bobs.allow("ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to load resource")
    await bobs.context.set_offline(True)
    await bobs.menu("one", "Delete")
    await bobs.menu("two", "Delete")
    waiting = bobs.messages.filter(has_text="Others will see that when you're back online.")
    await expect(waiting).to_have_count(2)
    await waiting.last.get_by_role("button", name="Undo").click()
    await expect(bobs.message("two")).to_be_visible()
    await bobs.context.set_offline(False)
    for seat in (anns, bobs):
        await expect(seat.message(GONE)).to_have_count(1)
        await expect(seat.texts).to_have_text(["two"])
    assert (
        await bobs.page.evaluate(
            "JSON.parse(localStorage.getItem(`deletions:${document.getElementById('app').dataset.user}`))"
        )
        == {}
    )


async def test_row_22_30_when_the_time_is_over_nothing_offers_to_edit_or_delete(sit, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}"
    bobs, anns = await sit(bob, room), await sit(ann, room)
    await bobs.ready()
    await bobs.say("hello")
    await bobs.settle()
    await anns.page.get_by_role("main").get_by_role("button", name="More", exact=True).click()
    await anns.page.get_by_role("menuitem", name="Room settings").click()
    dialog = anns.page.get_by_role("dialog", name="Room settings")
    await expect(dialog.get_by_label("Time limit for editing")).to_have_value("")
    await dialog.get_by_label("Time limit for editing").select_option("5 minutes")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    assert (await ann.get(path))["edit_window"] == 300
    await bobs.open_menu("hello")
    await expect(bobs.page.get_by_role("menuitem", name="Edit")).to_be_visible()
    await bobs.page.keyboard.press("Escape")
    assert (await ann.call("PATCH", path, json={"edit_window": 1, "delete_window": 1})).is_success
    await bobs.page.reload()
    await bobs.ready()
    await bobs.open_menu("hello")
    await expect(bobs.page.get_by_role("menuitem", name="Copy text")).to_be_visible()
    await expect(bobs.page.get_by_role("menuitem", name=re.compile("Edit|Delete"))).to_have_count(0)
    await bobs.page.keyboard.press("Escape")
    await bobs.composer.press("ArrowUp")
    await bobs.write("x")
    await expect(bobs.composer).to_have_value("x")
    await anns.open_menu("hello")
    await expect(anns.page.get_by_role("menuitem", name="Delete")).to_be_visible()


async def test_row_22_a_message_that_is_held_comes_back_into_the_box(sit, ann, bob, room):
    anns, bobs = await sit(ann, room), await sit(bob, room)
    await anns.ready()
    await bobs.page.evaluate(
        f"localStorage.setItem('preferences:{bob.id}', JSON.stringify({{ hold: true }}))"
    )
    await bobs.page.reload()
    await bobs.ready()
    await bobs.say("too soon")
    await bobs.message("too soon").get_by_role("button", name="Undo").click()
    await expect(bobs.composer).to_have_value("too soon")
    await expect(bobs.messages).to_have_count(0)
    await bobs.say("in time")
    await expect(bobs.message("in time").get_by_role("button", name="Undo")).to_be_visible()
    await expect(anns.messages).to_have_count(0)
    await expect(anns.message("in time")).to_be_visible()
    await expect(undo(bobs)).to_have_count(0)
    # What was written in a thread comes back into its box, which opens again.
    await bobs.menu("in time", "Open thread")
    aside = bobs.page.get_by_role("textbox", name="Reply in this thread")
    await aside.fill("off topic")
    await aside.press("Enter")
    await expect(undo(bobs).first).to_be_visible()
    await bobs.page.get_by_role("button", name="Close thread").click()
    await bobs.composer.press("Control+z")
    await expect(aside).to_have_value("off topic")
    await expect(bobs.composer).to_have_value("")
    await bobs.say("at the door")
    await expect(bobs.message("at the door").get_by_role("button", name="Undo")).to_be_visible()
    await bobs.page.goto("about:blank")
    await expect(anns.message("at the door")).to_be_visible(timeout=4000)
