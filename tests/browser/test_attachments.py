"""Files in messages: nothing moves when they come, they open large, and a chat lists them all.

What the server says of files is put into its answers here, and so are the files.
"""

import asyncio
import re
import struct
import zlib
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.browser.seats import Seat
from tests.browser.test_accessible import Inspector
from tests.browser.test_speed import CLIMB

SHIFTS = """window.shifts = 0;
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifts += shift.value;
}).observe({ type: "layout-shift", buffered: true });"""
PLACES = (
    """[...document.querySelectorAll("[role=log] article")].map((row) => row.getBoundingClientRect().top)"""
)
LOADED = """async () => {
  const isHere = (image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };
  const all = () => [...document.querySelectorAll("[role=log] img")].filter(isHere);
  const until = performance.now() + 20_000;
  while (!all().every(({ complete, naturalWidth }) => complete && naturalWidth)) {
    if (performance.now() > until) throw new Error("pictures did not come");
    await new Promise((done) => requestAnimationFrame(done));
  }
}"""
HOSTILE = "<img src=x onerror=alert(1)>\u202egpj.exe"


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class Files:
    """Gives each message the files that were said for its text, and answers for them."""

    def __init__(self) -> None:
        self.of_text: dict[str, list[dict[str, Any]]] = {}
        self.messages: dict[int, dict[str, Any]] = {}
        self.missing: set[int] = set()
        self.may_come = asyncio.Event()
        self.may_come.set()

    def add(self, text: str, kind: str, name: str, size: tuple[int, int] | None = None, **more: Any) -> int:
        number = 1 + sum(map(len, self.of_text.values()))
        file = {"id": number, "kind": kind, "name": name, "size": 123_456, "mime": f"{kind}/x", "alt": ""}
        width, height = size or (None, None)
        thumb = f"/uploads/{number}/thumb" if size else None
        rest = {"width": width, "height": height, "thumb": thumb, "duration": None, "waveform": None}
        self.of_text.setdefault(text, []).append({**file, **rest, "url": f"/uploads/{number}", **more})
        return number

    async def watch(self, seat: Seat) -> None:
        await seat.page.add_init_script(SHIFTS)
        await seat.page.route(re.compile(r"/history\?"), self.history)
        await seat.page.route(re.compile(r"/uploads/\d+"), self.upload)
        await seat.page.route(re.compile(r"/files\?"), self.listed)

    async def history(self, route: Route) -> None:
        answer = await route.fetch()
        page = await answer.json()
        for message in page["messages"]:
            self.messages[message["id"]] = message
            message["attachments"] = self.of_text.get(message["content"], [])
        await route.fulfill(response=answer, json=page)

    async def upload(self, route: Route) -> None:
        number = int(re.findall(r"uploads/(\d+)", route.request.url)[0])
        await self.may_come.wait()
        file = next(file for files in self.of_text.values() for file in files if file["id"] == number)
        if number in self.missing or not file["width"]:
            await route.fulfill(status=404)
        else:
            await route.fulfill(body=png(file["width"], file["height"]), content_type="image/png")

    async def listed(self, route: Route) -> None:
        kind = re.findall(r"kind=(\w+)", route.request.url)[0]
        words = (re.findall(r"q=(\w+)", route.request.url) or [""])[0]
        entries = [
            {"attachment": file, "message_id": id, "display_name": ""}
            | {name: message[name] for name in ("seq", "user_id", "username", "timestamp")}
            for id, message in sorted(self.messages.items(), reverse=True)
            for file in message["attachments"]
            if file["kind"] == kind and words in file["name"]
        ]
        await route.fulfill(json={"results": entries, "next": None})


async def fill(person, room: str, texts: list[str]) -> list[int]:
    path = f"/chats{room.removeprefix('/chat')}/messages"
    return [(await person.post(path, {"content": text}))["id"] for text in texts]


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_rows_14_15_nothing_moves_when_pictures_come(sit, ann, room, phone):
    files = Files()
    shapes = [(1200, 800), (300, 900), (2000, 100), (20, 20)]
    texts = [f"picture {number}." for number in range(80)]
    for number, text in enumerate(texts):
        for _ in range(1 + number % 3):
            files.add(text, "image", "a.png", shapes[number % 4])
    await fill(ann, room, texts)
    seat = await sit(ann, phone=phone)
    await files.watch(seat)
    files.may_come.clear()
    await seat.page.goto(room)
    await expect(seat.message("picture 79.").locator("img").first).to_be_in_viewport()
    before = await seat.page.evaluate(PLACES)
    files.may_come.set()
    await seat.page.evaluate(LOADED)
    after = await seat.page.evaluate(PLACES)
    assert len(before) > 30 and max(abs(one - two) for one, two in zip(before, after, strict=True)) < 1
    assert await seat.page.evaluate("window.shifts") < 0.05
    found = await seat.page.evaluate(CLIMB, 1)  # while older pages come, with pictures that are on their way
    assert found["moved"] <= 1, f"a line moved by {found['moved']} px"


