"""The page of an invite link, and the actions of its buttons."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from accounts import throttle
from accounts.models import User
from accounts.pages.common import check_rate, enter, go, login_url
from accounts.pages.forms import GuestForm, words
from accounts.tokens import device_of
from lib import rest
from lib.errors import NotFound, Refused
from rooms import invites, joining


def invite_page(request: HttpRequest, room_id: int, token: str, **context: Any) -> HttpResponse:
    """The page of an invite link, signed out or in by a cookie. Raises `NotFound`.

    `context` may have a refused `guest_form`.
    """
    if room_id > rest.MAX_ID:
        raise NotFound()
    user = who(request)
    context = {
        "card": invites.card(room_id, token, user),
        "me": user,
        "denied": user is not None and joining.was_denied(room_id, user),
        "token": token,
        "here": reverse("room-invite", args=[room_id, token]),
        "login_url": resolve_url(settings.LOGIN_URL),
        "may_sign_up": settings.ALLOW_SIGNUP,
        **context,
    }
    response = render(request, "rooms/invite.html", context)
    response["Cache-Control"] = "no-store"
    return response


def who(request: HttpRequest) -> User | None:
    """The person signed in on this browser, or None."""
    return request.user if isinstance(request.user, User) else None


@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, room_id: int, token: str) -> HttpResponse:
    """Ask to join, take that back, or come in as a guest, as `action` says; then the room, or the page again."""
    if room_id > rest.MAX_ID:
        raise NotFound()
    link = reverse("room-invite", args=[room_id, token])
    action = request.POST.get("action")
    if request.method != "POST":
        return go(link)
    if action == "guest":
        return come_as_guest(request, room_id, token)
    person = who(request)
    if person is None:
        return go(login_url(link))
    try:
        if action == "withdraw":
            joining.withdraw(room_id, person)
        elif joining.join(room_id, person, token) == joining.JOINED:
            return go(f"/chat/room/{room_id}")
    except NotFound:
        raise
    except Refused as error:
        messages.error(request, words(error))
    return go(link)


def come_as_guest(request: HttpRequest, room_id: int, token: str) -> HttpResponse:
    """A name alone is enough where the link says so; again refused names the field, on the same page."""
    link = reverse("room-invite", args=[room_id, token])
    form = GuestForm(request.POST, auto_id="guest_%s")
    if form.is_valid():
        try:
            check_rate(request, throttle.SignupThrottle())
            _, status, pair = joining.join_as_guest(
                room_id, token, form.cleaned_data["username"], device_of(request)
            )
        except NotFound:
            raise
        except Refused as error:
            if not error.fields:
                messages.error(request, words(error))
                return go(link)
            form.refuse(error)
        else:
            return enter(request, pair, f"/chat/room/{room_id}" if status == joining.JOINED else link)
    return invite_page(request, room_id, token, guest_form=form.with_focus())


urlpatterns = [path("invite/<int:room_id>/<str:token>", act, name="page-invite")]
