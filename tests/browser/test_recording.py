"""Sound and video are measured before they are sent. With the server itself."""

import io
import math
import wave
from typing import Any

from playwright.async_api import FilePayload, expect

from tests.browser.seats import Seat

# A video of a second, 320 × 180, as a browser records it: it does not say how long it is.
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
  while (performance.now() < begun + 1200) draw(await new Promise(requestAnimationFrame));
  recorder.stop();
  await new Promise((done) => { recorder.onstop = done; });
  const data = new DataTransfer();
  data.items.add(new File(parts, "film.webm", { type: "video/webm" }));
  return data;
}"""


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


async def choose(seat: Seat, *files: FilePayload) -> None:
    async with seat.page.expect_file_chooser() as chooser:
        await seat.page.get_by_role("button", name="Attach files").click()
    await (await chooser.value).set_files(list(files))


async def send(seat: Seat, room: str) -> list[dict[str, Any]]:
    """Send what is in the tray, as the first message of the room; its files as the server has them."""
    assert seat.person is not None
    await seat.page.get_by_role("button", name="Send", exact=True).click()
    await expect(seat.messages).to_have_count(1)
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
    assert 0.8 < video["duration"] < 4
    bobs = await (await sit(bob, room)).ready()
    shown = bobs.messages.locator("video")
    await expect(shown).to_have_attribute("poster", video["thumb"])
    picture = await bob.call("GET", video["thumb"])
    assert picture.content[8:12] == b"WEBP"