async def test_pictures_open_large_by_the_keyboard_and_lead_to_each_other(sit, axe, ann, bob, room):
    files = Files()
    files.add("first.", "image", "lake.png", (600, 400), alt="A lake at dawn")
    gone = files.add("second.", "image", "gone.png", (300, 300))
    files.add("third.", "image", HOSTILE, (500, 500))
    files.add("third.", "file", HOSTILE)
    files.missing.add(gone)
    await fill(ann, room, ["first.", "second.", "third."])
    seat = await sit(bob, reduced_motion="reduce")
    seat.allow("status of 404")
    await files.watch(seat)
    await seat.page.goto(room)
    page, inspect = seat.page, Inspector(seat, axe)
    shown = "<img src=x onerror=alert(1)>gpj.exe"
    await expect(seat.message("third.").get_by_role("link")).to_contain_text(shown)
    await expect(seat.message("third.")).to_have_attribute("aria-label", re.compile("Photo: .+File: .+gpj"))

    # What does not come says so, and is asked for again.
    missing = seat.message("second.")
    await expect(missing.get_by_text("gone")).to_be_visible()
    await inspect.look("chat with files")
    files.missing.clear()
    await missing.get_by_role("button", name="Try again").click()
    await expect(missing.get_by_role("img", name="gone.png")).to_be_visible()

    first = seat.message("first.").get_by_role("button", name="A lake at dawn")
    await first.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="lake.png")
    await expect(dialog.get_by_role("status")).to_contain_text("A lake at dawn")
    await expect(dialog.get_by_role("link", name="Download")).to_have_attribute("href", "/uploads/1?download")
    await inspect.look("lightbox")
    large = dialog.get_by_role("img", name="A lake at dawn")
    await page.keyboard.press("+")
    await expect(large).to_have_attribute("style", re.compile(r"scale\(1\.5\)"))
    await page.keyboard.press("0")
    await expect(large).to_have_attribute("style", re.compile(r"scale\(1\)"))
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("dialog", name="gone.png").get_by_role("status")).to_contain_text("2 of 3")
    await page.keyboard.press("End")
    await expect(page.get_by_role("dialog", name=shown)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(first).to_be_focused()
    inspect.verdict()


async def test_the_files_of_a_chat_are_listed_and_go_with_their_messages(sit, axe, ann, bob, room):
    files = Files()
    files.add("first.", "image", "lake.png", (600, 400))
    files.add("second.", "image", "tree.png", (400, 600))
    files.add("third.", "file", "report.pdf")
    files.add("fourth.", "audio", "voice.webm", duration=7.0, waveform=[10, 90, 50])
    ids = await fill(ann, room, ["first.", "second.", "third.", "fourth."])
    seat = await sit(bob, phone=True, reduced_motion="reduce")
    await files.watch(seat)
    await seat.page.goto(room)
    page, inspect = seat.page, Inspector(seat, axe)
    voice = seat.message("fourth.").get_by_role("slider", name="Position")
    await expect(voice).to_have_attribute("aria-valuetext", "0:00 of 0:07")
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Files").click()
    panel = page.get_by_role("complementary", name="Files")
    await expect(panel.get_by_role("img")).to_have_count(2)
    await inspect.look("files of a chat")

    # Back closes what lies over the rest, one by one.
    await panel.get_by_role("button", name="lake.png").click()
    await expect(page.get_by_role("dialog", name="lake.png")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(panel).to_be_visible()

    await panel.get_by_label("Search files by name").fill("tree")
    await expect(panel.get_by_role("img")).to_have_count(1)
    await ann.call("DELETE", f"/messages/{ids[1]}")
    await expect(panel.get_by_text("Nothing found")).to_be_visible()
    await panel.get_by_label("Search files by name").fill("")
    await panel.get_by_role("button", name="Other files").click()
    await expect(panel.get_by_role("link", name="report.pdf")).to_have_attribute(
        "href", "/uploads/3?download"
    )
    await panel.get_by_role("button", name="Go to message").click()
    await expect(panel).to_have_count(0)
    await expect(seat.message("third.")).to_have_attribute("data-flash", "true")
    inspect.verdict()
