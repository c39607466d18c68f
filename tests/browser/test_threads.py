"""Chains of replies: how many stand under a message, and the pane that shows them."""

from playwright.async_api import expect

from tests.browser.seats import NET_AWAY

SERVICE_WORKERS = "allow"


def path_of(room: str) -> str:
    """Where messages to the room are posted."""
    return f"/chats{room.removeprefix('/chat')}/messages"


async def test_a_chain_opens_at_the_side_follows_what_happens_and_is_answered_there(
    sit, ann, bob, room, cable
):
    path = path_of(room)
    root = await ann.post(path, {"content": "Who waters the plants?"})
    seat = await (await sit(ann, room, server=cable)).ready()
    first = await bob.post(path, {"content": "reply 0", "reply_to": root["id"]})
    await expect(seat.message("Who waters").get_by_role("button", name="1 reply")).to_be_visible()
    socket = await bob.socket()
    for n in range(1, 60):
        await socket.say(f"reply {n}", chat=path[7:-9].replace("/", ":"), reply_to=root["id"])
    count = seat.page.locator(".replies")
    await expect(count).to_contain_text("60 replies")

    # By keyboard: the menu of the message, and the box is there to write in.
    await seat.message("reply 59").focus()
    await seat.page.keyboard.press("Enter")
    await seat.page.get_by_role("menuitem", name="Open thread").press("Enter")
    panel = seat.page.get_by_role("complementary", name="Thread")
    box = panel.get_by_role("textbox", name="Reply in this thread")
    await expect(box).to_be_focused()
    replies = panel.get_by_role("article")
    await expect(replies).to_have_count(51)
    await expect(replies.first).to_contain_text("Who waters")
    await expect(panel.locator(".quote")).to_have_count(0)
    await expect(replies.last).to_be_in_viewport()

    # Older ones come while one scrolls up, and the place is kept.
    await panel.get_by_role("log").evaluate("(box) => { box.scrollTop = 0; }")
    await expect(replies).to_have_count(61)
    await expect(panel.get_by_text("reply 10", exact=True)).to_be_in_viewport()

    # What is begun here is kept here; Esc gives the focus back, and the box of the chat is another one.
    await box.fill("I can, on Monday")
    await box.press("Escape")
    await expect(panel).to_have_count(0)
    await expect(seat.message("reply 59")).to_be_focused()
    await expect(seat.composer).to_have_value("")
    await seat.menu("reply 59", "Open thread")
    await expect(box).to_have_value("I can, on Monday")

    # Without a connection it waits, in order, here and in the chat.
    seat.allow(NET_AWAY)
    cable.pull()
    await box.press("Enter")
    await box.fill("and on Tuesday")
    await box.press("Enter")
    await expect(replies.nth(-1)).to_contain_text("and on Tuesday")
    await expect(seat.page.get_by_label("Sending")).to_have_count(4)
    await bob.post(path, {"content": "me, too", "reply_to": first["id"]})
    await bob.call("DELETE", f"/messages/{first['id']}")
    cable.plug()
    await expect(seat.page.get_by_label("Sending")).to_have_count(0)
    await expect(panel.locator(".prose").nth(-1)).to_have_text("and on Tuesday")
    await expect(panel.locator(".prose").nth(-2)).to_have_text("I can, on Monday")
    await expect(panel.locator(".prose").nth(-3)).to_have_text("me, too")
    await expect(panel.locator(".quote")).to_contain_text("This message was deleted")
    await expect(panel.get_by_text("62 replies")).to_be_visible()
    stored = await ann.get(f"/chats{room.removeprefix('/chat')}/thread/{root['id']}")
    assert [message["reply_to"] for message in stored["messages"][-2:]] == [root["id"], root["id"]]

    # Whether one follows is the same on all devices.
    switch = panel.get_by_role("switch", name="Follow this thread")
    await expect(switch).to_be_checked()
    await switch.click()
    await expect(switch).to_have_text("Follow")
    await ann.call("PUT", f"/messages/{root['id']}/follow")
    await expect(switch).to_have_text("Following")


async def test_a_quote_follows_its_original_that_is_not_loaded(sit, ann, bob, room):
    path = path_of(room)
    root = await ann.post(path, {"content": "as it was"})
    socket = await bob.socket()
    for n in range(60):
        await socket.say(f"more {n}\n\nand\n\nmore", chat=path[7:-9].replace("/", ":"))
    await socket.get("message", lambda frame: frame["content"].startswith("more 59"))
    await bob.post(path, {"content": "an answer", "reply_to": root["id"]})
    await bob.post(f"{path[:-8]}read", {"seq": 62})
    seat = await (await sit(bob, room)).ready()
    quote = seat.message("an answer").locator(".quote")
    await expect(quote).to_contain_text("as it was")
    await expect(seat.texts.filter(has_text="as it was")).to_have_count(0)
    await ann.call("PATCH", f"/messages/{root['id']}", json={"content": "as it is"})
    await expect(quote).to_contain_text("as it is")
    await quote.click()
    await expect(seat.page.locator("[data-flash=true]")).to_contain_text("as it is")
    await expect(seat.message("as it is")).to_be_in_viewport()
    await seat.page.get_by_role("button", name="Jump to latest").click()
    await ann.call("DELETE", f"/messages/{root['id']}")
    await expect(quote).to_contain_text("This message was deleted")


async def test_on_a_phone_a_chain_is_a_page_of_its_own_and_back_leads_to_the_chat(sit, ann, bob, room):
    path = path_of(room)
    root = await bob.post(path, {"content": "Who waters the plants?"})
    await ann.post(path, {"content": "I do", "reply_to": root["id"]})
    seat = await (await sit(ann, room, phone=True)).ready()
    address = seat.page.url
    await seat.page.get_by_role("button", name="1 reply").tap()
    panel = seat.page.get_by_role("complementary", name="Thread")
    await expect(panel.get_by_role("heading", name="Thread")).to_be_focused()
    box = await panel.bounding_box()
    assert box and (box["width"], seat.page.url) == (390, address)
    await panel.get_by_role("textbox").fill("and you?")
    await panel.get_by_role("button", name="Send").tap()
    await expect(panel.get_by_role("article")).to_have_count(3)
    await expect(panel.get_by_label("Sending")).to_have_count(0)
    assert await seat.page.evaluate("document.documentElement.scrollWidth") == 390
    await seat.page.go_back()
    await expect(panel).to_have_count(0)
    await expect(seat.texts).to_have_text(["Who waters the plants?", "I do", "and you?"])
    assert seat.page.url == address
    await seat.page.get_by_role("button", name="2 replies").tap()
    await panel.get_by_role("button", name="Back to the chat").tap()
    await expect(panel).to_have_count(0)
    await expect(seat.composer).to_be_visible()
