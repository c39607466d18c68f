"""Files in messages: nothing moves when they come, they open large, and a chat lists them all."""

import asyncio
import re
import wave
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Page, Route, expect

from tests.browser.servers import WebServer
from tests.browser.test_accessible import Inspector
from tests.browser.test_speed import CLIMB
from tests.people import People, Person

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
SHOWN = "<img src=x onerror=alert(1)>gpj.exe"


def picture(width: int, height: int) -> bytes:
    """With lines, so that it is not the same as another one that was made smaller."""
    made, out = Image.linear_gradient("L").resize((width, height)), BytesIO()
    made.save(out, "PNG")
    return out.getvalue()


def sound(seconds: float) -> bytes:
    """Silence."""
    out = BytesIO()
    with wave.open(out, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(1)
        made.setframerate(8000)
        made.writeframes(b"\x80" * int(8000 * seconds))
    return out.getvalue()


async def say(person: Person, room: str, text: str, *files: dict[str, Any]) -> dict[str, Any]:
    """Post a message with these uploads."""
    path = f"/chats{room.removeprefix('/chat')}/messages"
    said: dict[str, Any] = await person.post(
        path, {"content": text, "attachments": [file["id"] for file in files]}
    )
    return said


async def hold_pictures(page: Page) -> asyncio.Event:
    """Pictures come while this is set; those that were asked for before come then."""
    may_come = asyncio.Event()

    async def wait(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    await page.route(re.compile(r"/uploads/\d+"), wait)
    return may_come


COUNT = 120  # more than two pages of the history


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def album(server: WebServer) -> tuple[Person, str]:
    """Somebody, and the path of a room of theirs with many messages of up to three pictures of all shapes."""
    async with People(server) as people:
        ann = await people.sign_up("ann")
        room = f"/chat/room/{await people.room(ann, name='Album')}"
        shapes = [(1200, 800), (300, 900), (2000, 100), (20, 20)]
        first = [await ann.upload(picture(*shape), "a.png") for shape in shapes]

        async def another(number: int) -> dict[str, Any]:
            copy: dict[str, Any] = await ann.post(f"/uploads/{first[number % 4]['id']}/copy", status=201)
            return copy

        for number in range(COUNT):
            files = [await another(number) for _ in range(1 + number % 3)]
            await say(ann, room, f"picture {number}.", *files)
    return ann, room


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_rows_14_15_nothing_moves_when_pictures_come(sit, album, phone):
    ann, room = album
    seat = await sit(ann, phone=phone)
    page = seat.page
    await page.add_init_script(SHIFTS)

    async def come(may_come: asyncio.Event) -> None:
        before = await page.evaluate(PLACES)
        may_come.set()
        await page.evaluate(LOADED)
        after = await page.evaluate(PLACES)
        assert len(before) > 30 and max(abs(one - two) for one, two in zip(before, after, strict=True)) < 1

    may_come = await hold_pictures(page)
    await page.goto(room)
    await expect(seat.message(f"picture {COUNT - 1}.").locator("img").first).to_be_in_viewport()
    await come(may_come)
    may_come.clear()
    await seat.log_region.evaluate("(box) => { box.scrollTop = box.clientHeight; }")
    await expect(seat.messages).to_have_count(100)
    await come(may_come)
    assert await page.evaluate("window.shifts") < 0.05
    found = await page.evaluate(CLIMB, 1)  # while older pages come, with pictures that are on their way
    assert found["moved"] <= 1, f"a line moved by {found['moved']} px"


async def test_pictures_open_large_by_the_keyboard_and_lead_to_each_other(sit, axe, server, ann, bob, room):
    lake = await ann.upload(picture(600, 400), "lake.png", alt="A lake at dawn")
    gone = await ann.upload(picture(300, 300), "gone.png")
    hostile = await ann.upload(picture(500, 500), HOSTILE), await ann.upload(b"MZ", HOSTILE)
    await say(ann, room, "first.", lake)
    await say(ann, room, "second.", gone)
    await say(ann, room, "third.", *hostile)
    thumb = (await ann.call("GET", gone["thumb"])).content
    [stored] = [
        path
        for path in (server.folder / "uploads").rglob("*")
        if path.is_file() and path.read_bytes() == thumb
    ]
    away = stored.rename(stored.with_name("away"))
    seat = await sit(bob, room, reduced_motion="reduce")
    seat.allow("status of 503")
    page, inspect = seat.page, Inspector(seat, axe)
    await expect(seat.message("third.").get_by_role("link")).to_contain_text(SHOWN)
    await expect(seat.message("third.")).to_have_attribute("aria-label", re.compile("Photo: .+File: .+gpj"))

    # What does not come says so, and is asked for again.
    missing = seat.message("second.")
    await expect(missing.get_by_text("gone")).to_be_visible()
    await inspect.look("chat with files")
    away.rename(stored)
    await missing.get_by_role("button", name="Try again").click()
    await expect(missing.get_by_role("img", name="gone.png")).to_be_visible()

    first = seat.message("first.").get_by_role("button", name="A lake at dawn")
    await first.focus()
    place = await first.bounding_box()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="lake.png")
    await expect(dialog.get_by_role("status")).to_contain_text("A lake at dawn")
    await expect(dialog.get_by_role("link", name="Download")).to_have_attribute(
        "href", f"{lake['url']}?download"
    )
    await inspect.look("lightbox")
    large = dialog.get_by_role("img", name="A lake at dawn")
    await page.keyboard.press("+")
    await expect(large).to_have_attribute("style", re.compile(r"scale\(1\.5\)"))
    await page.keyboard.press("0")
    await expect(large).to_have_attribute("style", re.compile(r"scale\(1\)"))
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("dialog", name="gone.png").get_by_role("status")).to_contain_text("2 of 3")
    await page.keyboard.press("End")
    await expect(page.get_by_role("dialog", name=f"{SHOWN}.png")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(first).to_be_focused()
    assert await first.bounding_box() == place, "what a dialog brings with it changes nothing in the chat"
    inspect.verdict()


async def test_the_files_of_a_chat_are_listed_and_go_with_their_messages(sit, axe, ann, bob, room):
    await say(ann, room, "first.", await ann.upload(picture(600, 400), "lake.png"))
    tree = await say(ann, room, "second.", await ann.upload(picture(400, 600), "tree.png"))
    report = await ann.upload(b"%PDF-1.7\n", "report.pdf")
    await say(ann, room, "third.", report)
    voice = await ann.upload(sound(7), "voice.wav", duration="7", waveform="[10, 90, 50]")
    await say(ann, room, "fourth.", voice)
    seat = await sit(bob, room, phone=True, reduced_motion="reduce")
    page, inspect = seat.page, Inspector(seat, axe)
    position = seat.message("fourth.").get_by_role("slider", name="Position")
    await expect(position).to_have_attribute("aria-valuetext", "0:00 of 0:07")
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
    await ann.call("DELETE", f"/messages/{tree['id']}")
    await expect(panel.get_by_text("Nothing found")).to_be_visible()
    await panel.get_by_label("Search files by name").fill("")
    await panel.get_by_role("button", name="Audio").click()
    await expect(panel.get_by_role("group", name="Voice message, 0:07")).to_be_visible()
    await panel.get_by_role("button", name="Other files").click()
    await expect(panel.get_by_role("link", name="report.pdf")).to_have_attribute(
        "href", f"{report['url']}?download"
    )
    await panel.get_by_role("button", name="Go to message").click()
    await expect(panel).to_have_count(0)
    await expect(seat.message("third.")).to_have_attribute("data-flash", "true")
    inspect.verdict()
