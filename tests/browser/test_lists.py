"""Lists that change while one reads them or chooses: what is meant stays the same person, not the same place."""

import asyncio
import re

import pytest_asyncio
from playwright.async_api import expect

CROWD = """
from accounts.models import User
from chat.models import Membership
people = User.objects.bulk_create(
    User(username=f"mm-{{n:03}}", display_name="", password="!") for n in range(240)
)
Membership.objects.bulk_create(
    Membership(chat_id={room}, user=user, role="member", state="active") for user in people
)
"""
ALONE = "from accounts.models import User; User.objects.filter(username__startswith='mm-').delete()"


@pytest_asyncio.fixture(loop_scope="session")
async def full_room(server, people, ann):
    """The id of a room of Ann's with 240 more people in it."""
    id = await people.room(ann, name="Crowded")
    server.manage("shell", "-c", CROWD.format(room=id))
    yield id
    server.manage("shell", "-c", ALONE)


async def test_row_46_the_list_of_members_keeps_its_pages_and_its_place_while_people_come_and_go(
    sit, people, ann, full_room
):
    seat = await (await sit(ann, f"/chat/room/{full_room}")).ready()
    await seat.page.get_by_role("button", name="Members").click()
    rows = seat.page.locator("#panel .person")
    more = seat.page.get_by_role("button", name="Show more")
    await expect(rows).to_have_count(100)
    await more.click()
    await expect(rows).to_have_count(200)
    await more.click()
    await expect(rows).to_have_count(241)
    await expect(more).to_have_count(0)
    reading = rows.filter(has_text="mm-180")
    await reading.evaluate("(row) => row.scrollIntoView({ block: 'start' })")
    top = "(row) => row.getBoundingClientRect().top"
    before = await reading.evaluate(top)
    members = f"/chats/room/{full_room}/members"
    found = (await ann.get(f"{members}?search=mm-02"))["results"]
    for member in found[:3]:
        assert (await ann.call("DELETE", f"{members}/{member['user']['id']}")).is_success
    newcomer = await people.sign_up("zz-new")
    made = await ann.post(f"/chats/room/{full_room}/invite/rotate", {})
    await newcomer.post(f"/chats/room/{full_room}/join", {"invite_link": made["invite_link"]})
    await ann.post(f"/chats/room/{full_room}/invite/approve", {"user_id": newcomer.id})
    await expect(rows.filter(has_text=newcomer.username)).to_have_count(1)
    await expect(rows).to_have_count(239)
    assert abs(await reading.evaluate(top) - before) <= 1


class Late:
    """Answers of the server that come when the test says so."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.asked = asyncio.Event()

    async def __call__(self, route):
        self.asked.set()
        await self.go_on.wait()
        await route.continue_()


async def test_row_27_who_was_chosen_with_the_arrows_stays_chosen_when_a_late_answer_comes(sit, people, ann):
    first, second, best = [await people.sign_up(name) for name in ("mona", "monika", "other")]
    assert (await best.call("PATCH", "/users/me", json={"display_name": "Mon"})).is_success
    room = await people.room(ann, first, second, best)
    for person in (first, second):
        await person.post(f"/chats/room/{room}/messages", {"content": "I am here"})
    seat = await (await sit(ann, f"/chat/room/{room}")).ready()
    await expect(seat.messages).to_have_count(2)
    late = Late()
    await seat.page.route(re.compile(r"/members\?limit=20"), late)
    await seat.write("@mon")
    offers = seat.page.get_by_role("listbox", name="People").get_by_role("option")
    await expect(offers).to_have_count(2)
    await late.asked.wait()
    await seat.composer.press("ArrowDown")
    chosen = seat.page.get_by_role("option", selected=True)
    name = await offers.nth(1).locator(".offer-more").inner_text()
    await expect(chosen).to_contain_text(name)
    late.go_on.set()
    await expect(offers).to_have_count(3)
    await expect(offers.first).to_contain_text("Mon")
    await expect(chosen).to_have_count(1)
    await expect(chosen).to_contain_text(name)
    await seat.composer.press("Enter")
    await expect(seat.composer).to_have_value(f"{name} ")


async def test_row_23_who_was_chosen_in_the_switcher_stays_chosen_when_the_list_changes(
    sit, people, ann, bob
):
    tag = ann.username[-6:]
    rooms = [await people.room(ann, bob, name=f"{tag} {name}") for name in ("alpha", "beta", "gamma")]
    seat = await (await sit(ann, "/chat/general")).ready()
    await seat.page.keyboard.press("Control+k")
    box = seat.page.get_by_role("combobox", name="Find a chat or person")
    await box.fill(tag)
    await box.press("ArrowDown")
    chosen = seat.page.get_by_role("option", selected=True)
    name = await chosen.locator(".row-title").inner_text()
    last = seat.page.get_by_role("option").nth(2)
    title = await last.locator(".row-title").inner_text()
    [moved] = [id for id, name in zip(rooms, ("alpha", "beta", "gamma"), strict=True) if title.endswith(name)]
    await bob.post(f"/chats/room/{moved}/messages", {"content": "to the top"})
    await expect(seat.page.get_by_role("option").first).to_contain_text(title)
    await expect(chosen).to_contain_text(name)
    await box.press("Enter")
    await expect(seat.title).to_have_text(name)


async def test_row_44_whom_another_moderator_let_in_is_not_back_with_a_late_answer(sit, people, ann, bob):
    room = await people.room(ann, bob, name="Asked for", requires_approval=True)
    role = await ann.call("PATCH", f"/chats/room/{room}/members/{bob.id}", json={"role": "moderator"})
    assert role.is_success
    made = await ann.post(f"/chats/room/{room}/invite/rotate", {})
    first, second = [await people.sign_up(name) for name in ("first", "second")]
    for person in (first, second):
        await person.post(f"/chats/room/{room}/join", {"invite_link": made["invite_link"]})
    seat = await sit(ann)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def late(route):
        if asked.is_set():
            return await route.continue_()
        response = await route.fetch()
        asked.set()
        await go_on.wait()
        return await route.fulfill(response=response)

    await seat.page.route(re.compile(rf"/chats/room/{room}/requests"), late)
    await seat.page.goto(f"/chat/room/{room}")
    await seat.ready()
    await asked.wait()
    await bob.post(f"/chats/room/{room}/invite/approve", {"user_id": first.id})
    await expect(seat.subtitle).to_contain_text("3 members")
    go_on.set()
    waiting = seat.page.get_by_role("region", name="Join requests")
    await expect(waiting).to_contain_text(second.username)
    await expect(waiting).not_to_contain_text(first.username)
    await expect(waiting.get_by_role("button", name="more")).to_have_count(0)
