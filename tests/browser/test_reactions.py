"""Reactions: chips, the picker, who chose what, by mouse, keys and fingers."""

import asyncio
import re

from playwright.async_api import Route, expect

PATH = "**/messages/*/reactions/**"


async def test_row_31_one_press_adds_another_takes_away_and_all_see_it(sit, ann, bob, room):
    seat, bobs = await (await sit(ann, room)).ready(), await (await sit(bob, room)).ready()
    await bobs.say("Tomatoes are ripe.")
    message, theirs = seat.message("Tomatoes"), bobs.message("Tomatoes")
    await theirs.hover()
    await theirs.get_by_role("button", name="React with 👍").click()
    await message.get_by_role("button", name="👍 1", exact=True).click()
    chip = message.get_by_role("button", name="👍 2, you and 1 other", exact=True)
    await expect(chip).to_have_attribute("aria-pressed", "true")
    await expect(theirs.get_by_role("button", name="👍 2, you and 1 other")).to_be_visible()
    await chip.hover()
    await expect(message.get_by_role("tooltip")).to_have_text(re.compile("You.+bob"))
    await chip.click()
    await expect(message.get_by_role("button", name="👍 1", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )
    await expect(theirs.get_by_role("button", name="👍 1, you")).to_be_visible()
    await expect(seat.row("Room").get_by_text("unread")).to_have_count(0)

    # What is refused is taken back, and said.
    refused = {"error": {"code": "too_many_reactions", "detail": "This conflicts with the current state."}}
    await seat.page.route(PATH, lambda route: route.fulfill(status=409, json=refused))
    seat.allow("409")
    await message.hover()
    await message.get_by_role("button", name="React with ❤️").click()
    await expect(seat.page.get_by_role("status").get_by_text("This conflicts")).to_be_visible()
    await expect(message.get_by_role("button", name="❤️ 1, you")).to_have_count(0)
    await seat.page.unroute(PATH)

    # The picker by keys: search, Enter; the focus comes back.
    release = asyncio.Event()

    async def hold(route: Route) -> None:
        await release.wait()
        await route.continue_()

    await seat.page.route(re.compile("emojibase"), hold)
    await message.focus()
    await seat.page.keyboard.press("Enter")
    await expect(seat.page.get_by_role("menuitem", name="Reply", exact=True)).to_be_focused()
    for _ in range(2):  # up into the row of emoji, whose last button opens all of them
        await seat.page.keyboard.press("ArrowUp")
        await seat.page.keyboard.press("ArrowRight")
    await seat.page.keyboard.press("ArrowLeft")
    await seat.page.keyboard.press("Enter")
    search = seat.page.get_by_role("textbox", name="Search emoji")
    await expect(search).to_be_focused()
    # Enter counts also while the names of the emoji are still on their way.
    await search.fill("tada")
    await search.press("Enter")
    release.set()
    await expect(message.get_by_role("button", name="🎉 1, you")).to_be_visible()
    await expect(search).to_have_count(0)
    await seat.page.reload()
    await expect(message.get_by_role("button", name="🎉 1, you")).to_be_visible()
    await message.hover()
    await message.get_by_role("toolbar").get_by_role("button", name="Add reaction").click()
    grid = seat.page.get_by_role("dialog", name="Emoji")
    await expect(grid.get_by_text("Most used")).to_be_visible()
    await expect(grid.locator(".emoji-grid").first.get_by_role("button")).to_have_count(6)
    await seat.page.keyboard.press("Escape")

    # By a finger: a press on the message offers emoji, a long one on a chip says who.
    phone = await (await sit(bob, room, phone=True, dark=True)).ready()
    ours = phone.message("Tomatoes")
    await ours.dispatch_event("contextmenu", {"pointerType": "touch", "clientX": 100, "clientY": 300})
    await phone.page.get_by_role("menuitem", name="React with 👀").tap()
    await expect(ours.get_by_role("button", name="👀 1, you")).to_be_visible()
    await expect(message.get_by_role("button", name="👀 1", exact=True)).to_be_visible()
    chip = ours.get_by_role("button", name="🎉 1", exact=True)
    await chip.dispatch_event("pointerdown", {"pointerType": "touch", "bubbles": True})
    people = phone.page.get_by_role("dialog", name="Reactions")
    await expect(people.get_by_text(ann.username)).to_be_visible()
    await people.get_by_role("button", name="👀 1").tap()
    await expect(people.get_by_text(bob.username)).to_be_visible()
    await expect(phone.page.get_by_role("menu")).to_have_count(0)
