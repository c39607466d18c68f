"""The pages around the chat: settings, errors, and what is shown where there is nothing."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.people import PASSWORD

SERVICE_WORKERS = "allow"


async def test_row_38_where_there_is_nothing_stand_a_sentence_and_a_button(sit, people, ann, bob):
    room = f"/chat/room/{await people.room(ann, bob, name='Empty')}"
    seat = await (await sit(ann, room)).ready()
    await expect(seat.log_region.get_by_text("No messages yet. Say something!")).to_be_visible()
    await seat.log_region.get_by_role("button", name="Invite people").click()
    await expect(seat.page.get_by_role("dialog", name="Invite people to Empty")).to_be_visible()
    await seat.page.get_by_role("button", name="Cancel").click()
    await seat.log_region.get_by_role("button", name="Say hello").click()
    await seat.settled("👋")
    await expect(seat.page.get_by_text("No messages yet.")).to_have_count(0)
    await seat.page.get_by_role("button", name="Members").click()
    panel = seat.page.get_by_role("complementary")
    await panel.get_by_label("Search members").fill("nobody of that name")
    await expect(panel.get_by_text("No matches")).to_be_visible()
    await panel.get_by_role("button", name="Show all").click()
    await expect(panel.get_by_text("Owner")).to_be_visible()
    await seat.page.get_by_role("button", name="New room or chat").click()
    await seat.page.get_by_role("menuitem", name="Discover public rooms").click()
    dialog = seat.page.get_by_role("dialog")
    await dialog.get_by_role("searchbox").fill(f"nothing {uuid4().hex}")
    await expect(dialog.get_by_text("No matches")).to_be_visible()
    await dialog.get_by_role("button", name="Create room").click()
    await expect(dialog.get_by_label("Name")).to_be_visible()


async def test_row_38_a_guest_of_one_room_sees_that_room_alone(sit, ann):
    made = await ann.post(
        "/chats/room", {"name": "Lobby", "requires_approval": False, "description": ""}, 201
    )
    terms = {"for_guests": True}
    link = (await ann.post(f"/chats/room/{made['room_id']}/invite/rotate", terms))["invite_link"]
    name = f"guest-{uuid4().hex[:8]}"
    seat = await sit(None, link)
    await seat.page.get_by_label("Username").fill(name)
    await seat.page.get_by_role("button", name="Join as a guest").click()
    await seat.ready()
    await expect(seat.title).to_have_text("Lobby")
    await expect(seat.page.get_by_role("navigation").locator("a.row")).to_have_count(1)
    anns = await (await sit(ann, f"/chat/room/{made['room_id']}")).ready()
    await seat.say("hello from outside")
    await expect(anns.message("hello from outside")).to_be_visible()
    await expect(anns.messages.last.locator(".author")).to_have_text(name)


@pytest.mark.parametrize("signed_in", [False, True], ids=["signed out", "signed in"])
async def test_row_40_what_is_wrong_is_said_in_words_and_in_the_same_look(sit, ann, signed_in):
    seat = await sit(ann if signed_in else None)
    seat.allow("status of 40[0-9]")
    await seat.page.goto("/login" if not signed_in else "/settings/profile")
    look = """() => {
      const style = getComputedStyle(document.querySelector("h1, h2"));
      return [style.fontFamily, getComputedStyle(document.body).backgroundColor, !!document.querySelector(".brand")];
    }"""
    usual = await seat.page.evaluate(look)
    for path, words in (
        ("/nowhere/at/all", "Page not found"),
        ("/chats/room/987654321/invite/nosuchtokenatallnosuchtoken", "This invite link doesn't work"),
        ("/password/reset?token=nothing", "This link"),
    ):
        await seat.page.goto(path)
        await expect(seat.page.get_by_role("heading").first).to_contain_text(words)
        await expect(seat.page.locator("body")).not_to_contain_text('{"error')
        assert await seat.page.evaluate(look) == usual
        await expect(seat.page.get_by_role("main").get_by_role("link").first).to_be_visible()
    # A form that was open for so long that its secret is gone.
    await seat.page.goto("/settings/profile" if signed_in else "/login")
    await seat.page.evaluate(
        """() => document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((input) => { input.value = "old"; })"""
    )
    button = "Save" if signed_in else "Log in"
    if not signed_in:
        await seat.page.get_by_label("Username or e-mail address").fill("somebody")
        await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await seat.page.get_by_role("button", name=button).click()
    await expect(seat.page.get_by_role("heading", name="This page has expired")).to_be_visible()
    assert await seat.page.evaluate(look) == usual


async def test_row_54_a_new_name_is_saved_and_seen_by_others(sit, ann, bob, room):
    bobs = await (await sit(bob, room)).ready()
    await ann.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": "hello"})
    seat = await sit(ann, "/settings/profile")
    name = f"Ann of {uuid4().hex[:6]}"
    await seat.page.get_by_label(re.compile("^Name")).fill(name)
    await seat.page.get_by_role("button", name="Save", exact=True).click()
    await expect(seat.page.get_by_text("Saved.")).to_be_visible()
    await expect(seat.page.get_by_label(re.compile("^Name"))).to_have_value(name)
    await bobs.page.reload()
    await bobs.ready()
    await expect(bobs.messages.first.locator(".author")).to_have_text(name)
    await seat.page.get_by_label("Username").fill(bob.username)
    await seat.page.get_by_role("button", name="Save", exact=True).click()
    await expect(seat.page.get_by_label("Username")).to_have_accessible_description(re.compile("taken"))


async def test_row_54_a_new_password_ends_the_other_devices(sit, ann):
    other = await (await sit(ann, "/chat/general")).ready()
    other.allow("status of 401")
    seat = await sit(ann, "/settings/password")
    new = f"another {uuid4().hex}"
    await seat.page.get_by_label("Current password").fill(PASSWORD)
    await seat.page.get_by_label("New password").fill(new)
    await seat.page.get_by_role("button", name="Change password").click()
    await expect(
        seat.page.get_by_text("Password changed. Your other devices have been logged out.")
    ).to_be_visible()
    await expect(other.page).to_have_url(re.compile("/login"))
    await other.page.get_by_label("Username or e-mail address").fill(ann.username)
    await other.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await other.page.keyboard.press("Enter")
    await expect(other.page.get_by_text("Wrong username or password.")).to_be_visible()
    await other.page.get_by_label("Password", exact=True).fill(new)
    await other.page.keyboard.press("Enter")
    await other.ready()
    await seat.page.goto("/chat/general")
    await seat.ready()


async def test_row_54_other_devices_are_listed_and_signed_out(sit, ann):
    others = [await (await sit(ann, "/chat/general")).ready() for _ in range(2)]
    for other in others:
        other.allow("status of 401")
    seat = await sit(ann, "/settings/devices")
    devices = seat.page.get_by_role("main").get_by_role("listitem").filter(has_text="logged in on")
    await expect(devices).to_have_count(4)  # this one, the two others, and the one that signed up
    await expect(devices.first).to_contain_text("this device")
    await expect(devices.filter(has_text="Chrom")).to_have_count(3)
    await seat.page.get_by_role("button", name="Log out all 3 others").click()
    await expect(seat.page.get_by_text("All your other devices have been logged out.")).to_be_visible()
    await expect(devices).to_have_count(1)
    for other in others:
        await expect(other.page).to_have_url(re.compile("/login"))


async def test_row_54_language_theme_and_how_enter_works_are_kept(sit, ann, room):
    seat = await sit(ann, "/settings/look")
    await seat.page.get_by_role("radio", name="Dark").check()
    await seat.page.get_by_label("Language", exact=True).select_option("de")
    await seat.page.get_by_role("button", name="Save").click()
    await expect(seat.page.get_by_text("Gespeichert.")).to_be_visible()
    await expect(seat.page.get_by_role("radio", name="Dunkel")).to_be_checked()
    await seat.page.get_by_label("Sprache", exact=True).select_option("en")
    await seat.page.get_by_role("button", name="Speichern").click()
    await seat.page.goto(room)
    await seat.ready()
    await expect(seat.page.locator("html")).to_have_attribute("data-theme", "dark")
    await seat.page.get_by_role("button", name="account menu").click()
    await seat.page.get_by_role("menuitem", name="Settings").click()
    await seat.page.get_by_role("dialog").get_by_role("radio", name="New line").check()
    await seat.page.keyboard.press("Escape")
    await seat.page.reload()
    await seat.ready()
    await seat.write("one")
    await seat.composer.press("Enter")
    await seat.write("two")
    await expect(seat.composer).to_have_value("one\ntwo")
    await seat.composer.press("Control+Enter")
    await expect(seat.texts.first).to_have_text(re.compile(r"one\s*two"))


async def test_row_54_an_account_is_deleted_with_everything_in_the_browser(sit, ann, bob, room):
    bobs = await (await sit(bob, room)).ready()
    await ann.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": "it was nice"})
    await expect(bobs.message("it was nice")).to_be_visible()
    seat = await (await sit(ann, room)).ready()
    seat.allow("status of 40[13]")
    await seat.page.goto("/settings/delete")
    await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await seat.page.get_by_role("button", name="Delete account").click()
    await expect(seat.page.get_by_text("Your account has been deleted.")).to_be_visible()
    assert ann.username not in await seat.storage()
    await seat.page.goto(room)
    await expect(seat.page).to_have_url(re.compile("/login"))
    await bobs.page.reload()
    await bobs.ready()
    await expect(bobs.message("it was nice")).to_be_visible()
    await expect(bobs.page.get_by_text(ann.username)).to_have_count(0)
