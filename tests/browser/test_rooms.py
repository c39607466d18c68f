"""Rooms: creating one, joining by a link, deciding on requests, and being removed."""

import re

from playwright.async_api import expect


async def make_room(seat, name: str, kind: str) -> str:
    """Make a room by the dialog; its link."""
    await seat.page.get_by_role("button", name="New room or chat").click()
    await seat.page.get_by_role("menuitem", name="Create room").click()
    dialog = seat.page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_label("Topic").fill("All about tests.")
    await dialog.get_by_role("radio", name=kind).check()
    await dialog.get_by_role("button", name="Create").click()
    link = await dialog.get_by_label("Invite link").input_value()
    assert re.fullmatch(r"http://\S+/chats/room/\d+/invite/\S{22,}", link)
    return link


async def test_row_42_to_45_from_a_new_room_to_a_guest_who_is_let_in_and_sees_it_open(sit, ann, bob):
    anns = await (await sit(ann, "/chat/general")).ready()
    link = await make_room(anns, "Workshop", "By invitation, with approval")
    await anns.page.get_by_role("dialog").get_by_role("button", name="Done").click()
    await expect(anns.title).to_have_text("Workshop")
    await anns.say("welcome")

    bobs = await sit(None, link)
    await expect(bobs.page.get_by_role("heading", name="Workshop")).to_be_visible()
    await expect(bobs.page.get_by_text("All about tests.")).to_be_visible()
    await expect(bobs.page.get_by_text(f"{ann.username} invited you. 1 member so far.")).to_be_visible()
    await bobs.page.get_by_role("link", name="Log in").click()
    await bobs.page.get_by_label("Username or e-mail address").fill(bob.username)
    await bobs.page.get_by_label("Password", exact=True).fill("a long password 4 tests")
    await bobs.page.keyboard.press("Enter")
    await bobs.page.get_by_role("button", name=f"Ask to join as {bob.username}").click()
    await expect(bobs.page.get_by_role("heading", name="You have asked to join")).to_be_visible()

    requests = anns.page.get_by_role("region", name="Join requests")
    await expect(requests).to_contain_text(f"{bob.username} wants to join.")
    await expect(anns.row("Workshop").get_by_text("asking to join")).to_be_visible()
    await requests.get_by_role("button", name=f"Approve {bob.username}").click()
    await expect(requests).to_have_count(0)
    await expect(anns.row("Workshop").get_by_text("asking to join")).to_have_count(0)

    await expect(bobs.page).to_have_url(re.compile(r"/chat/room/\d+$"))
    await bobs.ready()
    await expect(bobs.message("welcome")).to_be_visible()
    await bobs.say("thank you")
    await expect(anns.message("thank you")).to_be_visible()


async def test_row_43_who_waits_in_the_chat_is_let_in_without_a_press_and_can_take_it_back(sit, ann, bob):
    made = await ann.post("/chats/room", {"name": "Quiet", "description": ""}, 201)
    room = f"/chats/room/{made['room_id']}"
    await bob.post(f"{room}/join", {"invite_link": made["invite_link"]})
    bobs = await sit(bob, f"/chat/room/{made['room_id']}")
    await expect(bobs.page.get_by_role("heading", name="You asked to join Quiet")).to_be_visible()
    bobs.allow("status of 403")  # the room, once the request is taken back
    await bobs.page.get_by_role("button", name="Cancel request").click()
    await expect(bobs.page.get_by_role("heading", name="You asked to join Quiet")).to_have_count(0)
    assert (await ann.get(f"{room}/requests"))["results"] == []
    await bob.post(f"{room}/join", {"invite_link": made["invite_link"]})
    await bobs.page.reload()
    await expect(bobs.page.get_by_role("heading", name="You asked to join Quiet")).to_be_visible()
    await ann.post(f"{room}/invite/approve", {"user_id": bob.id})
    await expect(bobs.title).to_have_text("Quiet")
    await bobs.ready()
    await bobs.say("here I am")
    await bobs.settled("here I am")


