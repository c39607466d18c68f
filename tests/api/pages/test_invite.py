"""The page of an invite link."""

import pytest

from accounts.models import User
from rooms import invites, joining, services
from rooms.models import JoinRequest, Room
from tests.api.pages.browser import Browser, Page, refresh

pytestmark = pytest.mark.django_db


def room_with_link(owner: User, terms: invites.Terms | None = None, **fields) -> tuple[Room, str]:
    room, link = services.create(owner, name="Garden", description="Tomatoes, mostly.", **fields)
    if terms:
        link = invites.issue(room, owner, terms)
    return room, f"/chats/room/{room.pk}/invite/{link.token}"


def button(browser: Browser, link: str, action: str, **more: str):
    """Press a button of the invite page."""
    _, _, _, room_id, _, token = link.split("/")
    return browser.send(f"/invite/{room_id}/{token}", {"action": action, **more}, look=link)


def test_an_invited_stranger_sees_the_room_and_comes_back_after_signing_in(ann, bob, browser):
    _, link = room_with_link(ann)
    page = Page(browser.get(link))
    text = " ".join(page.text.split())
    for sentence in (
        "Garden",
        "Tomatoes, mostly.",
        "Ann invited you. 1 member so far.",
        "You can ask to join.",
    ):
        assert sentence in text
    ways = [str(attrs["href"]) for attrs in page.all("a")]
    assert f"/login?next={link}" in ways
    assert f"/signup?next={link}" in ways
    assert button(browser, link, "join")["Location"].startswith("/login?next=")
    assert browser.log_in("bob", next=link)["Location"] == link
    assert b"Ask to join as bob" in browser.get(link).content


def test_one_asks_waits_takes_it_back_is_denied_and_comes_in(ann, bob, browser):
    room, link = room_with_link(ann)
    browser.log_in("bob")
    assert button(browser, link, "join")["Location"] == link
    assert b"You have asked to join" in browser.get(link).content
    assert button(browser, link, "withdraw")["Location"] == link
    assert b"Ask to join as bob" in browser.get(link).content
    button(browser, link, "join")
    joining.deny(room.pk, bob.pk, ann)
    assert b"Your last request was declined." in browser.get(link).content
    button(browser, link, "join")
    joining.approve(room.pk, bob.pk, ann)
    page = browser.get(link)
    assert b"already a member" in page.content
    assert f"/chat/room/{room.pk}" in [attrs["href"] for attrs in Page(page).all("a")]


def test_an_open_room_is_entered_at_once(ann, bob, browser):
    room, link = room_with_link(ann, requires_approval=False)
    browser.log_in("bob")
    assert button(browser, link, "join")["Location"] == f"/chat/room/{room.pk}"


def test_who_is_banned_is_told(ann, bob, browser):
    room, link = room_with_link(ann)
    browser.log_in("bob")
    services.ban(room.pk, bob.pk, ann)
    page = browser.get(link)
    assert b"You're banned from this room" in page.content
    answer = browser.post(link.replace("/chats/room", "/x"), {})
    assert answer.status_code in (403, 404)
    assert not JoinRequest.objects.filter(user=bob).exists()


def test_a_guest_of_one_room_enters_by_name_where_the_link_allows_it(ann, browser):
    room, link = room_with_link(ann, invites.Terms(for_guests=True), requires_approval=False)
    assert b"Continue as guest" in browser.get(link).content
    page = Page(button(browser, link, "guest", username="ann"))
    assert "This username is taken." in page.text
    assert "Garden" in page.text
    answer = button(browser, link, "guest", username="visitor")
    assert answer["Location"] == f"/chat/room/{room.pk}"
    assert browser.session.user.kind == User.Kind.ROOM_GUEST
    assert refresh(browser).status_code == 200
    _, closed = room_with_link(ann)
    assert b"guest" not in Browser().get(closed).content
    stranger = Browser()
    assert button(stranger, closed, "guest", username="other")["Location"] == closed
    assert b"This link needs an account." in stranger.get(closed).content
    assert not User.objects.filter(username="other").exists()


def test_a_dead_link_is_a_page_that_says_what_to_do(ann, signed_in):
    _, link = room_with_link(ann)
    for client in (signed_in, Browser()):
        answer = client.get(link[:-2] + "xx")
        assert answer.status_code == 404
        assert b"Ask the person who sent it for a new link." in answer.content
    answer = signed_in.send(
        "/invite/99999999999999999999/abcdefghijklmnopqrst", {"action": "join"}, look="/settings"
    )
    assert answer.status_code == 404
