"""A browser that sends forms, and the pages that it gets, for the tests of pages."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core import signing
from django.test import Client

from accounts import devices, mail
from accounts.models import Session
from tests.api.clients import PASSWORD

OTHER = "four-red-kites"
ROOT = Path(django_settings.BASE_DIR)
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PUBLIC = ["/", "/login", "/signup", "/password/forgot", "/offline", "/nothing"]
PRIVATE = [
    "/settings",
    "/settings/profile",
    "/settings/password",
    "/settings/look",
    "/settings/devices",
    "/settings/delete",
    "/chat",
    "/chat/general",
    "/chat/room/7/12",
]
FOREIGN = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "http:evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "/\t/evil.example",
    "\x01https://evil.example",
    "chat",
    "/" + "x" * 3000,
]


class Browser(Client):
    """A browser: it asks for pages, and sends the CSRF token of the page it looks at."""

    def __init__(self, **headers: str) -> None:
        super().__init__(
            enforce_csrf_checks=True, headers={**PAGE, "User-Agent": "Firefox/150 Linux", **headers}
        )

    def send(self, path: str, form: dict[str, str] | None = None, look: str | None = None):
        """Open the page, then send its form."""
        page = self.get(look or path)
        assert page.status_code in (200, 403), page.status_code
        return self.post(path, {"csrfmiddlewaretoken": token_of(page), **(form or {})})

    def log_in(self, name: str = "ann", password: str = PASSWORD, **more: str):
        return self.send("/login", {"username": name, "password": password, **more})

    @property
    def session(self) -> Session:  # type: ignore[override]
        return Session.objects.get(pk=signing.Signer(salt=devices.SALT).unsign(self.cookies["device"].value))


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, response) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._inside = ""
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data.strip())
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def named(self, name: str) -> dict[str, str | None]:
        return next(attrs for _, attrs in self.tags if attrs.get("name") == name)


def token_of(response) -> str:
    return str(Page(response).named("csrfmiddlewaretoken")["value"])


def refresh(browser: Browser):
    """What the client does with the cookie."""
    return browser.post("/auth/refresh", headers={"X-Client": "web", "Accept": "application/json"})


def link_in(mailoutbox) -> str:
    mail.deliver()
    link = urlsplit(re.findall(r"http\S+", mailoutbox[-1].body)[0])
    return f"{link.path}?{link.query}"
