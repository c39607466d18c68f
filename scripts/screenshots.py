"""Take the pictures in docs/screenshots anew: `make screenshots`, or `python -m scripts.screenshots NAME…` for some.

A private server in a temporary folder is filled with the demo's people and with a few lines of its own, so that the
pictures change only with the product (and with the time of day that the messages show). pngquant, where it is
installed, makes them a third as large.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import Browser, Page, expect
from websockets.sync.client import ClientConnection, connect

from benchmarks.browser import chromium
from benchmarks.load import say
from benchmarks.processes import ROOT, Missing
from rooms.management.commands._demo_files import CHART, Made, paper, voice, waveform
from tests.browser.servers import WebServer
from tests.servers import SQLITE, Backing, ChatServer

FOLDER = ROOT / "docs" / "screenshots"
PASSWORD = "only for the pictures 7"  # noqa: S105 (the server lives for a minute, on this machine alone)
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ONLINE = ("bob", "chiara", "esi", "grete", "kavya", "nora", "priya")

#: Where the system's letters are Debian's plain ones, others closer to what most people see (package fonts-inter).
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <match target="pattern">
    <test name="family" qual="first"><string>DejaVu Sans</string></test>
    <edit name="family" mode="prepend" binding="strong">
      <string>Inter</string><string>Liberation Sans</string>
    </edit>
  </match>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
</fontconfig>
"""

VOICE = Made("voice.wav", partial(voice, 7), seconds=7)
NOTES = Made(
    "unittest-notes.pdf",
    partial(paper, "What we found", "No mocks, a temporary folder instead", "One big test"),
)

#: What is said last in a room, so that the pictures show what a message can look like. `>` answers the line before.
TALK: list[tuple[str, str, Made | None]] = [
    (
        "ines",
        "Is there a way to total this without the loop?\n"
        "```\nfor row in rows:\n    total += row.price * row.count\n```",
        None,
    ),
    ("dmitri", "> `total = sum(row.price * row.count for row in rows)`", None),
    ("ines", "So short! **Thank you**, @dmitri. And it stays quick when there are more rows:", CHART),
    ("nora", "", VOICE),
    ("ann", "> Gladly, Thursday at seven as always 🍵 My notes from last week:", NOTES),
]


