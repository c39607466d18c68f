"""Voice messages are recorded in the box, and sound and video are measured before they are sent.

With the server itself, and a microphone of Chromium's own, which beeps.
"""

import io
import math
import re
import wave
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, async_playwright, expect

from tests.browser.conftest import ARGUMENTS
from tests.browser.seats import Seat
from tests.browser.test_accessible import Inspector
from tests.browser.test_attachments import SHIFTS

MICROPHONE = "--use-fake-device-for-media-stream"
ALLOWED = {"permissions": ["microphone"]}

# The tracks of the microphone that a page was given: how many of them are on.
WATCH_TRACKS = """(() => {
  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  const tracks = [];
  window.microphones = () => tracks.filter(({ readyState }) => readyState === "live").length;
  devices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    tracks.push(...stream.getTracks());
    return stream;
  };
})();"""

# A short video, 320 × 180, as a browser records it: it does not say how long it is.
DRAWN = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
  const pen = canvas.getContext("2d");
  const draw = (at) => {
    pen.fillStyle = `hsl(${at / 10} 80% 50%)`;
    pen.fillRect(0, 0, 320, 180);
  };
  draw(0);
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.start();
  const begun = performance.now();
  while (performance.now() < begun + 600) draw(await new Promise(requestAnimationFrame));
  recorder.stop();
  await new Promise((done) => { recorder.onstop = done; });
  const data = new DataTransfer();
  data.items.add(new File(parts, "film.webm", { type: "video/webm" }));
  return data;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(program: str) -> AsyncIterator[Browser]:
    """One with a microphone, which only those have who are allowed it."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, MICROPHONE])
        yield running
        await running.close()


def tone(seconds: float) -> bytes:
    """A WAV file: half of the time silent, then a tone."""
    rate = 8000
    frames = int(seconds * rate)
    values = (int(20_000 * math.sin(at / 3)) if at > frames / 2 else 0 for at in range(frames))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(value.to_bytes(2, "little", signed=True) for value in values))
    return out.getvalue()


async def come(sit, person, room: str, **options: Any) -> Seat:
    """Somebody in a room, with a microphone that is watched."""
    seat: Seat = await sit(person, **options)
    await seat.page.add_init_script(WATCH_TRACKS)
    await seat.page.add_init_script(SHIFTS)
    await seat.page.goto(room)
    return await seat.ready()


def recorder(seat: Seat) -> Locator:
    return seat.page.get_by_role("group", name="Recording")


def tray(seat: Seat) -> Locator:
    return seat.page.get_by_role("list", name="Attached files").get_by_role("listitem")


async def record(seat: Seat) -> None:
    """Speak until it has beeped."""
    await seat.page.get_by_role("button", name="Record audio").click()
    await expect(recorder(seat).get_by_role("timer")).to_have_text("0:01")


async def is_let_go(seat: Seat) -> bool:
    return await seat.page.evaluate("microphones()") == 0


async def choose(seat: Seat, *files: FilePayload) -> None:
    async with seat.page.expect_file_chooser() as chooser:
        await seat.page.get_by_role("button", name="Attach files").click()
    await (await chooser.value).set_files(list(files))


async def send(seat: Seat, room: str) -> list[dict[str, Any]]:
    """Send what is in the tray; its files as the server has them."""
    assert seat.person is not None
    before = await seat.messages.count()
    await seat.page.get_by_role("button", name="Send", exact=True).click()
    await expect(seat.messages).to_have_count(before + 1)
    await seat.settle()
    history = await seat.person.history(room.removeprefix("/chat/"))
    files: list[dict[str, Any]] = history[-1]["attachments"]
    return files


async def test_sound_that_is_chosen_tells_how_long_and_how_loud_it_is_and_a_broken_file_goes_without(
    sit, ann, room
):
    anns = await (await sit(ann, room)).ready()
    await choose(
        anns,
        {"name": "tone.wav", "mimeType": "audio/wav", "buffer": tone(3)},
        {"name": "broken.mp3", "mimeType": "audio/mpeg", "buffer": b"ID3" + bytes(3000)},
    )
    whole, broken = await send(anns, room)
    assert whole["duration"] == 3
    assert len(whole["waveform"]) == 64
    assert max(whole["waveform"][:31]) == 0
    assert min(whole["waveform"][33:]) > 90
    assert (broken["duration"], broken["waveform"]) == (None, None)
    player = anns.messages.get_by_role("group", name="tone.wav")
    await expect(player.get_by_text("tone")).to_be_visible()
    await expect(player.get_by_role("slider")).to_have_attribute("aria-valuetext", "0:00 of 0:03")


async def test_a_video_has_its_size_its_duration_and_a_picture(sit, ann, bob, room):
    anns = await (await sit(ann, room)).ready()
    hold = await anns.page.evaluate_handle(DRAWN)
    await anns.log_region.dispatch_event("drop", {"dataTransfer": hold})
    tray = anns.page.get_by_role("list", name="Attached files")
    await expect(tray.locator("img")).to_be_visible()
    [video] = await send(anns, room)
    assert (video["kind"], video["width"], video["height"]) == ("video", 320, 180)
    assert 0.3 < video["duration"] < 4
    bobs = await (await sit(bob, room)).ready()
    shown = bobs.messages.locator("video")
    await expect(shown).to_have_attribute("poster", video["thumb"])
    picture = await bob.call("GET", video["thumb"])
    assert picture.content[8:12] == b"WEBP"


async def test_a_voice_message_is_recorded_heard_sent_and_played_by_the_other_person(sit, ann, bob, room):
    await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": "call me"})
    anns = await come(sit, ann, room, **ALLOWED)
    bobs = await come(sit, bob, room)
    await expect(bobs.message("call me")).to_be_visible()
    await record(anns)
    announcer = anns.page.get_by_test_id("announcer")
    await expect(announcer).to_have_text("Recording")
    stop = anns.page.get_by_role("button", name="Stop recording")
    await expect(stop).to_be_focused()
    top = await anns.log_region.evaluate("(log) => log.getBoundingClientRect().bottom")
    await anns.page.keyboard.press("Enter")
    preview = tray(anns).get_by_role("group", name="Voice message")
    await expect(preview).to_be_visible()
    await expect(anns.composer).to_be_focused()
    assert await is_let_go(anns)
    assert await anns.log_region.evaluate("(log) => log.getBoundingClientRect().bottom") == top
    await preview.get_by_role("button", name="Play").click()
    await anns.until("[...document.querySelectorAll('audio')].some(({ currentTime }) => currentTime > 0.3)")
    [voice] = await send(anns, room)
    assert re.fullmatch(r"Voice message \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.webm", voice["name"])
    assert (voice["kind"], voice["mime"], len(voice["waveform"])) == ("audio", "audio/webm", 64)
    assert max(voice["waveform"]) == 100
    assert 1 <= voice["duration"] < 20

    player = bobs.messages.get_by_role("group", name="Voice message")
    slider = player.get_by_role("slider", name="Position")
    await slider.focus()
    shifted = await bobs.page.evaluate("shifts")
    await bobs.page.keyboard.press("ArrowRight")
    await bobs.page.keyboard.press("Home")
    await expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^0:00 of 0:0\d$"))
    await player.get_by_role("button", name="Play").click()
    await bobs.until("document.querySelector('audio').currentTime > 0.8")
    await slider.focus()
    await bobs.page.keyboard.press("Home")
    await bobs.until(
        "(({ currentTime, paused }) => currentTime < 0.6 && !paused)(document.querySelector('audio'))"
    )
    # Bob's messages made place for it when it came; nothing moved after that.
    assert await bobs.page.evaluate("shifts") == shifted
    assert await anns.page.evaluate("shifts") < 0.01


async def test_on_a_phone_the_microphone_is_there_while_nothing_is_written_and_sending_ends_the_recording(
    sit, axe, ann, room
):
    anns = await come(sit, ann, room, phone=True, **ALLOWED)
    inspect = Inspector(anns, axe)
    await record(anns)
    assert await anns.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await inspect.look("recording")
    inspect.verdict()
    [voice] = await send(anns, room)
    assert voice["duration"] >= 1
    assert await is_let_go(anns)
    await expect(recorder(anns)).to_have_count(0)
    await expect(tray(anns)).to_have_count(0)
    await anns.composer.fill("did you hear me?")
    await expect(anns.page.get_by_role("button", name="Record audio")).to_have_count(0)
    await anns.page.get_by_role("button", name="Send", exact=True).tap()
    await expect(anns.messages).to_have_count(2)


async def test_a_recording_is_canceled_or_kept_where_it_was_begun_and_leaving_the_page_asks_first(
    sit, ann, room
):
    anns = await come(sit, ann, room, **ALLOWED)
    await record(anns)
    await anns.page.keyboard.press("Escape")
    await expect(recorder(anns)).to_have_count(0)
    await expect(anns.page.get_by_test_id("announcer")).to_have_text("Recording canceled")
    await expect(anns.composer).to_be_focused()
    await expect(tray(anns)).to_have_count(0)
    assert await is_let_go(anns)

    await record(anns)
    await anns.row("General").click()
    await expect(anns.title).to_have_text("General")
    await expect(recorder(anns)).to_have_count(0)
    await anns.until("microphones() === 0")
    await anns.page.go_back()
    await expect(tray(anns).get_by_role("group", name="Voice message")).to_be_visible()
    questions = []

    async def stay(dialog) -> None:
        questions.append(dialog.type)
        await dialog.dismiss()

    anns.page.on("dialog", stay)
    await anns.page.evaluate("location.reload()")
    await expect(tray(anns)).to_have_count(1)
    assert questions == ["beforeunload"]
    await anns.page.get_by_role("button", name="Remove Voice message").click()
    await expect(tray(anns)).to_have_count(0)
    await anns.page.reload()
    await anns.ready()
    assert questions == ["beforeunload"]
    assert await ann.history(room.removeprefix("/chat/")) == []


async def test_without_a_microphone_it_is_said_why(sit, ann, room):
    anns = await come(sit, ann, room)
    await anns.page.get_by_role("button", name="Record audio").click()
    blocked = "The microphone is blocked: allow it for this page in the browser's settings."
    await expect(anns.page.get_by_text(blocked)).to_be_visible()
    await expect(recorder(anns)).to_have_count(0)
    await expect(tray(anns)).to_have_count(0)
    assert await is_let_go(anns)