async def test_row_43_who_is_denied_is_told_politely(sit, ann, bob):
    made = await ann.post("/chats/room", {"name": "Closed", "description": ""}, 201)
    room = f"/chats/room/{made['room_id']}"
    await bob.post(f"{room}/join", {"invite_link": made["invite_link"]})
    inside = await sit(bob, f"/chat/room/{made['room_id']}")
    outside = await inside.new_tab(made["invite_link"])
    await expect(inside.page.get_by_role("heading", name="You asked to join Closed")).to_be_visible()
    await expect(outside.page.get_by_role("heading", name="You have asked to join")).to_be_visible()
    await ann.post(f"{room}/invite/deny", {"user_id": bob.id})
    await expect(inside.page.get_by_role("heading", name="Request declined")).to_be_visible()
    await expect(outside.page.get_by_text("Your last request was declined.")).to_be_visible()


async def test_row_44_a_decision_shows_to_every_moderator_at_once(sit, people, ann, bob):
    made = await ann.post("/chats/room", {"name": "Board", "description": ""}, 201)
    room = f"/chats/room/{made['room_id']}"
    await bob.post(f"{room}/join", {"invite_link": made["invite_link"]})
    await ann.post(f"{room}/invite/approve", {"user_id": bob.id})
    answer = await ann.call("PATCH", f"{room}/members/{bob.id}", json={"role": "moderator"})
    assert answer.status_code == 200
    seats = [await (await sit(person, f"/chat/room/{made['room_id']}")).ready() for person in (ann, bob)]
    asking = [await people.sign_up(name) for name in ("cem", "dora")]
    for person in asking:
        await person.post(f"{room}/join", {"invite_link": made["invite_link"]})
    cem, dora = asking
    for seat in seats:
        region = seat.page.get_by_role("region", name="Join requests")
        await expect(region).to_contain_text(f"{cem.username} wants to join.")
        await region.get_by_role("button", name="1 more").click()
        panel = seat.page.get_by_role("complementary", name="Members")
        await expect(panel.get_by_role("heading", name="2 people want to join")).to_be_visible()
    panels = [seat.page.get_by_role("complementary", name="Members") for seat in seats]
    await panels[1].get_by_role("button", name=f"Approve {dora.username}").click()
    for panel in panels:
        await expect(panel.get_by_role("heading", name="1 person wants to join")).to_be_visible()
        await expect(panel.get_by_role("heading", name="3 members")).to_be_visible()
    await panels[0].get_by_role("button", name=f"Deny {cem.username}").click()
    for panel in panels:
        await expect(panel.get_by_role("heading", name=re.compile("wants? to join"))).to_have_count(0)


async def test_row_45_a_room_is_made_its_link_copied_and_renewed(sit, ann):
    seat = await sit(ann, "/chat/general", permissions=["clipboard-read", "clipboard-write"])
    await seat.ready()
    link = await make_room(seat, "Garden", "By invitation Anyone with the link can join.")
    dialog = seat.page.get_by_role("dialog")
    await expect(dialog.get_by_role("img", name="QR code of the link")).to_be_visible()
    await dialog.get_by_role("button", name="Copy").click()
    await expect(seat.page.get_by_text("Link copied")).to_be_visible()
    assert await seat.page.evaluate("navigator.clipboard.readText()") == link
    await dialog.get_by_role("button", name="Done").click()
    await seat.page.get_by_role("main").get_by_role("button", name="More", exact=True).click()
    await seat.page.get_by_role("menuitem", name="Invite people").click()
    await dialog.get_by_label("Valid for").select_option("1 day")
    await dialog.get_by_label("People").fill("5")
    await dialog.get_by_role("button", name="Create link").click()
    new = await dialog.get_by_label("Invite link").input_value()
    assert new != link
    await expect(dialog.get_by_text("5 people can use it.")).to_be_visible()
    visitor = await sit(None)
    visitor.allow("status of 404")
    await visitor.page.goto(link)
    await expect(visitor.page.get_by_role("heading", name="Garden")).to_have_count(0)
    await visitor.page.goto(new)
    await expect(visitor.page.get_by_role("heading", name="Garden")).to_be_visible()


