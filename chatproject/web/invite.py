"""What the buttons of the invite page do. The page itself stands at the link: rooms.joining_views."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import throttle
from accounts.tokens import device_of
from chatproject.web.common import check_rate, enter, go, login_url
from chatproject.web.forms import GuestForm, words
from lib import rest
from lib.errors import NotFound, Refused
from rooms import joining
from rooms.joining_views import invite_page, who


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
