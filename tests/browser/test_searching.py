"""Row 41: search, in a chat and everywhere, with filters; from a result into its chat, and back to the list."""

import json
import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.seats import NET_AWAY, Seat
from tests.browser.test_accessible import Inspector
from tests.people import People, Person


def path_of(room: str) -> str:
    """Where messages to the room are posted."""
    return f"/chats{room.removeprefix('/chat')}/messages"


def marked(result: Locator) -> Locator:
    return result.locator("mark")


class Panel:
    """The panel of search at a seat."""

    def __init__(self, seat: Seat) -> None:
        self.page = seat.page
        self.itself = seat.page.get_by_role("complementary", name="Search")
        self.field = self.itself.get_by_role("combobox", name="Search messages")
        self.offers = self.itself.get_by_role("option")
        self.chips = self.itself.get_by_role("button", name=re.compile("^Remove filter"))
        self.said = seat.page.get_by_test_id("announcer")

    @property
    def results(self) -> Locator:
        return self.itself.get_by_role("link")

    def result(self, text: str) -> Locator:
        return self.results.filter(has_text=text)


async def test_row_41_words_and_filters_find_messages_and_lead_to_their_place(
    sit, people: People, ann: Person, bob: Person, room: str
):
    other = f"/chat/room/{await people.room(ann, bob, name='Plot nine')}"
    for number in range(40):
        await bob.post(path_of(room), {"content": f"turnips {number}\n\nof this year"})
    await ann.post(path_of(room), {"content": "🥕👩‍🌾 **Rüben** and _turnips_, see https://example.org"})
    await bob.post(path_of(other), {"content": f"{'hay ' * 80}beside the rüben"})
    seat = await (await sit(ann, room)).ready()
    panel = Panel(seat)

    # In this chat first: by the keys, while one types; accents, case and signs of Markdown don't matter.
    await seat.composer.press("Control+f")
    await expect(panel.field).to_be_focused()
    await expect(panel.chips).to_have_count(1)
    await panel.field.press_sequentially("ruben")
    await expect(panel.results).to_have_count(1)
    await expect(panel.results).to_contain_text("🥕👩‍🌾 Rüben and turnips, see")
    await expect(marked(panel.results)).to_have_text(["Rüben"])
    await expect(panel.said).to_have_text("1 message found")

    # Everywhere, by chat; a long message is cut around what is found.
    await panel.field.press("Control+Shift+f")
    await expect(panel.results).to_have_count(2)
    await expect(panel.chips).to_have_count(0)
    await expect(panel.itself.get_by_role("heading", level=3)).to_have_text(["Plot nine", re.compile(".")])
    await expect(panel.result("hay")).to_have_text(re.compile(r"….*hay beside the rüben"))

    # A filter is completed by keys, and is taken back by a key.
    await panel.field.press("End")
    await panel.field.press_sequentially(f" from:{bob.username[:6]}")
    await expect(panel.offers.first).to_contain_text(bob.username)
    await panel.field.press("Enter")
    await expect(panel.results).to_have_count(1)
    await expect(panel.chips).to_have_accessible_name(f"Remove filter from: {bob.username}")
    await panel.field.press("Home")
    await panel.field.press("Backspace")
    await expect(panel.results).to_have_count(2)
    await panel.field.fill("-has:link ruben")
    await expect(panel.result("hay")).to_be_visible()
    await expect(panel.results).to_have_count(1)
    await panel.chips.click()

    # Pages come while one scrolls.
    await panel.field.fill("turnips")
    await expect(panel.results).to_have_count(25)
    await panel.results.last.scroll_into_view_if_needed()
    await expect(panel.results).to_have_count(41)
    await expect(panel.said).to_have_text("41 messages found")

    # By keys from the field into the list and to the message; the list stays, and Back leads to it.
    await panel.field.press("ArrowDown")
    await expect(panel.results.first).to_be_focused()
    third = panel.result("turnips 3 of")
    await third.focus()
    await third.press("Enter")
    await expect(seat.page.locator("article[data-flash=true]")).to_contain_text(
        re.compile("turnips 3(?!\\d)")
    )
    await expect(third).to_have_attribute("aria-current", "true")
    await panel.field.fill("beside")
    await panel.result("beside").click()
    await expect(seat.title).to_have_text("Plot nine")
    await expect(seat.message("beside the rüben")).to_have_attribute("data-flash", "true")
    await expect(panel.results).to_be_focused()
    await seat.page.go_back()
    await expect(seat.title).not_to_have_text("Plot nine")
    await expect(panel.results).to_be_focused()

    # What is deleted is not found any more, at once.
    hit = (await bob.get(f"/chats{other.removeprefix('/chat')}/history"))["messages"][-1]
    assert (await bob.call("DELETE", f"/messages/{hit['id']}")).is_success
    await expect(panel.results).to_have_count(0)

    # The switcher ends with it. What was searched for before is kept on this device.
    await seat.page.keyboard.press("Control+k")
    await seat.page.get_by_role("combobox", name="Find a chat or person").fill("turnips 7")
    await seat.page.get_by_role("option").last.click()
    await expect(panel.result("turnips 7")).to_have_count(1)
    await panel.itself.get_by_role("button", name="Clear search").click()
    recent = panel.itself.get_by_role("button", name="Forget search")
    await expect(recent.first).to_have_accessible_name("Forget search beside")
    before = await recent.count()
    await recent.first.click()
    await expect(recent).to_have_count(before - 1)
    await panel.field.press("Escape")
    await expect(panel.itself).to_have_count(0)
    await expect(seat.composer).to_be_focused()


