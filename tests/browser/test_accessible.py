"""Every page, dialog and menu without a serious or critical finding of axe-core, light and dark, desktop and phone."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Sit
from tests.browser.seats import REFUSE, Seat
from tests.browser.test_rooms import make_room
from tests.people import People, Person

# What depends on the theme is looked at in both, the rest once: `only` names those rules.
RUN = """async (only) => {
  // A colour on its way to another would be measured wrongly; one transition can begin when another ends.
  const moving = () => document.getAnimations().some((animation) => animation instanceof CSSTransition);
  for (let still = 0; still < 3; still = moving() ? 0 : still + 1)
    await new Promise((done) => requestAnimationFrame(done));
  const rules = only && { runOnly: { type: "rule", values: only } };
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...rules });
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical").flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary.replace(/\\s+/g, " ")}`));
}"""

sizes = pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])


class Inspector:
    """Looks at the page of a seat in both themes, and keeps what it finds."""

    def __init__(self, seat: Seat, axe: Path) -> None:
        self.seat, self.axe = seat, axe.read_text()
        self.findings: list[str] = []
        self.names: list[str] = []

    async def look(self, name: str) -> None:
        self.names.append(name)
        page = self.seat.page
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(self.axe)
        for scheme, only in ("dark", ["color-contrast", "link-in-text-block"]), ("light", None):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self.findings += [f"{name}, {scheme}: {finding}" for finding in await page.evaluate(RUN, only)]

    async def visit(self, name: str, path: str) -> None:
        await self.seat.page.goto(path)
        await self.look(name)

    def verdict(self) -> None:
        assert not self.findings, "\n".join(self.findings)


@pytest_asyncio.fixture(loop_scope="session")
async def still(sit: Sit):
    """Sits down where nothing moves."""

    async def sit_down(*arguments, **options):
        return await sit(*arguments, reduced_motion="reduce", **options)

    return sit_down


@sizes
async def test_rows_40_42_49_55_pages_of_who_is_signed_out_are_accessible(still, axe, people, ann, phone):
    made = await ann.post(
        "/chats/room", {"name": "Workshop", "description": "All about tests.", "requires_approval": False}
    )
    link = (await ann.post(f"/chats/room/{made['room_id']}/invite/rotate", {"for_guests": True}))[
        "invite_link"
    ]
    seat = await still(None, phone=phone)
    seat.allow("status of 404")
    inspect = Inspector(seat, axe)
    await inspect.visit("front page", "/")
    await inspect.visit("log-in", "/login")
    await seat.page.get_by_label("Username or e-mail address").fill("nobody")
    await seat.page.get_by_label("Password", exact=True).fill("wrong")
    await seat.page.keyboard.press("Enter")
    await expect(seat.page.get_by_text("Wrong username or password.")).to_be_visible()
    await inspect.look("log-in, refused")
    await inspect.visit("sign-up", "/signup")
    await seat.page.get_by_role("button", name="Sign up").click()
    await expect(seat.page.get_by_label("Username")).to_have_attribute("aria-invalid", "true")
    await inspect.look("sign-up, refused")
    await inspect.visit("password forgotten", "/password/forgot")
    await seat.page.get_by_label("E-mail address").fill(f"{ann.username}@example.org")
    await seat.page.keyboard.press("Enter")
    await expect(seat.page.get_by_label("E-mail address")).to_have_count(0)
    await inspect.look("password forgotten, mail sent")
    await inspect.visit("password reset, dead link", "/password/reset?token=nothing")
    await inspect.visit("invitation", link)
    await inspect.visit("invitation that doesn't open", link[:-3] + "xyz")
    await inspect.visit("nothing there", "/nowhere")
    await inspect.visit("offline", "/offline")
    inspect.verdict()


@sizes
async def test_rows_42_43_every_state_of_the_invite_page_is_accessible(still, axe, ann, bob, phone):
    made = await ann.post("/chats/room", {"name": "Board", "description": "We decide."}, 201)
    room, link = f"/chats/room/{made['room_id']}", made["invite_link"]
    seat = await still(bob, phone=phone)
    inspect = Inspector(seat, axe)
    await inspect.visit("may ask", link)
    await bob.post(f"{room}/join", {"invite_link": link})
    await inspect.visit("waiting", link)
    await ann.post(f"{room}/invite/deny", {"user_id": bob.id})
    await expect(seat.page.get_by_text("Your last request was declined.")).to_be_visible()
    await inspect.look("denied")
    await bob.post(f"{room}/join", {"invite_link": link})
    await ann.post(f"{room}/invite/approve", {"user_id": bob.id})
    await inspect.visit("member", link)
    assert (await ann.call("DELETE", f"{room}/members/{bob.id}?ban=true", json={})).is_success
    await inspect.visit("banned", link)
    inspect.verdict()


@sizes
async def test_row_54_the_settings_pages_are_accessible(still, axe, ann, phone):
    await ann.sign_in()
    seat = await still(ann, phone=phone)
    inspect = Inspector(seat, axe)
    for name in ("profile", "password", "look", "devices", "delete"):
        await inspect.visit(name, f"/settings/{name}")
    await seat.page.goto("/settings/password")
    await seat.page.get_by_label("Current password").fill("wrong")
    await seat.page.get_by_label("New password").fill("short")
    await seat.page.get_by_role("button", name="Change password").click()
    await expect(seat.page.locator("[aria-invalid=true]").first).to_be_visible()
    await inspect.look("password, refused")
    await inspect.visit("log-out", "/logout")
    inspect.verdict()


async def a_lively_room(people: People, ann: Person, bob: Person) -> str:
    """The path of a room with a message of each sort."""
    id = await people.room(ann, bob, name="Lively", description="Where much is said.")
    path = f"/chats/room/{id}/messages"
    first = await ann.post(path, {"content": "Good morning. https://example.org and `code`"})
    await bob.post(path, {"content": "**Bold**, *slanted*\n\n> quoted\n\n- one\n- two\n\n1. a\n2. b"})
    await bob.post(
        path, {"content": "```\na block of code that is so long that it has to be scrolled" * 3 + "\n```"}
    )
    await bob.post(path, {"content": f"@{ann.username} look", "reply_to": first["id"]})
    edited = await ann.post(path, {"content": "before"})
    assert (await ann.call("PATCH", f"/messages/{edited['id']}", json={"content": "after"})).is_success
    deleted = await bob.post(path, {"content": "away"})
    assert (await bob.call("DELETE", f"/messages/{deleted['id']}")).is_success
    await bob.post(path, {"content": "🎉"})
    assert (await ann.call("PUT", f"/messages/{first['id']}/pin")).is_success
    return f"/chat/room/{id}"


async def close(seat: Seat) -> None:
    """Close what lies over the page."""
    over = seat.page.locator("dialog[open], [role=menu]")
    await seat.page.keyboard.press("Escape")
    await expect(over).to_have_count(0)


async def choose(seat: Seat, button: str, item: str) -> None:
    await seat.page.get_by_role("button", name=button).first.click()
    await seat.page.get_by_role("menuitem", name=item, exact=True).click()
    await expect(seat.page.get_by_role("dialog")).to_be_visible()


@sizes
async def test_rows_1_49_50_51_the_chat_its_menus_and_its_panel_are_accessible(
    still, axe, people, ann, bob, phone
):
    room = await a_lively_room(people, ann, bob)
    await people.room(ann, bob, name="Another")
    await bob.post("/chats/private", {"receiver_id": ann.id})
    seat = await (await still(ann, room, phone=phone)).ready()
    inspect = Inspector(seat, axe)
    await expect(seat.message("🎉")).to_be_visible()
    await inspect.look("chat")
    await seat.composer.fill("x" * 3990)
    await inspect.look("chat, much written")
    await seat.composer.fill("")
    if not phone:  # whose keyboard has them
        await seat.page.get_by_role("button", name="Emoji").click()
        await expect(seat.page.get_by_role("button", name="grinning").first).to_be_visible()
        await inspect.look("emoji")
        await seat.page.keyboard.press("Escape")
    await seat.page.get_by_role("main").get_by_role("button", name="More", exact=True).click()
    await inspect.look("menu of the chat")
    await close(seat)
    await seat.message("after").focus()
    await seat.page.keyboard.press("Enter")
    await expect(seat.page.get_by_role("menu")).to_be_visible()
    await inspect.look("menu of a message")
    await seat.page.get_by_role("menuitem", name="Reply", exact=True).click()
    await inspect.look("replying")
    cem = await people.sign_up("cem")
    link = (await ann.post(f"/chats{room.removeprefix('/chat')}/invite/rotate", {}))["invite_link"]
    await cem.post(f"/chats{room.removeprefix('/chat')}/join", {"invite_link": link})
    await expect(seat.page.get_by_role("region", name="Join requests")).to_be_visible()
    await inspect.look("somebody asks to join")
    await seat.page.get_by_role("button", name="Members").click()
    panel = seat.page.get_by_role("complementary")
    await expect(panel.get_by_text("Owner")).to_be_visible()
    await inspect.look("panel")
    await panel.get_by_role("button", name=f"Actions for {bob.username}").click()
    await inspect.look("menu of a member")
    await close(seat)
    await panel.get_by_role("button", name="Close").click()
    await seat.page.get_by_role("button", name="Show 1 pinned message").click()
    await expect(panel.get_by_role("button", name="Unpin")).to_be_visible()
    await inspect.look("pinned messages")
    await seat.page.goto("/chat/general")
    await seat.ready()
    await inspect.look("chat without messages")
    if phone:
        await seat.page.get_by_role("button", name="Back to chats").click()
        await expect(seat.row("General")).to_be_visible()
        await inspect.look("list")
    for button in (f"{ann.username}: account menu", "New room or chat"):
        await seat.page.get_by_role("button", name=button).click()
        await expect(seat.page.get_by_role("menu")).to_be_visible()
        await inspect.look(button)
        await close(seat)
    inspect.verdict()


@sizes
async def test_rows_25_30_45_52_every_dialog_is_accessible(still, axe, people, ann, bob, phone):
    room = await a_lively_room(people, ann, bob)
    name = f"Park {uuid4().hex[:6]}"
    await bob.post("/chats/room", {"name": name, "description": "For all.", "is_public": True})
    seat = await (await still(ann, room, phone=phone)).ready()
    inspect = Inspector(seat, axe)
    for item in ("Invite people", "Room settings", "Leave room"):
        await seat.page.get_by_role("main").get_by_role("button", name="More", exact=True).click()
        await seat.page.get_by_role("menuitem", name=item).click()
        await expect(seat.page.get_by_role("dialog").get_by_role("button").nth(1)).to_be_visible()
        await inspect.look(item)
        await close(seat)
    await seat.message("after").get_by_text("(edited)").click()
    await expect(seat.page.get_by_role("dialog").get_by_role("deletion")).to_contain_text("before")
    await inspect.look("earlier versions")
    await close(seat)
    await seat.message("🎉").focus()
    await seat.page.keyboard.press("Enter")
    await seat.page.get_by_role("menuitem", name="Delete").click()
    await expect(seat.page.get_by_role("dialog").get_by_label("Reason")).to_be_visible()
    await inspect.look("delete a message")
    await close(seat)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await ann.post("/scheduled", {"chat": "general", "content": "good night", "send_at": tomorrow}, 201)
    await seat.composer.fill("good morning")
    await seat.page.get_by_role("button", name="Schedule message").click()
    await expect(seat.page.get_by_role("dialog").get_by_text("Tomorrow")).to_be_visible()
    await inspect.look("send later")
    await seat.page.get_by_role("button", name="See what's planned").click()
    await expect(seat.page.get_by_role("dialog").get_by_text("good night")).to_be_visible()
    await inspect.look("scheduled and reminders")
    await close(seat)
    await seat.composer.fill("")
    await seat.page.get_by_role("button", name="Members").click()
    await seat.page.get_by_role("button", name=f"Actions for {bob.username}").click()
    await seat.page.get_by_role("menuitem", name="Ban from room").click()
    await expect(seat.page.get_by_role("dialog").get_by_label("Reason")).to_be_visible()
    await inspect.look("ban")
    await close(seat)
    await seat.page.get_by_role("complementary").get_by_role("button", name="Close").click()
    if phone:
        await seat.page.get_by_role("button", name="Back to chats").click()
    for button, item in (
        ("account menu", "Settings"),
        ("account menu", "Keyboard shortcuts"),
        ("New room or chat", "Create room"),
        ("New room or chat", "Discover public rooms"),
        ("New room or chat", "New message"),
    ):
        await choose(seat, button, item)
        await inspect.look(item)
        if item == "Discover public rooms":
            await seat.page.get_by_role("searchbox").fill("no such room anywhere")
            await expect(seat.page.get_by_text("No matches")).to_be_visible()
            await inspect.look("no such room")
            await seat.page.get_by_role("searchbox").fill("")  # where Escape would only do this
        await close(seat)
    await make_room(seat, "Fresh", "Public")
    await inspect.look("room made")
    inspect.verdict()


@sizes
async def test_rows_17_40_43_46_what_stands_in_place_of_a_chat_is_accessible(
    still, axe, people, ann, bob, phone
):
    made = await ann.post("/chats/room", {"name": "Closed", "description": "For few."}, 201)
    room, link = f"/chats/room/{made['room_id']}", made["invite_link"]
    seat = await still(bob, phone=phone)
    seat.allow("status of 40[34]")
    inspect = Inspector(seat, axe)
    await seat.page.goto("/chat/room/987654321")
    await expect(seat.page.get_by_role("heading", name="Chat not found")).to_be_visible()
    await inspect.look("no such chat")
    await bob.post(f"{room}/join", {"invite_link": link})
    await seat.page.goto(f"/chat/room/{made['room_id']}")
    await expect(seat.page.get_by_role("heading", name="You asked to join Closed")).to_be_visible()
    await inspect.look("waiting")
    await ann.post(f"{room}/invite/approve", {"user_id": bob.id})
    await seat.ready()
    await seat.page.evaluate(REFUSE)
    await seat.say("refused")
    await expect(seat.message("refused").get_by_role("alert")).to_be_visible()
    await inspect.look("a message that was not sent")
    kicked = await ann.call("DELETE", f"{room}/members/{bob.id}", json={"reason": "Please don't shout."})
    assert kicked.is_success
    await expect(seat.page.get_by_role("heading", name=re.compile("You were removed"))).to_be_visible()
    await inspect.look("removed")
    inspect.verdict()