class Community:
    """The demo's people, using the server over HTTP and sockets."""

    def __init__(self, server: ChatServer) -> None:
        self.server = server
        self.http = httpx.Client(base_url=server.http, timeout=30)
        self.tokens: dict[str, str] = {}

    def call(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer to a request of somebody; it must succeed."""
        answer = self.http.request(
            method, path, json=body, headers={"Authorization": f"Bearer {self.token(name)}"}
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def token(self, name: str) -> str:
        if name not in self.tokens:
            answer = self.http.post("/auth/login", json={"username": name, "password": PASSWORD})
            answer.raise_for_status()
            self.tokens[name] = answer.json()["access_token"]
        return self.tokens[name]

    def online(self, name: str) -> ClientConnection:
        """A socket of theirs; to be closed."""
        headers = {"Authorization": f"Bearer {self.token(name)}"}
        # Nobody reads what comes: without a limit it waits here, and pings are answered.
        return connect(self.server.ws + "/ws", additional_headers=headers, max_queue=None)

    def room(self, title: str, name: str = "ann") -> int:
        """The id of a room that somebody is in."""
        chats = self.call(name, "GET", "/chats?limit=100")["results"]
        return next(chat["id"] for chat in chats if chat["kind"] == "room" and chat["title"] == title)

    def upload(self, name: str, file: Made) -> int:
        """The id of somebody's upload."""
        fields: dict[str, Any] = {"alt": file.alt}
        if file.seconds:
            fields |= {"duration": file.seconds, "waveform": json.dumps(waveform(file.seconds))}
        answer = self.http.post(
            "/uploads",
            files={"file": (file.name, file.make())},
            data=fields,
            headers={"Authorization": f"Bearer {self.token(name)}"},
        )
        answer.raise_for_status()
        id: int = answer.json()["id"]
        return id

    def talk(self, path: str) -> None:
        """Hold TALK in a chat; its people are in it."""
        before = 0
        for name, text, file in TALK:
            body: dict[str, Any] = {"content": text.removeprefix("> "), "client_id": str(uuid4())}
            if file is not None:
                body["attachments"] = [self.upload(name, file)]
            if text.startswith("> "):
                body["reply_to"] = before
            before = self.call(name, "POST", f"/chats/{path}/messages", body)["id"]


class Studio:
    """Opens browsers and keeps pictures of them."""

    def __init__(self, browser: Browser, community: Community) -> None:
        self.browser, self.community = browser, community

    @contextmanager
    def page(
        self, person: str | None, path: str, *, dark: bool = False, phone: bool = False
    ) -> Iterator[Page]:
        """A page of a browser of its own, signed in as that person."""
        context = self.browser.new_context(
            base_url=self.community.server.http,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            device_scale_factor=2,
            **(PHONE if phone else DESKTOP),
        )
        with context:
            if person:
                fields = {"username": person, "password": PASSWORD}
                answer = context.request.post("/auth/login", data=fields, headers={"X-Client": "web"})
                assert answer.ok, answer.text()
            page = context.new_page()
            page.goto(path)
            yield page

    def take(self, page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        path = FOLDER / f"{name}.png"
        page.screenshot(path=path, caret="hide", animations="disabled")
        if smaller := shutil.which("pngquant"):
            command = [smaller, "--force", "--ext=.png", "--speed=1", "--nofs", "--strip", str(path)]
            subprocess.run(command, check=True)  # noqa: S603
        say(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def ready(page: Page) -> Page:
    """The messages are there, and one can write."""
    expect(page.get_by_role("log").get_by_role("article").last).to_be_visible()
    expect(page.get_by_role("textbox", name="Message to")).to_be_editable()
    return page


def chat(studio: Studio, name: str, *, dark: bool) -> None:
    room = studio.community.room("Python help")
    with studio.page("ann", f"/chat/room/{room}", dark=dark) as page:
        ready(page)
        at_the_end(page)
        studio.take(page, name)


def chat_light(studio: Studio) -> None:
    chat(studio, "chat-light", dark=False)


def chat_dark(studio: Studio) -> None:
    chat(studio, "chat-dark", dark=True)


def members(studio: Studio) -> None:
    room = studio.community.room("Neighbours' board")
    with studio.page("ann", f"/chat/room/{room}") as page:
        ready(page)
        page.get_by_role("button", name="Members", exact=True).click()
        expect(page.get_by_role("complementary").get_by_text("Ann Weaver")).to_be_visible()
        at_the_end(page)
        studio.take(page, "members")


def switcher(studio: Studio) -> None:
    room = studio.community.room("Python help")
    with studio.page("ann", f"/chat/room/{room}") as page:
        ready(page)
        at_the_end(page)
        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="Find a chat or person").fill("ar")
        expect(page.get_by_role("option").first).to_be_visible()
        studio.take(page, "switcher")


def phone_list(studio: Studio) -> None:
    with studio.page("ann", "/chat", phone=True) as page:
        expect(page.get_by_role("navigation").get_by_role("link").first).to_be_visible()
        studio.take(page, "phone-list")


def phone_chat(studio: Studio) -> None:
    room = studio.community.room("Python help")
    with studio.page("ann", f"/chat/room/{room}", phone=True, dark=True) as page:
        ready(page)
        at_the_end(page)
        studio.take(page, "phone-chat")


def files(studio: Studio) -> None:
    room = studio.community.room("Trail runners", "esi")
    with studio.page("esi", f"/chat/room/{room}", dark=True) as page:
        ready(page)
        page.get_by_role("button", name="More", exact=True).click()
        page.get_by_role("menuitem", name="Files").click()
        expect(page.get_by_role("complementary", name="Files").get_by_role("img").first).to_be_visible()
        at_the_end(page)
        studio.take(page, "files")


def invite(studio: Studio) -> None:
    room = studio.community.room("Neighbours' board")
    link = studio.community.call("ann", "POST", f"/chats/room/{room}/invite/rotate", {})["invite_link"]
    with studio.page(None, link) as page:
        studio.take(page, "invite")


def approvals(studio: Studio) -> None:
    with studio.page(None, "/admin/rooms/joinrequest/?status__exact=pending") as page:
        page.get_by_label("Username").fill("ann")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="join request")).to_be_visible()
        page.locator("#action-toggle").check()
        studio.take(page, "admin-approvals")


def at_the_end(page: Page) -> None:
    """The newest message in view."""
    page.get_by_role("log").evaluate("(box) => box.scrollTo(0, box.scrollHeight)")


PICTURES: dict[str, Callable[[Studio], None]] = {
    "chat-light": chat_light,
    "chat-dark": chat_dark,
    "members": members,
    "files": files,
    "switcher": switcher,
    "phone-list": phone_list,
    "phone-chat": phone_chat,
    "invite": invite,
    "admin-approvals": approvals,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.screenshots", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which pictures (all): {', '.join(PICTURES)}"
    )
    names = parser.parse_args().names or list(PICTURES)
    if unknown := set(names) - set(PICTURES):
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    FOLDER.mkdir(exist_ok=True)
    expect.set_options(timeout=20_000)
    try:
        with Backing() as backing, ExitStack() as stack:
            fonts = backing.bench.folder / "fonts.conf"
            fonts.write_text(FONTS)
            browser = stack.enter_context(chromium(FONTCONFIG_FILE=str(fonts)))
            server = stack.enter_context(backing.chat_server(SQLITE, kind=WebServer, ALLOW_GUESTS="off"))
            server.manage("demo", "--password", PASSWORD)
            community = Community(server)
            for name in ONLINE:
                stack.enter_context(community.online(name))
            community.talk(f"room/{community.room('Python help')}")
            studio = Studio(browser, community)
            for name in names:
                PICTURES[name](studio)
    except Missing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
