"""The page behind the link that a server without an administrator prints at its start
(`chatproject.operations.start`)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from accounts import administrator, devices
from accounts.pages.common import go, page
from accounts.pages.forms import words
from lib.errors import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def appoint(request: HttpRequest) -> HttpResponse:
    """Become the administrator, signed in: a person without an account makes one first, and comes back here."""
    token = (request.POST if request.method == "POST" else request.GET).get("token", "")
    if not administrator.works(token):
        return page(request, "web/administrator_dead.html", status=404)
    device = devices.current(request)
    if device is None:
        first = reverse("page-signup" if settings.ALLOW_SIGNUP else "page-login")
        back = f"{reverse('page-administrator')}?{urlencode({'token': token})}"
        return go(f"{first}?{urlencode({'next': back})}")
    context = {"me": device.user, "token": token, "done": False}
    if request.method != "POST":
        return page(request, "web/administrator.html", context)
    try:
        administrator.appoint(device.user, token)
    except Refused as error:
        return page(request, "web/administrator.html", {**context, "error": words(error)}, error.status)
    return page(request, "web/administrator.html", {**context, "done": True})
