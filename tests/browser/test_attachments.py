"""Files in messages: nothing moves when they come, they open large, and a chat lists them all."""

import asyncio
import re
import wave
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import CDPSession, Page, Route, expect

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
async def album(server: WebServer) -> AsyncIterator[tuple[Person, str]]:
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
        yield ann, room


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


class Fingers:
    """On a phone's glass."""

    def __init__(self, glass: CDPSession) -> None:
        self.glass = glass

    async def move(self, *ways: tuple[tuple[float, float], tuple[float, float]]) -> None:
        """Each from its first point to its second, at once."""
        for step in range(6):
            points = [
                {"x": x + (to_x - x) * step / 5, "y": y + (to_y - y) * step / 5, "id": finger}
                for finger, ((x, y), (to_x, to_y)) in enumerate(ways)
            ]
            kind = "touchMove" if step else "touchStart"
            await self.glass.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        await self.glass.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    async def pinch(self, x: float, y: float, before: float, after: float) -> None:
        """Two of them, so far from the point."""
        await self.move(*(((x + side * before, y), (x + side * after, y)) for side in (-1, 1)))


SCALE = "(image) => new DOMMatrix(getComputedStyle(image).transform).a"


async def test_fingers_enlarge_pictures_turn_them_over_and_put_them_away(sit, ann, bob, room):
    for name in ("lake", "tree"):
        await say(ann, room, f"{name}.", await ann.upload(picture(600, 400), f"{name}.png"))
    seat = await sit(bob, room, phone=True)
    page, fingers = seat.page, Fingers(await seat.context.new_cdp_session(seat.page))
    first = seat.message("lake.").get_by_role("button", name="lake.png")
    await first.tap()
    dialog = page.get_by_role("dialog")
    lake = dialog.get_by_role("img", name="lake.png")
    await expect(lake).to_have_js_property("complete", True)
    for scale in (2.5, 1):
        await page.touchscreen.tap(195, 420)
        await page.touchscreen.tap(195, 420)
        await expect(lake).to_have_attribute("style", re.compile(rf"scale\({scale}\)"))
    await fingers.pinch(195, 420, 40, 120)
    assert await lake.evaluate(SCALE) == pytest.approx(3)
    at = (await lake.bounding_box() or {})["x"]
    await fingers.move(((300, 420), (240, 420)))  # what is large is moved, not turned over
    assert (await lake.bounding_box() or {})["x"] == pytest.approx(at - 60, abs=1)
    await fingers.pinch(195, 420, 150, 20)
    assert await lake.evaluate(SCALE) == 1

    await fingers.move(((360, 420), (100, 430)))  # from a button
    await expect(page.get_by_role("dialog", name="tree.png")).to_be_visible()
    await page.evaluate("document.dir = 'rtl'")
    await fingers.move(((300, 420), (100, 430)))
    await expect(page.get_by_role("dialog", name="lake.png")).to_be_visible()
    await fingers.move(((195, 300), (205, 500)))
    await expect(dialog).to_have_count(0)
    await expect(first).to_be_focused()
    await expect(seat.log_region).to_be_visible()


async def test_the_wheel_enlarges_the_point_below_it_and_a_picture_is_dragged(sit, ann, room):
    await say(ann, room, "lake.", await ann.upload(picture(600, 400), "lake.png"))
    seat = await sit(ann, room)
    page = seat.page
    await seat.message("lake.").get_by_role("button", name="lake.png").click()
    lake = page.get_by_role("dialog").get_by_role("img", name="lake.png")

    await expect(lake).to_have_js_property("complete", True)

    async def below() -> tuple[float, float]:
        """The part of the picture that is below the pointer."""
        box = await lake.bounding_box() or {}
        return (500 - box["x"]) / box["width"], (300 - box["y"]) / box["height"]

    await page.mouse.move(500, 300)
    before = await below()
    await page.mouse.wheel(0, -300)
    await expect(lake).to_have_attribute("style", re.compile(r"scale\(2\.7"))
    assert await below() == pytest.approx(before, abs=0.01)
    box = await lake.bounding_box() or {}
    await page.mouse.down()
    await page.mouse.move(400, 320)
    await page.mouse.up()
    moved = await lake.bounding_box() or {}
    assert (moved["x"] - box["x"], moved["y"] - box["y"]) == pytest.approx((-100, 20), abs=1)


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


async def test_the_list_of_files_keeps_its_place_and_the_focus_when_files_come_and_go(sit, album):
    ann, room = album
    seat = await sit(ann, room)
    page = seat.page
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Files").click()
    tiles = page.get_by_role("complementary", name="Files").get_by_role("listitem")
    more = page.get_by_role("button", name="Show more")
    await expect(tiles).to_have_count(50)
    await more.focus()
    await page.keyboard.press("Enter")
    await expect(tiles).to_have_count(100)
    first = tiles.nth(50).get_by_role("button")
    await expect(first).to_be_focused()
    await expect(first).to_be_in_viewport()
    focused = "(document.activeElement.id ||= 'here') && document.activeElement.closest('li') !== null"
    assert await page.evaluate(focused)
    here = page.locator("#here")
    before = await here.bounding_box() or {}
    said = await say(ann, room, "new.", await ann.upload(picture(400, 300), "new.png"))
    await expect(tiles).to_have_count(101)
    assert await page.evaluate("document.activeElement.id") == "here"
    after = await here.bounding_box() or {}
    assert abs(after["y"] - before["y"]) <= 1.5 * before["height"], "at most in the next row"
    await ann.call("DELETE", f"/messages/{said['id']}")
    await expect(tiles).to_have_count(100)
    assert await page.evaluate("document.activeElement.id") == "here"
    await expect(more).to_be_visible()