async def test_row_41_on_a_phone_back_leads_from_the_chat_to_the_same_place_in_the_list(
    sit, people: People, ann: Person, bob: Person, room: str
):
    other = f"/chat/room/{await people.room(ann, bob, name='Plot nine')}"
    for number in range(24):
        await bob.post(path_of(other), {"content": f"parsnips {number}.\n\nof this year"})
    seat = await (await sit(ann, room, phone=True)).ready()
    panel = Panel(seat)
    await seat.page.get_by_role("button", name="More", exact=True).tap()
    await seat.page.get_by_role("menuitem", name="Search in this chat").tap()
    await panel.field.fill("parsnips")
    await expect(panel.itself.get_by_text("No messages found")).to_be_visible()
    await panel.itself.get_by_role("button", name="Search all chats").tap()
    await expect(panel.results).to_have_count(24)
    hit = panel.result("parsnips 2.")
    await hit.scroll_into_view_if_needed()
    top = await hit.evaluate("(link) => link.getBoundingClientRect().top")
    await hit.tap()
    await expect(panel.itself).to_have_count(0)
    await expect(seat.message("parsnips 2.")).to_be_in_viewport()
    await seat.page.go_back()
    await expect(hit).to_be_focused()
    await expect(panel.field).to_have_value("parsnips")
    assert await hit.evaluate("(link) => link.getBoundingClientRect().top") == pytest.approx(top, abs=2)

    # Filters need no typing of their names; a day is chosen from a calendar.
    await panel.itself.get_by_role("button", name="Add filter").tap()
    await seat.page.get_by_role("menuitem", name="After a day").tap()
    await panel.offers.filter(has_text="Choose a day").tap()
    await panel.itself.get_by_label("After a day").fill("2020-01-31")
    await panel.itself.get_by_role("button", name="Apply filter").tap()
    await expect(panel.chips).to_have_accessible_name("Remove filter after: 31 Jan 2020")
    await expect(panel.results).to_have_count(24)
    await panel.itself.get_by_role("button", name="Back").tap()
    await expect(panel.itself).to_have_count(0)
    await expect(seat.composer).to_be_visible()
    assert "parsnips" in await seat.storage()


async def test_row_41_a_search_that_fails_or_was_too_short_says_so_and_goes_on(
    sit, cable, axe, ann: Person, bob: Person, room: str
):
    file = await bob.upload(b"%PDF-1.4 leeks", "leeks and onions.pdf")
    await bob.post(path_of(room), {"content": "", "attachments": [file["id"]]})
    await bob.post(path_of(room), {"content": "leeks"})
    seat = await (await sit(ann, room, server=cable, reduced_motion="reduce")).ready()
    panel, inspect = Panel(seat), Inspector(seat, axe)
    await seat.page.get_by_role("button", name="Search in this chat").click()
    await inspect.look("search")

    async def cut_short(route) -> None:
        answer = await route.fetch()
        found = await answer.json() | {"partial": True, "next": 10**6}
        await route.fulfill(response=answer, body=json.dumps(found | {"results": found["results"][:1]}))

    await seat.page.route("**/search?*", cut_short)
    await panel.field.fill("leeks")
    await expect(panel.results).to_have_count(1)
    await inspect.look("search, in part")
    await seat.page.unroute("**/search?*")
    await panel.itself.get_by_role("button", name="Search further").click()
    await expect(panel.result("leeks and onions.pdf")).to_be_visible()
    await expect(panel.results).to_have_count(2)
    await inspect.look("search, all")

    seat.allow(NET_AWAY)
    cable.pull()
    await panel.field.fill("onions")
    await expect(panel.itself.get_by_role("alert")).to_contain_text("Searching needs a connection")
    await inspect.look("search, without a connection")
    cable.plug()
    await expect(panel.results).to_have_count(1)
    await panel.field.press_sequentially(" fr")
    await panel.field.press("ArrowDown")
    await panel.field.press("Enter")
    await expect(panel.offers.first).to_be_visible()
    await inspect.look("search, completed")

    # At log-out nothing of it stays.
    await panel.field.press("Escape")
    await panel.field.fill("onions")
    await panel.field.press("Enter")
    await expect(panel.results).to_have_count(1)
    await panel.field.press("Escape")
    assert "onions" in await seat.storage()
    await seat.page.get_by_role("button", name="account menu").click()
    await seat.page.get_by_role("menuitem", name="Log out").click()
    await expect(seat.page.get_by_role("button", name="Log in")).to_be_visible()
    assert "onions" not in await seat.storage()
    inspect.verdict()
