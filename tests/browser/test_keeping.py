"""Pinned and saved messages, and links to messages."""

import re

from playwright.async_api import expect

from tests.browser.seats import NET_AWAY

SERVICE_WORKERS = "allow"


async def fill(person, room: str, count: int = 60) -> None:
    """Messages far above the first screen: "line 0" to "line 59"."""
    for number in range(count):
        content = {"content": f"line {number}.\nand more"}
        await person.post(f"/chats{room.removeprefix('/chat')}/messages", content)


async def test_row_29_a_pin_is_seen_by_all_at_once_and_leads_to_its_place(sit, cable, ann, bob, room):
    await fill(bob, room)
    anns, bobs = await sit(ann, room), await (await sit(bob, room, server=cable)).ready()
    await (await anns.ready()).page.goto(f"{room}/3")
    panel, banner = [
        [seat.page.get_by_role(role, name=name) for seat in (anns, bobs)]
        for role, name in (("complementary", "Pinned messages"), ("region", "Pinned message"))
    ]
    await expect(bobs.message("line 59.")).to_be_in_viewport()
    await anns.menu("line 2.", "Pin")
    await expect(anns.message("line 2.").get_by_text("Pinned")).to_be_visible()
    await expect(banner[1]).to_contain_text(f"{bob.username} line 2. and more")
    await expect(bobs.message("line 59.")).to_be_in_viewport()

    # Away when there is another one.
    bobs.allow(NET_AWAY)
    cable.pull()
    await expect(bobs.banner).to_be_visible()
    await anns.menu("line 4.", "Pin")
    await expect(banner[0]).to_contain_text("line 4.")
    cable.plug()
    await expect(banner[1]).to_contain_text("line 4.")
    await banner[1].get_by_role("button", name="line 4.").click()
    await expect(bobs.message("line 4.")).to_be_in_viewport()
    await expect(bobs.message("line 4.")).to_have_attribute("data-flash", "true")

    # Hidden here until there is a newer one; the list is in the menu.
    await banner[1].get_by_role("button", name="Hide pinned message").click()
    await expect(banner[1]).to_have_count(0)
    await expect(bobs.composer).to_be_focused()
    await bobs.page.reload()
    await bobs.ready()
    await bobs.page.get_by_role("button", name="More", exact=True).click()
    await bobs.page.get_by_role("menuitem", name="Pinned messages").click()
    await expect(panel[1].get_by_role("listitem")).to_have_text(
        [re.compile(r"line 4\..*Pinned by"), re.compile(r"line 2\..*Pinned by")]
    )
    await expect(banner[1]).to_have_count(0)

    # Who may not pin is not offered to, until the room lets all.
    await expect(panel[1].get_by_role("button", name="Unpin")).to_have_count(0)
    await panel[1].get_by_role("button", name="line 4.").click()
    await bobs.open_menu("line 4.")
    item = bobs.page.get_by_role("menuitem", name="Unpin")
    await expect(bobs.page.get_by_role("menuitem", name="Reply", exact=True)).to_be_visible()
    await expect(item).to_have_count(0)
    await bobs.page.keyboard.press("Escape")
    await anns.page.get_by_role("button", name="More", exact=True).click()
    await anns.page.get_by_role("menuitem", name="Room settings").click()
    dialog = anns.page.get_by_role("dialog")
    await dialog.get_by_label("Who can pin messages").select_option("All members")
    await dialog.get_by_role("button", name="Save").click()
    await panel[1].get_by_role("button", name="Unpin").first.click()
    await expect(panel[1].get_by_role("listitem")).to_have_count(1)
    await expect(banner[0]).to_contain_text("line 2.")
    await ann.call("DELETE", f"/messages/{(await ann.history(f'room/{room[11:]}'))[2]['id']}")
    await expect(panel[1].get_by_text("No pinned messages")).to_be_visible()
    await expect(banner[0]).to_have_count(0)


async def test_row_29_what_one_saves_is_on_all_of_ones_devices(sit, people, ann, bob, room):
    await fill(bob, room)
    other = await people.room(bob, ann, name="Soon left")
    lost = await bob.post(f"/chats/room/{other}/messages", {"content": "Lost"})
    await ann.call("PUT", f"/messages/{lost['id']}/star")
    await ann.post(f"/chats/room/{other}/leave")
    desk, phone = await sit(ann, f"{room}/3"), await sit(ann, "/chat", phone=True)
    await (await phone.ready_list()).page.get_by_role("button", name="account menu").click()
    await phone.page.get_by_role("menuitem", name="Saved messages").click()
    panel = phone.page.get_by_role("complementary", name="Saved messages")
    await expect(panel.get_by_role("listitem")).to_have_text(["No longer available"])
    await panel.get_by_role("button", name="Remove from saved").click()
    await expect(panel.get_by_text("Nothing saved yet")).to_be_visible()

    await (await desk.ready()).menu("line 2.", "Save")
    entry = panel.get_by_role("listitem")
    await expect(entry).to_contain_text("line 2.")
    await entry.get_by_role("button", name="line 2.").click()
    await expect(panel).to_have_count(0)
    await expect(phone.message("line 2.")).to_have_attribute("data-flash", "true")
    await phone.page.go_back()
    await expect(entry).to_be_visible()
    await entry.get_by_role("button", name="Remove from saved").click()
    await expect(entry).to_have_count(0)
    await expect(panel.get_by_role("button", name="Back")).to_be_focused()
    await panel.get_by_role("button", name="Back").click()
    await phone.ready_list()
    await desk.open_menu("line 2.")
    await expect(desk.page.get_by_role("menuitem", name="Save", exact=True)).to_be_visible()


async def test_row_9_a_link_to_a_message_opens_in_place_and_marks_it(sit, people, ann, bob, room):
    await fill(ann, room)
    secret = await people.room(bob, name="Secret")
    seat = await (await sit(ann, room)).ready()
    here = f"{seat.page.url}/3"
    text = f"{here} and {seat.page.url.rpartition('/')[0]}/{secret}/1 and https://example.org/chat/general"
    await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": text})
    links = seat.message(here).get_by_role("link")
    await seat.page.evaluate("window.isSame = true")
    for _ in range(2):  # also when one is there already
        await links.nth(0).click()
        await expect(seat.message("line 2.")).to_have_attribute("data-flash", "true")
        await expect(seat.message("line 2.")).to_be_in_viewport()
        await seat.log_region.press("End")
        await expect(links.nth(0)).to_be_in_viewport()
        await expect(seat.message("line 2.")).to_have_count(0)
    await expect(links.nth(2)).to_have_attribute("target", "_blank")
    seat.allow("status of 404")
    await links.nth(1).click()
    await expect(seat.page.get_by_role("main")).to_contain_text("you aren't a member")
    await seat.page.go_back()
    await seat.ready()
    assert await seat.page.evaluate("window.isSame"), "the page was never loaded anew"