async def test_row_46_who_is_removed_sees_why_at_once_in_every_tab(sit, ann, bob, room):
    anns, bobs = await (await sit(ann, room)).ready(), await (await sit(bob, room)).ready()
    second = await (await bobs.new_tab(room)).ready()
    await bobs.say("spam")
    await anns.page.get_by_role("button", name="Members").click()
    panel = anns.page.get_by_role("complementary", name="Members")
    await expect(panel.get_by_text("Owner")).to_be_visible()
    await panel.get_by_label("Search members").fill("nobody")
    await expect(panel.get_by_text("No matches")).to_be_visible()
    await panel.get_by_label("Search members").fill("bob")
    await panel.get_by_role("button", name=f"Actions for {bob.username}").click()
    await anns.page.get_by_role("menuitem", name="Remove from room").click()
    bobs.allow("status of 403")  # the client asks once more how things stand
    await anns.page.get_by_role("dialog").get_by_label("Reason").fill("Please don't shout.")
    await anns.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    for tab in (bobs, second):
        await expect(tab.page.get_by_role("heading", name="You were removed from this room")).to_be_visible()
        await expect(tab.page.get_by_text("Please don't shout.")).to_be_visible()
        await expect(tab.composer).to_have_count(0)
        await expect(tab.page.get_by_text("spam")).to_have_count(0)
        await expect(tab.row("Room")).to_have_count(0)
    await panel.get_by_label("Search members").fill("")
    await expect(panel.get_by_role("heading", name="1 member")).to_be_visible()


async def test_row_46_leaving_asks_once_and_a_public_room_can_be_found_again(sit, ann, bob):
    await ann.post("/chats/room", {"name": f"Park of {ann.username}", "description": "", "is_public": True})
    seat = await (await sit(bob, "/chat/general")).ready()
    await seat.page.get_by_role("button", name="New room or chat").click()
    await seat.page.get_by_role("menuitem", name="Discover public rooms").click()
    dialog = seat.page.get_by_role("dialog")
    await dialog.get_by_role("searchbox").fill(ann.username)
    # The one found: until the search has answered, other public rooms stand there.
    found = dialog.get_by_role("article").filter(has_text=f"Park of {ann.username}")
    await found.get_by_role("button", name="Join").click()
    await expect(seat.title).to_have_text(f"Park of {ann.username}")
    await seat.page.get_by_role("main").get_by_role("button", name="More", exact=True).click()
    await seat.page.get_by_role("menuitem", name="Leave room").click()
    await dialog.get_by_role("button", name="Leave").click()
    await expect(seat.row("Park of")).to_have_count(0)


async def test_row_44_all_are_approved_at_once_and_one_is_denied_and_banned(sit, people, ann):
    made = await ann.post("/chats/room", {"name": "Board", "description": ""}, 201)
    room = f"/chats/room/{made['room_id']}"
    asking = [await people.sign_up(name) for name in ("cem", "dora", "eva")]
    for person in asking:
        await person.post(f"{room}/join", {"invite_link": made["invite_link"]})
    cem, dora, eva = asking
    seat = await (await sit(ann, f"/chat/room/{made['room_id']}")).ready()
    await seat.page.get_by_role("button", name="Members").click()
    panel = seat.page.get_by_role("complementary", name="Members")
    await expect(panel.get_by_role("heading", name="3 people want to join")).to_be_visible()
    await panel.get_by_role("button", name=f"Actions for {cem.username}").click()
    await seat.page.get_by_role("menuitem", name="Deny and ban").click()
    await seat.page.get_by_role("dialog").get_by_label("Reason").fill("A spammer.")
    await seat.page.get_by_role("dialog").get_by_role("button", name="Deny and ban").click()
    await expect(panel.get_by_role("heading", name="2 people want to join")).to_be_visible()
    await panel.get_by_role("button", name="Approve all").click()
    await expect(panel.get_by_role("heading", name=re.compile("wants? to join"))).to_have_count(0)
    await expect(panel.get_by_role("heading", name="3 members")).to_be_visible()
    for person in (dora, eva):
        assert (await person.get(room))["status"] == "member"
    cems = await sit(cem, made["invite_link"])
    await expect(cems.page.get_by_text("You're banned from this room")).to_be_visible()
    await panel.get_by_role("button", name="Show banned people").click()
    await panel.get_by_role("button", name=f"Unban {cem.username}").click()
    await expect(panel.get_by_text("No one is banned from this room.")).to_be_visible()
    await cems.page.reload()
    await expect(cems.page.get_by_role("button", name=f"Ask to join as {cem.username}")).to_be_visible()


