"""Keys and the place among the messages: where what is typed goes, what Enter does, how one gets to what is new."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.seats import PHONE


@pytest_asyncio.fixture(loop_scope="session")
async def path(room):
    """Where messages to the room are posted."""
    return f"/chats{room.removeprefix('/chat')}/messages"


async def choose_enter(seat, what):
    """In the settings, what Enter does."""
    await seat.page.get_by_role("button", name="account menu").click()
    await seat.page.get_by_role("menuitem", name="Settings").click()
    await seat.page.get_by_role("radiogroup", name="Enter key").get_by_text(what).click()
    await seat.page.keyboard.press("Escape")
    await expect(seat.page.get_by_role("dialog")).to_have_count(0)


async def test_row_21_on_a_phone_enter_makes_a_line_and_the_button_sends(sit, ann, room):
    seat = await (await sit(ann, room, phone=True)).ready()
    await seat.write("one")
    await seat.composer.press("Enter")
    await seat.write("two")
    await expect(seat.composer).to_have_value("one\ntwo")
    await expect(seat.composer).to_have_attribute("enterkeyhint", "enter")
    await seat.page.get_by_role("button", name="Send").tap()
    await expect(seat.composer).to_have_value("")
    await expect(seat.texts).to_have_text([re.compile(r"one\s*two")])


async def test_row_21_on_a_tablet_with_a_keyboard_one_chooses_what_enter_does(sit, ann, room):
    tablet = {**PHONE, "viewport": {"width": 1180, "height": 820}}
    seat = await (await sit(ann, room, **tablet)).ready()
    await choose_enter(seat, "Send")
    await seat.page.reload()
    await seat.ready()
    await expect(seat.composer).to_have_attribute("enterkeyhint", "send")
    await seat.write("by the key")
    await seat.composer.press("Enter")
    await seat.settled("by the key")
    await choose_enter(seat, "New line")
    await seat.write("and")
    await seat.composer.press("Enter")
    await seat.composer.press("Control+Enter")
    await seat.settled("by the key", "and")


async def test_row_21_the_words_beside_the_box_follow_the_choice(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    await seat.say("frist")
    await seat.settled("frist")
    await choose_enter(seat, "New line")
    await seat.composer.press("ArrowUp")
    await expect(seat.page.get_by_text("Esc to cancel, Ctrl+Enter to save.")).to_be_visible()
    await choose_enter(seat, "Send")
    await expect(seat.page.get_by_text("Esc to cancel, Enter to save.")).to_be_visible()


async def test_row_21_who_never_chose_gets_what_suits_the_device_and_who_did_keeps_it(sit, ann, room):
    seat = await (await sit(ann, room, phone=True)).ready()
    keep = (
        "(kept) => localStorage.setItem(`preferences:${document.getElementById('app').dataset.user}`, kept)"
    )
    # As an earlier version kept it, with every other choice.
    await seat.page.evaluate(keep, '{"order": "activity", "enterSends": true}')
    await seat.page.reload()
    await seat.ready()
    await expect(seat.composer).to_have_attribute("enterkeyhint", "enter")
    desk = await (await sit(ann, room)).ready()
    await desk.page.evaluate(keep, '{"order": "activity", "enterSends": false}')
    await desk.page.reload()
    await desk.ready()
    await expect(desk.composer).to_have_attribute("enterkeyhint", "enter")


async def test_row_13_the_button_shows_whenever_something_unread_is_below(sit, ann, bob, room, path):
    for number in range(28):
        await ann.post(path, {"content": f"mine {number}"})
    seat = await (await sit(bob, room)).ready()
    button = seat.page.get_by_role("button", name=re.compile("^Jump to latest"))
    await expect(seat.message("mine 0")).to_be_in_viewport()  # all of it is unread, from the first line on
    below = await seat.log_region.evaluate(
        "(box) => (box.scrollHeight - box.scrollTop - box.clientHeight) / box.clientHeight"
    )
    assert 0.1 < below < 0.5, "part of it is below, and less than half a screen"
    await expect(button).to_have_accessible_name(re.compile(r"\d+ new message"))
    await seat.scroll(100_000)
    await expect(button).to_have_count(0)
    await seat.scroll(-120)  # less than half a screen
    await expect(button).to_have_count(0)
    await ann.post(path, {"content": "below the fold"})
    await expect(button).to_have_accessible_name(re.compile("1 new message"))
    await button.click()
    await expect(seat.message("below the fold")).to_be_in_viewport()
    await expect(button).to_have_count(0)


async def test_row_13_who_scrolls_to_the_end_in_a_window_without_focus_stays_there(sit, ann, bob, room, path):
    for number in range(28):
        await ann.post(path, {"content": f"mine {number}"})
    seat = await sit(bob)
    await seat.page.add_init_script("document.hasFocus = () => false")
    await seat.page.goto(room)
    await seat.ready()
    await expect(seat.message("mine 0")).to_be_in_viewport()
    await seat.scroll(100_000)
    await expect(seat.message("mine 27")).to_be_in_viewport()
    await ann.post(path, {"content": "one more"})  # so that the place is looked for again
    await expect(seat.message("one more")).to_be_in_viewport()


async def test_row_52_what_is_typed_anywhere_in_the_chat_goes_into_the_box(sit, ann, bob, room, path):
    await bob.post(path, {"content": "hello"})
    seat = await (await sit(ann, room)).ready()
    await seat.composer.evaluate("(box) => box.blur()")
    await seat.page.keyboard.type("hi there")
    await expect(seat.composer).to_be_focused()
    await expect(seat.composer).to_have_value("hi there")
    await seat.messages.first.focus()
    await seat.page.keyboard.type("É!")
    await expect(seat.composer).to_have_value("hi thereÉ!")
    # An input method begins with a key that writes nothing yet.
    await seat.composer.evaluate("(box) => box.blur()")
    await seat.page.evaluate(
        """() => document.body.dispatchEvent(
          new KeyboardEvent("keydown", { key: "Process", keyCode: 229, bubbles: true, cancelable: true }))"""
    )
    await expect(seat.composer).to_be_focused()
    # Not what has a meaning where it is typed.
    await seat.messages.first.focus()
    for key in ("Control+b", "Alt+q", "Space"):
        await seat.page.keyboard.press(key)
        await expect(seat.composer).not_to_be_focused()
    await seat.page.get_by_role("button", name="Members").click()
    search = seat.page.get_by_role("searchbox", name="Search members")
    await search.focus()
    await seat.page.keyboard.type("bo")
    await expect(search).to_have_value("bo")
    await seat.page.get_by_role("main").get_by_role("button", name="More", exact=True).click()
    await seat.page.keyboard.type("x")
    await expect(seat.page.get_by_role("menu")).to_be_visible()
    await expect(seat.composer).to_have_value("hi thereÉ!")


@pytest.mark.parametrize("text", ["", "a short draft"], ids=["empty", "one line"])
async def test_row_13_page_keys_and_end_in_the_box_scroll_the_messages(sit, ann, room, path, text):
    for number in range(60):
        await ann.post(path, {"content": f"line {number}"})
    seat = await (await sit(ann, room)).ready()
    await expect(seat.message("line 59")).to_be_in_viewport()
    if text:
        await seat.write(text)
    await seat.composer.press("PageUp")
    await expect(seat.message("line 59")).not_to_be_in_viewport()
    await seat.composer.press("PageUp")
    await expect(seat.message("line 30")).to_be_in_viewport()
    await seat.composer.press("PageDown")
    await seat.composer.press("End")
    await expect(seat.message("line 59")).to_be_in_viewport()
    await expect(seat.composer).to_be_focused()
    await seat.composer.evaluate("(box) => box.blur()")
    await seat.page.keyboard.press("PageUp")
    await expect(seat.message("line 59")).not_to_be_in_viewport()


async def test_row_13_keys_that_the_text_needs_stay_in_the_text(sit, ann, room, path):
    for number in range(60):
        await ann.post(path, {"content": f"line {number}"})
    seat = await (await sit(ann, room)).ready()
    await expect(seat.message("line 59")).to_be_in_viewport()
    await seat.scroll(-2000)
    await expect(seat.message("line 59")).not_to_be_in_viewport()
    await seat.composer.fill("one\ntwo\nthree")
    at = "(box) => box.selectionStart"
    await seat.composer.evaluate("(box) => box.setSelectionRange(0, 0)")
    await seat.composer.press("End")
    assert await seat.composer.evaluate(at) == 3
    await seat.composer.press("PageDown")
    await expect(seat.message("line 59")).not_to_be_in_viewport()
    await seat.composer.press("Alt+PageDown")
    await seat.composer.press("Alt+End")
    await expect(seat.message("line 59")).to_be_in_viewport()


@pytest.mark.parametrize(("length", "seq"), [(3, 99999), (160, 161), (40, 0)], ids=["short", "long", "zero"])
async def test_row_9_a_link_to_no_message_leads_to_the_end_and_says_so(sit, ann, room, path, length, seq):
    for number in range(length):
        await ann.post(path, {"content": f"line {number}."})
    seat = await (await sit(ann, f"{room}/{seq}")).ready()
    last = seat.message(f"line {length - 1}.")
    toast = seat.page.locator(".toast").filter(has_text="Message not found")
    await expect(toast).to_be_visible()
    await expect(last).to_be_in_viewport()
    await toast.get_by_role("button", name="Close").click()
    # From within the chat, and from far above its end.
    await seat.page.evaluate("(path) => history.pushState({}, '', path)", f"{room}/1")
    await seat.page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    await expect(seat.message("line 0.")).to_be_in_viewport()
    await seat.page.evaluate("(path) => history.pushState({}, '', path)", f"{room}/{length + 1}")
    await seat.page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    await expect(toast).to_be_visible()
    await expect(last).to_be_in_viewport()
