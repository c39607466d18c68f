"""@everyone, @here and groups: what is offered, the question before many are notified, and what the others see."""

from playwright.async_api import expect

from tests.people import People, Person


async def test_row_3_everyone_is_offered_asked_about_counted_and_can_be_ignored(
    sit, people: People, ann: Person, room: str
):
    bob = await people.sign_up("bob")
    others = [await people.sign_up(name) for name in ("cem", "dan", "eva", "fay")]
    made = await ann.post("/chats/room", {"name": "Harbour", "is_public": True}, 201)
    path = f"/chats/room/{made['room_id']}"
    for person in (bob, *others):
        await person.post(f"{path}/join")
    await ann.call("PATCH", path, json={"mention_everyone": "moderators"})
    seat = await sit(ann, f"/chat/room/{made['room_id']}")
    await seat.ready()
    reader = await sit(bob, "/chat/general", phone=True)
    await reader.ready()

    await seat.write("@ev")
    offer = seat.page.get_by_role("option", name="@everyone")
    await expect(offer).to_contain_text("Notify 5 people")
    await seat.composer.press("Enter")
    await expect(seat.composer).to_have_value("@everyone ")
    await seat.write("the boat is here")
    await seat.composer.press("Enter")
    dialog = seat.page.get_by_role("dialog", name="Notify 5 people?")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(seat.composer).to_have_value("@everyone the boat is here")
    await seat.composer.press("Enter")
    await dialog.get_by_role("button", name="Send").click()
    await expect(seat.message("the boat is here")).to_be_visible()
    await expect(seat.composer).to_have_value("")
    await expect(dialog).to_have_count(0)
    await expect(seat.message("the boat is here").locator(".mention")).to_have_text("@everyone")

    await reader.page.get_by_role("button", name="Back to chats").click()
    await expect(reader.row("Harbour")).to_contain_text("@1")
    await reader.page.reload()
    await expect(reader.row("Harbour")).to_contain_text("@1")
    await reader.row("Harbour").click()
    await reader.ready()
    await expect(reader.message("the boat is here")).to_have_attribute("data-mention", "true")
    await reader.write("@he")
    offer = reader.page.get_by_role("option", name="@here")
    await expect(offer).to_contain_text("Only moderators can use this here")
    await expect(offer).to_have_attribute("aria-disabled", "true")
    await reader.composer.fill("@here is only a word")
    await reader.page.get_by_role("button", name="Send", exact=True).click()
    await expect(reader.page.get_by_text("@here didn't notify anyone.")).to_be_visible()
    await expect(reader.message("only a word").locator(".mention")).to_have_count(0)
    await reader.page.get_by_role("button", name="More", exact=True).click()
    await reader.page.get_by_role("menuitem", name="Ignore @everyone and @here").click()
    await expect(reader.page.get_by_text("no longer notify you")).to_be_visible()
    await expect(reader.message("the boat is here")).not_to_have_attribute("data-mention", "true")
    await reader.page.get_by_role("button", name="Back to chats").click()
    await ann.post(f"{path}/messages", {"content": "@everyone again"}, 201)
    await expect(reader.row("Harbour")).to_contain_text("again")
    await expect(reader.row("Harbour")).not_to_contain_text("@1")