async def test_row_46_roles_are_seen_and_given_and_who_is_banned_stays_out(sit, ann, bob, room):
    anns, bobs = await (await sit(ann, room)).ready(), await (await sit(bob, room)).ready()
    for seat in (anns, bobs):
        await seat.page.get_by_role("button", name="Members").click()
    panel = anns.page.get_by_role("complementary", name="Members")
    member = panel.get_by_role("listitem").filter(has_text=bob.username)
    await expect(member.get_by_text("Moderator")).to_have_count(0)
    await expect(bobs.page.get_by_role("button", name="Invite people")).to_have_count(0)
    await panel.get_by_role("button", name=f"Actions for {bob.username}").click()
    await anns.page.get_by_role("menuitem", name="Make moderator").click()
    await expect(member.get_by_text("Moderator")).to_be_visible()
    await expect(bobs.page.get_by_role("button", name="Invite people").first).to_be_visible()
    # A moderator removes plain members, and no owner.
    await (
        bobs.page.get_by_role("complementary")
        .get_by_role("button", name=f"Actions for {ann.username}")
        .click()
    )
    await expect(bobs.page.get_by_role("menuitem")).to_have_text([f"Message {ann.username}"])
    await bobs.page.keyboard.press("Escape")
    await panel.get_by_role("button", name=f"Actions for {bob.username}").click()
    await anns.page.get_by_role("menuitem", name="Ban from room").click()
    bobs.allow("status of 40[34]")
    await anns.page.get_by_role("dialog").get_by_label("Reason").fill("Enough.")
    await anns.page.get_by_role("dialog").get_by_role("button", name="Ban").click()
    await expect(bobs.page.get_by_text("Enough.")).to_be_visible()
    await expect(bobs.composer).to_have_count(0)
    await expect(member).to_have_count(0)
    await bobs.page.reload()
    # For a banned person, a room that is not public doesn't exist.
    await expect(bobs.page.get_by_role("heading", name="Chat not found")).to_be_visible()
    await expect(bobs.composer).to_have_count(0)


async def test_row_67_who_comes_and_goes_is_told_quietly_and_folded_when_many(sit, people, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}"
    answer = await ann.call("PATCH", path, json={"is_public": True, "requires_approval": False})
    assert answer.is_success, answer.text
    seat = await (await sit(ann, room)).ready()
    await seat.say("doors are open")
    many = [await people.sign_up(f"guest{number}") for number in range(5)]
    for person in many:
        await person.post(f"{path}/join", {})
    lines = seat.log_region.locator(".lines")
    await expect(lines).to_have_count(1)
    await expect(lines).to_have_text(re.compile("and 4 others joined"))
    await many[0].post(f"{path}/leave", {})
    await expect(seat.log_region).to_contain_text(f"{many[0].username} left")
    await expect(lines).to_have_count(1)
    # Quiet: no message, no unread, nothing read out, smaller and paler than what people say.
    await expect(seat.messages).to_have_count(1)
    bobs = await (await sit(bob, "/chat/general")).ready()
    await expect(bobs.row("Room").get_by_text("1 unread")).to_be_visible()
    style = """(element) => {
      const { color, fontSize } = getComputedStyle(element);
      return [color, parseFloat(fontSize)];
    }"""
    quiet, loud = await lines.evaluate(style), await seat.texts.first.evaluate(style)
    assert quiet[0] != loud[0] and quiet[1] < loud[1]
