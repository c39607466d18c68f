"""The front page, the web client's page, its manifest and its service worker."""

import json
import sys
from functools import cache
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts import devices
from accounts.models import Session
from accounts.pages.common import CHATS, go, page, signed_in
from chat.protocol import MOST_ATTACHMENTS
from chat.resumable import CHUNK
from chatproject import documents
from lib import errors
from lib.asgi import Scope
from lib.bodies import BESIDE_FILE, body_limit
from lib.rest import wants_page

# Only what the client needs: our own scripts, styles and sockets; images also from memory.
STRICT = {
    "default-src": [NONE],
    "script-src": [SELF, NONCE],
    "style-src": [SELF],
    "img-src": [SELF, "data:", "blob:"],
    "media-src": [SELF, "blob:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "manifest-src": [SELF],
    "worker-src": [SELF],
    "object-src": [NONE],
    "base-uri": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}
SHEETS = [
    "made/pages.css",
    "js/theme.js",
    "pages/offline.js",
    "img/icon.svg",
]  # style sheets of the page shown offline


@csrf_exempt  # it changes nothing: another method is wrong with a token too
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Redirects signed-in people to their chats and shows a welcome page to others; programs get links."""
    if not wants_page(request):
        return documents.front_door(request)
    if devices.current(request):
        return go(CHATS)
    return page(
        request, "front_door.html", {"may_sign_up": settings.ALLOW_SIGNUP, "guests": settings.ALLOW_GUESTS}
    )


@require_safe
@csp_replace(STRICT)
@signed_in
def chat(request: HttpRequest, device: Session, path: str = "") -> HttpResponse:
    """The web client's page, for every chat and message: the client reads the address itself."""
    uploads = {"max_size": settings.UPLOAD_MAX_SIZE, "most": MOST_ATTACHMENTS, "chunk": CHUNK}
    return render(request, "chat/app.html", {"me": device.user, "uploads": json.dumps(uploads)})


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest, with which a browser can install the client as an app."""
    icons = [
        {"src": static("img/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static("img/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static("img/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {
            "src": static("img/icon-maskable-512.png"),
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ]
    content = {
        "id": CHATS,
        "name": _("Chat"),
        "short_name": _("Chat"),
        "start_url": CHATS,
        "scope": "/",
        "display": "standalone",
        "background_color": "#eef2f2",
        "theme_color": "#0b6b69",
        "icons": icons,
        "share_target": {
            "action": reverse("share"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {
                "title": "title",
                "text": "text",
                "url": "url",
                "files": [{"name": "files", "accept": ["*/*"]}],
            },
        },
    }
    return JsonResponse(
        content,
        content_type="application/manifest+json",
        headers={"Cache-Control": "max-age=3600", "Vary": "Accept-Language, Cookie"},
    )


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """static/sw.js with what it has to know. At this path its scope is the whole site."""
    kept = json.dumps([static(name) for name in SHEETS])
    most_shared = MOST_ATTACHMENTS * settings.UPLOAD_MAX_SIZE + BESIDE_FILE
    return HttpResponse(
        f"const KEPT = {kept};\nconst MOST_SHARED = {most_shared};\n{worker_source()}",
        content_type="text/javascript",
        headers={"Service-Worker-Allowed": "/", "Cache-Control": "no-cache"},
    )


def worker_source() -> str:
    return _worker_source() if settings.DEBUG else _worker_source_once()


def _worker_source() -> str:
    return (Path(settings.STATICFILES_DIRS[0]) / "sw.js").read_text()


_worker_source_once = cache(_worker_source)


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that the service worker shows offline. The same for everybody, so it may be cached."""
    return render(request, "web/offline.html")


NOT_KEPT = f"{CHATS}?share="


def _not_kept(scope: Scope) -> None:
    """Files that are shared are not even read."""
    raise errors.Elsewhere(NOT_KEPT)


@csrf_exempt  # it changes nothing
def share(request: HttpRequest) -> HttpResponse:
    """Where the system sends what other apps share with an installed client. Its service worker answers that. Where it
    is gone, nothing is kept, and the client asks to share it again."""
    return go(NOT_KEPT)


urlpatterns = [
    path("", front, name="front-page"),
    path("chat", chat, name="page-chats"),
    path("chat/<path:path>", chat, name="page-chat"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("sw.js", service_worker, name="service-worker"),
    path("share", body_limit(sys.maxsize, admit=_not_kept)(share), name="share"),
    path("offline", offline, name="page-offline"),
]
