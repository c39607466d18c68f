"""People and messages that the page names and has not loaded."""

import pytest
from playwright.async_api import expect

from tests.browser.seats import NET_AWAY

CROWD = """
from accounts.models import User

SERVICE_WORKERS = "allow"
User.objects.bulk_create(
    User(username=f"aa-{{n:03}}", display_name=f"Person {{n}}", password="!") for n in range({count})
)
"""


@pytest.fixture
def crowd(server):
    """Three hundred more people; in the order of names all come before those of the test."""
    server.manage("shell", "-c", CROWD.format(count=300))
    yield
    server.manage(
        "shell",
        "-c",
        "from accounts.models import User; User.objects.filter(username__startswith='aa-').delete()",
    )


async def test_where_there_are_300_people_all_have_their_names(sit, ann, people, crowd):
    zoe, zed, zia = [await people.sign_up(name) for name in ("zoe", "zed", "zia")]
    for person, name in ((zoe, "Zoë who writes"), (zed, "Zed who reads"), (zia, "Zia who is named")):
        assert (await person.call("PATCH", "/users/me", json={"display_name": name})).is_success
    id = await people.room(ann, zoe, zed, zia)
    await zoe.post(f"/chats/room/{id}/messages", {"content": f"hello @{zia.username}"})
    mine = await ann.post(f"/chats/room/{id}/messages", {"content": "seen by nobody yet"})
    await zed.post(f"/chats/room/{id}/read", {"seq": mine["seq"]})

    seat = await (await sit(ann, f"/chat/room/{id}")).ready()
    await expect(seat.message("hello").locator(".author")).to_have_text("Zoë who writes")
    await expect(seat.message("hello").locator(".mention")).to_have_text(f"@{zia.username}")
    await expect(seat.page.get_by_text("Seen by Zed who reads")).to_be_visible()
    asked = await seat.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    by_id = [url for url in asked if "/users?ids=" in url]
    assert 1 <= len(by_id) <= 4, "many people are asked for at once, and each once"

    await seat.page.keyboard.press("Control+k")
    box = seat.page.get_by_role("combobox", name="Find a chat or person")
    for letters, name in (
        ("zia who", "Zia who is named"),
        ("person 299", "Person 299"),
        ("aa-250", "Person 250"),
    ):
        await box.fill(letters)
        await expect(seat.page.get_by_role("option").filter(has_text=name).first).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await seat.row("General").click()
    await seat.write("@person 2")
    await seat.composer.fill("")
    await seat.write("@aa-27")
    await expect(seat.page.get_by_role("option").filter(has_text="Person 275")).to_be_visible()


async def test_row_32_a_quote_of_a_message_far_above_follows_its_edits_and_its_end(
    sit, ann, bob, room, cable
):
    path = f"/chats{room.removeprefix('/chat')}"
    first = await bob.post(f"{path}/messages", {"content": "as it *was*"})
    for number in range(160):
        await bob.post(f"{path}/messages", {"content": f"between {number}"})
    await ann.post(f"{path}/messages", {"content": "my answer", "reply_to": first["id"]})

    seat = await (await sit(ann, room, server=cable)).ready()
    quote = seat.messages.last.locator(".quote")
    await expect(quote).to_contain_text("as it was")
    await expect(seat.log_region.locator(f'[data-seq="{first["seq"]}"]')).to_have_count(0)
    edited = await bob.call("PATCH", f"/messages/{first['id']}", json={"content": "as it **is**"})
    assert edited.is_success
    await expect(quote).to_contain_text("as it is")
    seat.allow(NET_AWAY)
    cable.pull()  # what happens meanwhile comes with the next connection
    await expect(seat.banner).to_be_visible()
    await bob.call("PATCH", f"/messages/{first['id']}", json={"content": "as it became"})
    cable.plug()
    await expect(quote).to_contain_text("as it became")
    assert (await bob.call("DELETE", f"/messages/{first['id']}")).is_success
    await expect(quote).to_contain_text("This message was deleted")
    await expect(quote).not_to_contain_text("became")
