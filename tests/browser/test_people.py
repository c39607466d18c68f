"""People in the browser: their card, their status, and who is here."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

from PIL import Image
from playwright.async_api import expect

from tests.browser.test_layout import SIDEWAYS, SMALL
from tests.people import PASSWORD

PROFILE = {
    "title": "Head gardener <img src=x onerror=alert(1)>",
    "bio": "Tomatoes.\n<b>Mostly</b> javascript:alert(1)",
    "time_zone": "Asia/Tokyo",
    "status_emoji": "🌴",
    "status_text": "On holiday <i>now</i>",
}


def talk(room: str) -> str:
    return f"/chats{room.removeprefix('/chat')}/messages"


async def test_a_name_a_mention_and_a_member_open_the_card_of_a_person(sit, ann, bob, room):
    await bob.call("PATCH", "/users/me", json=PROFILE)
    await bob.post(talk(room), {"content": f"hello @{ann.username}"})
    await ann.post(talk(room), {"content": f"and @{bob.username}"})
    seat = await (await sit(ann, room)).ready()
    card = seat.page.get_by_role("dialog", name=bob.username)
    author = seat.message("hello").get_by_role("button", name=bob.username, exact=True)

    await author.click()
    for text in (
        f"@{bob.username}",
        PROFILE["title"],
        PROFILE["status_text"],
        "<b>Mostly</b> javascript:alert(1)",
    ):
        await expect(card.get_by_text(text)).to_be_visible()
    await expect(card.get_by_text(re.compile(r"^\d{2}:\d{2} local time$"))).to_be_visible()
    await expect(card.get_by_role("button", name=re.compile("^Room "))).to_be_visible()
    await expect(card.locator("img, b, i, a")).to_have_count(0)
    await seat.page.keyboard.press("Escape")
    await expect(card).to_have_count(0)
    await expect(author).to_be_focused()

    mention = seat.message("and").get_by_role("button", name=f"@{bob.username}")
    await mention.focus()
    await seat.page.keyboard.press("Enter")
    await expect(card.get_by_role("button", name="Message")).to_be_focused()
    await seat.page.keyboard.press("Escape")
    await expect(mention).to_be_focused()

    said = (await ann.history(f"room/{room[11:]}"))[0]["id"]
    await ann.call("PUT", f"/messages/{said}/pin")
    await bob.call("PUT", f"/messages/{said}/reactions/👍")
    await seat.menu("hello", "Show reactions")
    await seat.page.get_by_role("dialog").get_by_role("button", name=bob.username).click()
    await expect(card.get_by_text(PROFILE["title"])).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await seat.page.get_by_role("button", name="Show 1 pinned message").click()
    entry = seat.page.locator("#panel").get_by_role("listitem")
    await entry.get_by_role("button", name=bob.username).first.click()
    await expect(card.get_by_text(PROFILE["title"])).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await expect(entry.get_by_role("button", name="hello")).to_be_visible()

    await seat.page.get_by_role("button", name="Members").click()
    await seat.page.locator("#panel").get_by_role("button", name=f"@{bob.username}").click()
    await card.get_by_role("button", name="Message").click()
    await expect(seat.title).to_have_text(re.compile(bob.username))
    await expect(seat.title.get_by_role("img", name="Status: 🌴 On holiday <i>now</i>")).to_be_visible()
    await expect(seat.subtitle).to_contain_text("On holiday")
    await expect(seat.row(bob.username).get_by_role("img", name=re.compile("On holiday"))).to_be_visible()
    await seat.title.get_by_role("button").click()
    await card.get_by_role("button", name=re.compile("^Room ")).click()
    await expect(seat.message("hello")).to_be_visible()


async def test_a_profile_and_a_status_are_set_kept_and_seen_by_others_at_once(sit, ann, bob, room):
    await bob.post("/chats/private", {"receiver_id": ann.id})
    seat, bobs = await (await sit(ann, room)).ready(), await (await sit(bob, room)).ready()
    seat.allow("400")
    menu = seat.page.get_by_role("button", name="account menu")
    await menu.click()
    await seat.page.get_by_role("menuitem", name="Edit profile").click()
    dialog = seat.page.get_by_role("dialog")
    await dialog.get_by_label("Title").fill("Head gardener")
    await dialog.get_by_label("About you").fill("Tomatoes")
    await dialog.get_by_role("button", name="Use Europe/Berlin").click()
    await dialog.get_by_label("Display name").fill("adminіstrator")  # with a Cyrillic letter
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await dialog.get_by_label("Display name").fill("")
    await dialog.get_by_role("button", name="Save").click()
    await expect(seat.page.get_by_text("Profile saved")).to_be_visible()
    mine = await ann.get("/users/me")
    assert (mine["title"], mine["bio"], mine["time_zone"]) == ("Head gardener", "Tomatoes", "Europe/Berlin")

    await menu.click()
    await seat.page.get_by_role("menuitem", name="Set a status").click()
    await dialog.get_by_role("button", name=re.compile("In a meeting")).click()
    await dialog.get_by_role("button", name=re.compile("^Emoji:")).click()
    await dialog.get_by_role("textbox", name="Search emoji").fill("rocket")
    await dialog.get_by_role("button", name="rocket", exact=True).click()
    await dialog.get_by_label("Clear after").select_option("30 minutes")
    await dialog.get_by_role("button", name="Save").click()
    await expect(bobs.row(ann.username).get_by_role("img", name="Status: 🚀 In a meeting")).to_be_visible()
    status = (await ann.get("/users/me"))["status"]
    left = datetime.fromisoformat(status["until"]) - datetime.now(UTC)
    assert timedelta(minutes=25) < left <= timedelta(minutes=30)
    await menu.click()
    await seat.page.get_by_role("menuitem", name="Set a status").click()
    await expect(dialog.get_by_label("Clear after")).to_have_value("kept")
    await dialog.get_by_role("button", name="Clear status").click()
    await expect(bobs.row(ann.username).get_by_role("img")).to_have_count(0)


async def test_on_a_phone_the_card_comes_from_below_and_general_lists_its_members(sit, ann, bob, people):
    gone = await people.sign_up("gone")
    await bob.call("PATCH", "/users/me", json=PROFILE)
    await bob.post("/chats/general/messages", {"content": "from bob"})
    await gone.post("/chats/general/messages", {"content": "from nobody"})
    await gone.call("DELETE", "/users/me", json={"password": PASSWORD})
    seat = await sit(ann, "/chat/general", phone=True, viewport={"width": 320, "height": 640})
    await seat.ready()
    await seat.message("from nobody").get_by_role("button", name="Deleted account").tap()
    card = seat.page.get_by_role("dialog", name="Deleted account")
    await expect(card.get_by_text("This account was deleted. Its messages stay.")).to_be_visible()
    await expect(card.get_by_role("button")).to_have_count(1)
    await card.get_by_role("button", name="Close").tap()
    await expect(card).to_have_count(0)

    await seat.page.get_by_role("button", name="Members").tap()
    panel = seat.page.get_by_role("complementary", name="Members")
    await expect(panel.locator(".person").first).to_contain_text(ann.username)  # online: first of all
    await panel.get_by_role("searchbox").fill(bob.username)
    await expect(panel.locator(".person")).to_have_count(1)
    assert not await seat.page.evaluate(SMALL) and not await seat.page.evaluate(SIDEWAYS)
    await panel.get_by_role("button", name=f"@{bob.username}").tap()
    card = seat.page.get_by_role("dialog", name=bob.username)
    await expect(card.get_by_text("local time")).to_be_visible()
    box = await card.bounding_box()
    assert box and (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 320, 640)
    assert not await seat.page.evaluate(SMALL) and not await seat.page.evaluate(SIDEWAYS)
    await card.get_by_role("button", name="Message").tap()
    await expect(seat.title).to_have_text(re.compile(bob.username))


def red_and_blue() -> bytes:
    """A picture that is red on the left and blue on the right."""
    picture, made = Image.new("RGB", (800, 400), "red"), BytesIO()
    picture.paste("blue", (400, 0, 800, 400))
    picture.save(made, "PNG")
    return made.getvalue()


COLOUR = """(image) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, 1, 1);
  const [red, , blue] = context.getImageData(0, 0, 1, 1).data;
  return red > blue ? "red" : "blue";
}"""


async def test_a_picture_is_cropped_by_keys_and_others_see_it_at_once_also_on_what_was_said_before(
    sit, ann, bob, room
):
    await ann.post(talk(room), {"content": "said before"})
    own, other = await (await sit(ann, room)).ready(), await (await sit(bob, room)).ready()
    face = other.message("said before").locator(".avatar")
    await expect(face.locator("img")).to_have_count(0)
    box = await face.bounding_box()

    await own.page.get_by_role("button", name="Account menu").click()
    await own.page.get_by_role("menuitem", name="Edit profile").click()
    dialog = own.page.get_by_role("dialog", name="Edit profile")
    async with own.page.expect_file_chooser() as chooser:
        await dialog.get_by_role("button", name="Choose a picture").click()
    await (await chooser.value).set_files(
        {"name": "us.png", "mimeType": "image/png", "buffer": red_and_blue()}
    )
    square = dialog.get_by_role("application", name="Part of the picture")
    await expect(square).to_be_focused()
    for key in ("+", "+", "-", *["Shift+ArrowRight"] * 8):
        await own.page.keyboard.press(key)
    await expect(dialog.get_by_role("slider", name="Zoom")).not_to_have_value("0")
    await dialog.get_by_role("button", name="Use picture").click()
    await expect(dialog.get_by_role("button", name="Change picture")).to_be_focused()

    picture = face.locator("img")
    await expect(picture).to_have_attribute("data-state", "loaded")
    assert await picture.evaluate(COLOUR) == "blue"
    assert await face.bounding_box() == box, "nothing moves"
    await face.click()
    card = other.page.get_by_role("dialog", name=ann.username)
    await card.get_by_role("button", name="Enlarge picture").click()
    large = card.get_by_role("button", name="Enlarge picture", expanded=True)
    assert (await large.locator("img").bounding_box() or {}).get("width", 0) > 200

    await dialog.get_by_role("button", name="Remove picture").click()
    await expect(picture).to_have_count(0)
    await expect(large).to_have_count(0)
