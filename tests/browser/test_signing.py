"""Signing up, in and out, and what addresses lead to."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.browser.seats import NET_AWAY
from tests.people import PASSWORD

SERVICE_WORKERS = "allow"


async def test_row_55_one_signs_up_and_is_in_the_chat(sit):
    seat = await sit(None, "/signup")
    name = f"dora-{uuid4().hex[:8]}"
    await expect(seat.page.get_by_label("Username")).to_be_focused()
    await seat.page.keyboard.type(name)
    await seat.page.get_by_label("E-mail address").fill(f"{name}@example.org")
    await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await seat.page.keyboard.press("Enter")
    await expect(seat.page.get_by_role("navigation", name="Chats")).to_contain_text(name)
    await seat.ready()


async def test_row_55_errors_stand_beside_the_fields_and_what_was_typed_stays(sit, ann):
    seat = await sit(None, "/signup")
    wrong = [
        ("E-mail address", "nonsense", "valid email"),
        ("Password", "password", "too common"),
        ("Username", ann.username, "taken"),
    ]
    await seat.page.get_by_label("Username").fill("somebody")
    await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    for label, value, words in wrong:
        field = seat.page.get_by_label(label, exact=True)
        before = await field.input_value()
        await field.fill(value)
        await seat.page.get_by_label("Password", exact=True).press("Enter")
        await expect(field).to_have_accessible_description(re.compile(words))
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_be_focused()
        if label != "Password":
            await expect(field).to_have_value(value)
        await field.fill(before or "somebody@example.org")
        await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)


async def test_row_55_one_logs_in_by_name_or_address_and_a_password_manager_can_help(sit, ann):
    for name in (ann.username, f"{ann.username}@example.org"):
        seat = await sit(None, "/login")
        user, password = (
            seat.page.get_by_label("Username or e-mail address"),
            seat.page.get_by_label("Password", exact=True),
        )
        await expect(user).to_have_attribute("autocomplete", "username")
        await expect(password).to_have_attribute("autocomplete", "current-password")
        await user.fill(name)
        await password.fill("wrong")
        await password.press("Enter")
        await expect(seat.page.get_by_text("Wrong username or password.")).to_be_visible()
        await expect(user).to_have_value(name)
        await password.fill(PASSWORD)
        await seat.page.get_by_role("button", name="Show password").click()
        await expect(password).to_have_attribute("type", "text")
        await password.press("Enter")
        await seat.ready()


async def test_row_55_signing_up_and_in_work_without_javascript(sit, ann):
    seat = await sit(None, "/login", java_script_enabled=False)
    await seat.page.get_by_label("Username or e-mail address").fill(ann.username)
    await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await seat.page.get_by_role("button", name="Log in").click()
    await expect(seat.page).to_have_url(re.compile("/chat$"))
    await expect(seat.page.locator("noscript p")).to_be_visible()


@pytest.mark.parametrize("path", ["/chat/general", "/settings", "/settings/devices"])
async def test_row_61_a_link_opened_signed_out_leads_to_log_in_and_then_there(sit, ann, path):
    seat = await sit(None, path)
    await seat.page.get_by_label("Username or e-mail address").fill(ann.username)
    await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await seat.page.keyboard.press("Enter")
    await expect(seat.page).to_have_url(re.compile(f"{path}$"))


async def test_row_61_every_chat_has_an_address_and_back_forward_reload_stay_right(sit, ann, bob, room):
    private = await ann.post("/chats/private", {"receiver_id": bob.id})
    general, direct = "/chat/general", f"/chat/private/{private['chat_id']}"
    seat = await (await sit(ann, general)).ready()
    await expect(seat.title).to_have_text("General")
    await seat.row(bob.username).click()
    await expect(seat.title).to_have_text(bob.username)
    await expect(seat.page).to_have_url(re.compile(f"{direct}$"))
    await seat.row("Room").click()
    await expect(seat.page).to_have_url(re.compile(f"{room}$"))
    await seat.page.go_back()
    await expect(seat.title).to_have_text(bob.username)
    await seat.page.go_back()
    await expect(seat.title).to_have_text("General")
    await seat.page.go_forward()
    await expect(seat.title).to_have_text(bob.username)
    await seat.page.reload()
    await expect(seat.title).to_have_text(bob.username)
    await expect(seat.page).to_have_url(re.compile(f"{direct}$"))
    await seat.page.go_back()
    await expect(seat.title).to_have_text("General")


async def test_row_61_a_link_to_a_message_opens_around_it_and_marks_it(sit, ann, room):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    for number in range(1, 161):
        await ann.post(path, {"content": f"line {number}."})
    for link in (f"{room}/20", f"{room}?message=20"):
        seat = await (await sit(ann, link)).ready()
        await expect(seat.message("line 20.")).to_be_in_viewport()
        await expect(seat.message("line 20.")).to_have_attribute("data-flash", "true")
        await seat.page.reload()
        await expect(seat.message("line 20.")).to_be_in_viewport()
        await seat.page.get_by_role("button", name="Jump to latest").click()
        await expect(seat.message("line 160.")).to_be_in_viewport()


async def test_row_61_an_address_of_nothing_says_so_in_words(sit, ann, bob, people):
    cem = await people.sign_up("cem")
    foreign = await bob.post("/chats/private", {"receiver_id": cem.id})
    for path in ("/chat/room/987654321", f"/chat/private/{foreign['chat_id']}"):
        seat = await sit(ann, path)
        seat.allow("status of 40[34]")
        await expect(seat.page.get_by_role("heading", name="Chat not found")).to_be_visible()
        await seat.page.get_by_role("button", name="Go to General").click()
        await expect(seat.title).to_have_text("General")


async def log_out(seat) -> None:
    await seat.page.get_by_role("button", name="account menu").click()
    await seat.page.get_by_role("menuitem", name="Log out").click()


async def test_row_56_logging_out_in_one_tab_empties_all_of_them(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    second = await (await seat.new_tab("/chat/general")).ready()
    pages = await seat.new_tab("/settings")
    seat.allow("status of 401")
    await log_out(seat)
    for tab in (seat, second):
        await expect(tab.page).to_have_url(re.compile("/login"))
        await expect(tab.page.get_by_role("heading", name="Log in")).to_be_visible()
    await pages.page.reload()
    await expect(pages.page).to_have_url(re.compile("/login"))


async def test_row_62_after_log_out_nothing_private_is_left(sit, ann, bob, room):
    seat = await (await sit(ann, room)).ready()
    await seat.page.goto("/settings/profile")
    await seat.page.goto("/chat/general")
    await seat.row("Room").click()
    await seat.say("my dark secret")
    await seat.settled("my dark secret")
    await seat.write("a secret draft")
    assert "a secret draft" in await seat.storage()
    seat.allow("status of 401")
    await log_out(seat)
    await expect(seat.page.get_by_role("heading", name="Log in")).to_be_visible()
    kept = await seat.storage()
    for word in ("secret", ann.username, bob.username):
        assert word not in kept
    await expect(seat.page.locator("body")).not_to_contain_text("secret")
    cookies = {cookie["name"] for cookie in await seat.context.cookies()}
    assert not cookies & {"refresh", "device", "sessionid"}
    for _ in range(3):
        await seat.page.go_back()
        await expect(seat.page.get_by_role("heading", name="Log in")).to_be_visible()
        await expect(seat.page.locator("body")).not_to_contain_text("secret")
        await expect(seat.page.locator("body")).not_to_contain_text(ann.username)


async def test_row_56_an_expired_token_is_renewed_unseen(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    await seat.page.clock.install()
    await seat.page.reload()
    await seat.ready()
    async with seat.page.expect_response("**/auth/refresh"):
        await seat.page.clock.fast_forward("20:00")
    await seat.say("still here")
    await seat.settled("still here")


async def test_row_56_reloads_during_a_refresh_whose_answer_is_lost_sign_nobody_out(sit, ann, people, room):
    seat = await (await sit(ann, room)).ready()
    seat.allow("ERR_FAILED|ERR_ABORTED")
    lost: list[int] = []

    async def lose(route) -> None:
        """The server hears the request, the browser never its answer."""
        asked = route.request
        headers = {name: (await asked.all_headers())[name] for name in ("cookie", "user-agent", "x-client")}
        answer = await people.http.post(asked.url, headers=headers, json={})
        lost.append(answer.status_code)
        await route.abort()

    await seat.page.route("**/auth/refresh", lose, times=2)
    for _ in range(2):
        async with seat.page.expect_event("requestfailed", lambda request: "/auth/refresh" in request.url):
            await seat.page.reload(wait_until="commit")
    await seat.page.reload()
    await seat.ready()
    assert lost == [200, 200]
    await seat.say("still here")
    await seat.settled("still here")


async def end_other_sessions(person) -> None:
    """Sign everything of this person out, but for what the test itself holds."""
    for session in (await person.get("/auth/sessions"))["results"]:
        if not session["current"]:
            await person.call("DELETE", f"/auth/sessions/{session['id']}")


async def test_row_56_a_session_that_is_ended_elsewhere_leads_to_log_in_and_keeps_the_draft(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    seat.allow("status of 401")
    await seat.write("half a thought")
    await end_other_sessions(ann)
    await expect(seat.page).to_have_url(re.compile("/login"))
    await seat.page.get_by_label("Username or e-mail address").fill(ann.username)
    await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await seat.page.keyboard.press("Enter")
    await expect(seat.page).to_have_url(re.compile(f"{room}$"))
    await expect(seat.composer).to_have_value("half a thought")


# ---------------------------------------------------------------- one browser, several people


async def log_in(page, person) -> None:
    await page.get_by_label("Username or e-mail address").fill(person.username)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")


async def unsent(sit, cable, person, room, text: str):
    """A seat without a net, and with a message that waits for it."""
    seat = await (await sit(person, room, server=cable)).ready()
    for pattern in (NET_AWAY, "status of 40[134]"):
        seat.allow(pattern)
    # Whatever else happens, what is in the page is not sent any more.
    await seat.page.evaluate("() => { WebSocket.prototype.send = () => {}; }")
    await seat.say(text)
    await expect(seat.page.get_by_label("Sending")).to_have_count(1)
    return seat


async def contents(person, room) -> list[str]:
    return [message["content"] for message in await person.history(room.removeprefix("/chat/"))]


async def test_row_57_what_one_did_not_send_is_never_sent_by_who_logs_in_next(sit, cable, ann, bob, room):
    anns = await unsent(sit, cable, ann, room, "in my own name")
    await anns.write("a draft of mine")
    # In this browser somebody else logs in, and then this tab hears that its session is over.
    await anns.sign_in(bob)
    await end_other_sessions(ann)
    await expect(anns.page.get_by_role("button", name=f"{bob.username}: account menu")).to_be_visible()
    bobs = await (await anns.new_tab(room)).ready()
    bobs.person = bob
    for tab in (anns, bobs):
        await expect(tab.page.locator("body")).not_to_contain_text("in my own name")
        await expect(tab.composer).to_have_value("")
    await bobs.say("here I am")
    await bobs.settled("here I am")
    assert await contents(bob, room) == ["here I am"]
    await log_out(bobs)
    await expect(bobs.page.get_by_role("heading", name="Log in")).to_be_visible()
    assert bob.username not in await bobs.storage()
    await anns.page.goto(room)
    await log_in(anns.page, ann)
    await anns.settled("here I am", "in my own name")
    await expect(anns.composer).to_have_value("a draft of mine")
    assert await contents(bob, room) == ["here I am", "in my own name"]


async def test_row_57_where_somebody_else_opens_the_chat_the_other_tabs_become_theirs(sit, ann, bob, room):
    anns = await (await sit(ann, room)).ready()
    await anns.sign_in(bob)
    await (await anns.new_tab(room)).ready()
    await expect(anns.page.get_by_role("button", name=f"{bob.username}: account menu")).to_be_visible()
    await anns.ready()
    await anns.say("here I am")
    await anns.settled("here I am")
    [message] = await ann.history(room.removeprefix("/chat/"))
    assert message["user_id"] == bob.id


async def test_row_57_a_tab_that_slept_while_somebody_else_logged_in_becomes_theirs(sit, ann, bob, room):
    """Nothing tells the tab: its session lives on, and only the cookie is Bob's."""
    anns = await sit(ann)
    for pattern in (NET_AWAY, "status of 40[134]"):
        anns.allow(pattern)
    await anns.page.clock.install()
    await anns.page.goto(room)
    await anns.ready()
    await anns.context.set_offline(True)
    await anns.page.clock.run_for(5_000)
    await expect(anns.banner).to_be_visible()
    await anns.say("in my own name")
    await anns.sign_in(bob)
    await anns.page.clock.fast_forward("20:00")
    await anns.context.set_offline(False)
    await anns.page.clock.run_for(15_000)
    await expect(anns.page.get_by_role("button", name=f"{bob.username}: account menu")).to_be_visible()
    await anns.ready()
    await expect(anns.page.locator("body")).not_to_contain_text("in my own name")
    assert await contents(bob, room) == []


async def test_row_62_before_a_log_out_loses_what_is_not_sent_one_is_asked(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    seat.allow("status of 401")
    await seat.page.evaluate("() => { WebSocket.prototype.send = () => {}; }")
    for text in ("one secret", "two secrets"):
        await seat.say(text)
    await log_out(seat)
    dialog = seat.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("2 messages haven't been sent yet and will be lost.")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(seat.message("one secret")).to_be_visible()
    await log_out(seat)
    await dialog.get_by_role("button", name="Log out").click()
    await expect(seat.page.get_by_role("heading", name="Log in")).to_be_visible()
    assert "secret" not in await seat.storage()
