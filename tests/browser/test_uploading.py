"""Files: attached by button, paste and drop, uploaded with progress, sent with their message whatever the net does."""

import asyncio
import re
from typing import Any

from playwright.async_api import FilePayload, Locator, Request, Route, expect

from tests.browser.seats import NET_AWAY, PATIENCE, Seat
from tests.browser.test_signing import log_out
from tests.people import Person

# Gives what a person holds over the page, or in the clipboard: files that the browser made itself.
HOLD = """async ([names, picture]) => {
  const data = new DataTransfer();
  const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
  canvas.getContext("2d").fillRect(0, 0, 30, 40);
  const png = await new Promise((done) => canvas.toBlob(done));
  for (const name of names)
    data.items.add(new File([picture ? png : name], name, { type: picture ? "image/png" : "text/plain" }));
  return data;
}"""


class Shelf:
    """Uploads on their way from the page to the server: let through, held back, or refused in its place."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.free.set()
        self.begun: list[str] = []
        self.refusals: list[dict[str, Any]] = []
        self.described: list[Any] = []
        self.deleted: list[str] = []

    async def take(self, route: Route) -> None:
        request = route.request
        if request.method == "DELETE":
            self.deleted.append(request.url.rpartition("/")[2])
        elif request.method == "PATCH":
            self.described.append(request.post_data_json)
        elif request.method == "POST":
            body = (request.post_data_buffer or b"").decode("latin-1")
            match = re.search('filename="([^"]*)"', body)
            self.begun.append(match[1] if match else "?")
            await self.free.wait()
        if request.method == "POST" and self.refusals:
            await route.fulfill(**self.refusals.pop(0))
        else:
            await route.continue_()


async def files_of(person: Person, room: str) -> list[list[str]]:
    """The names of the files of each message of a room."""
    history = await person.history(room.removeprefix("/chat/"))
    return [[file["name"] for file in message["attachments"]] for message in history]


async def come(sit, person, room: str, **options: Any) -> tuple[Seat, Shelf]:
    """Somebody in a room, whose uploads a test holds in its hands."""
    seat, shelf = await sit(person, **options), Shelf()
    await seat.page.route(re.compile(r"/uploads(/\d+)?$"), shelf.take)
    await seat.page.goto(room)
    return await seat.ready(), shelf


def tray(seat: Seat) -> Locator:
    return seat.page.get_by_role("list", name="Attached files").get_by_role("listitem")


async def choose(seat: Seat, *names: str) -> None:
    async with seat.page.expect_file_chooser() as chooser:
        await seat.page.get_by_role("button", name="Attach files").click()
    files: list[FilePayload] = [
        {"name": name, "mimeType": "text/plain", "buffer": name.encode()} for name in names
    ]
    await (await chooser.value).set_files(files)


async def test_files_are_attached_by_button_paste_and_drop_and_removed_again(sit, ann, room):
    anns, shelf = await come(sit, ann, room)
    shelf.free.clear()
    await choose(anns, "one.txt", "two.txt", "three.txt")
    await expect(tray(anns)).to_have_count(3)
    await expect(anns.composer).to_be_focused()
    await anns.until("document.querySelectorAll('[role=progressbar]').length === 3")
    while len(shelf.begun) < 2:
        await asyncio.sleep(0.05)
    hold = await anns.page.evaluate_handle(HOLD, [["cat.png"], True])
    await anns.composer.evaluate(
        "(box, clipboardData) => box.dispatchEvent("
        "new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))",
        hold,
    )
    await expect(tray(anns).last.locator("img")).to_be_visible()
    drop = await anns.page.evaluate_handle(HOLD, [["dropped.txt"], False])
    await anns.log_region.dispatch_event("dragover", {"dataTransfer": drop})
    await expect(anns.page.get_by_text("Drop files to attach them to your message in")).to_be_visible()
    await anns.log_region.dispatch_event("drop", {"dataTransfer": drop})
    await expect(tray(anns)).to_have_count(5)
    await expect(anns.page.get_by_text("Drop files")).to_have_count(0)
    side = anns.page.get_by_role("navigation")
    assert not await side.evaluate(
        "(side, dataTransfer) => side.dispatchEvent("
        "new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))",
        drop,
    )
    await expect(tray(anns)).to_have_count(5)
    assert shelf.begun == ["one.txt", "two.txt"]  # two at a time
    await anns.page.get_by_role("button", name="Remove one.txt").click()
    await expect(anns.page.get_by_role("button", name="Remove two.txt")).to_be_focused()
    shelf.free.set()
    await expect(anns.page.get_by_role("progressbar")).to_have_count(0)
    await expect(anns.page.get_by_test_id("announcer")).to_have_text("All files are uploaded")
    await anns.page.get_by_role("button", name="Remove two.txt").click()
    await anns.page.get_by_role("button", name="Describe cat.png").click()
    dialog = anns.page.get_by_role("dialog", name="Describe this picture")
    await dialog.get_by_label("Description").fill("A cat asleep")
    await dialog.get_by_role("button", name="Save").click()
    await expect(tray(anns).filter(has_text="described")).to_have_count(1)
    await expect(anns.page.get_by_role("progressbar")).to_have_count(0)
    assert shelf.described == [{"alt": "A cat asleep"}]
    await choose(anns, *(f"{number}.txt" for number in range(9)))
    await expect(anns.page.get_by_text("A message has 10 files at most.")).to_be_visible()
    await expect(tray(anns)).to_have_count(10)
    # What is attached in a chat waits there.
    await anns.row("General").click()
    await expect(tray(anns)).to_have_count(0)
    await anns.page.go_back()
    await expect(tray(anns)).to_have_count(10)
    await anns.page.get_by_role("button", name="Send", exact=True).click()
    await anns.settle()
    await expect(tray(anns)).to_have_count(0)
    (sent,) = await files_of(ann, room)
    assert len(sent) == 10 and {"cat.png", "three.txt"} < set(sent)
    assert shelf.deleted


async def test_a_file_that_is_too_large_is_not_sent_at_all(sit, ann, room):
    anns, shelf = await come(sit, ann, room)
    hold = await anns.page.evaluate_handle(
        "() => { const data = new DataTransfer();"
        "data.items.add(new File([new Uint8Array(27e6)], 'huge.bin')); return data; }"
    )
    await anns.log_region.dispatch_event("drop", {"dataTransfer": hold})
    await expect(
        anns.page.get_by_text(re.compile(r"huge\.bin is too large: a file has 25 ?MB at most\."))
    ).to_be_visible()
    await expect(tray(anns)).to_have_count(0)
    assert shelf.begun == []


async def test_what_waits_for_its_files_goes_before_what_was_written_after_it_also_after_a_reload(
    sit, cable, ann, room
):
    anns, shelf = await come(sit, ann, room, server=cable)
    anns.allow(NET_AWAY)
    shelf.free.clear()
    await choose(anns, "plan.txt")
    await anns.composer.fill("the plan")
    await anns.composer.press("Enter")
    await anns.say("what do you think?")
    await expect(anns.page.get_by_label("Sending")).to_have_count(2)
    await expect(anns.message("the plan").get_by_role("progressbar")).to_be_visible()
    cable.pull()
    await expect(anns.banner).to_be_visible()
    await choose(anns, "away.txt")
    await anns.composer.press("Enter")
    await expect(anns.page.get_by_label("Sending")).to_have_count(3)
    cable.plug()
    await anns.page.reload()
    await anns.ready()
    await expect(anns.page.get_by_label("Sending")).to_have_count(3)
    shelf.free.set()
    await anns.settle()
    await expect(anns.messages).to_have_count(3)
    assert await files_of(ann, room) == [["plan.txt"], [], ["away.txt"]]
    assert '"content":{}' not in await anns.storage()


async def test_who_is_faster_than_the_script_that_uploads_sends_each_text_with_its_own_files(sit, ann, room):
    anns, loaded = await sit(ann), asyncio.Event()

    async def hold(route: Route) -> None:
        await loaded.wait()
        await route.continue_()

    await anns.page.route(re.compile(r"/js/attaching\b"), hold)
    await anns.page.goto(room)
    await anns.ready()
    await choose(anns, "plan.txt")
    await anns.composer.fill("the plan")
    await anns.composer.press("Enter")
    await expect(anns.composer).to_have_value("")
    await anns.say("what do you think?")
    await expect(anns.page.get_by_label("Sending")).to_have_count(2)
    loaded.set()
    await anns.settled("the plan", "what do you think?")
    assert await files_of(ann, room) == [["plan.txt"], []]


async def test_a_refused_file_is_left_out_and_a_busy_server_asked_again(sit, ann, room):
    anns, shelf = await come(sit, ann, room)
    anns.allow("Failed to load resource")
    refusal = {"error": {"code": "infected", "detail": "This file has a virus."}}
    shelf.refusals = [
        {"status": 503, "json": {"error": {"code": "unavailable"}}},
        {"status": 422, "json": refusal},
    ]
    shelf.free.clear()
    await choose(anns, "virus.txt")
    await anns.say("look at this")
    shelf.free.set()
    failed = anns.message("look at this")
    await expect(failed.get_by_role("alert")).to_contain_text("Not sent. virus.txt: This file has a virus.")
    await failed.get_by_role("button", name="Leave out the file").click()
    await anns.settled("look at this")
    assert shelf.begun == ["virus.txt", "virus.txt"] and await files_of(ann, room) == [[]]
    shelf.refusals = [{"status": 422, "json": refusal}]
    await choose(anns, "again.txt")
    await expect(tray(anns).get_by_role("alert")).to_have_text("This file has a virus.")
    await anns.composer.press("Enter")
    await expect(anns.page.get_by_text("Remove the files that couldn't be uploaded")).to_be_visible()
    await anns.page.get_by_role("button", name="Upload again.txt again").click()
    await expect(tray(anns).get_by_role("alert")).to_have_count(0)


async def test_on_a_phone_files_fit_beside_the_box(sit, ann, room):
    anns, _ = await come(sit, ann, room, phone=True)
    await choose(anns, *(f"a long name of a file {number}.txt" for number in range(4)))
    await expect(tray(anns)).to_have_count(4)
    assert await anns.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await anns.page.get_by_role("button", name="Send", exact=True).tap()
    await anns.settle()
    await expect(tray(anns)).to_have_count(0)


async def test_files_arrive_with_their_descriptions_and_in_order_also_those_of_a_time_without_the_net(
    sit, cable, ann, bob, room
):
    anns = await (await sit(ann, room, server=cable)).ready()
    bobs = await (await sit(bob, room)).ready()
    anns.allow(NET_AWAY)
    hold = await anns.page.evaluate_handle(HOLD, [["cat.png"], True])
    await anns.log_region.dispatch_event("drop", {"dataTransfer": hold})
    await choose(anns, "plan.txt")
    await anns.page.get_by_role("button", name="Describe cat.png").click()
    dialog = anns.page.get_by_role("dialog", name="Describe this picture")
    await dialog.get_by_label("Description").fill("A cat asleep")
    await dialog.get_by_role("button", name="Save").click()
    await anns.composer.press("Enter")
    await anns.settle()
    await expect(bobs.messages.get_by_role("img", name="A cat asleep")).to_be_visible()
    cable.pull()
    await expect(anns.banner).to_be_visible()
    await choose(anns, "away.txt")
    await anns.say("written away")
    await anns.say("after it")
    cable.plug()
    await anns.page.reload()
    await anns.ready()
    await expect(bobs.messages).to_have_count(3)
    assert [said["content"] for said in await bob.history(room.removeprefix("/chat/"))] == [
        "",
        "written away",
        "after it",
    ]
    assert await files_of(bob, room) == [["cat.png", "plan.txt"], ["away.txt"], []]


LARGE = """() => {
  const bytes = new Uint8Array(12e6);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 7) % 251;
  const data = new DataTransfer();
  data.items.add(new File([bytes], "large.bin"));
  return data;
}"""


async def test_a_large_file_goes_on_where_the_net_was_cut_also_after_a_reload(sit, cable, ann, bob, room):
    anns = await (await sit(ann, room, server=cable)).ready()
    bobs = await (await sit(bob, room)).ready()
    anns.allow(NET_AWAY)
    parts: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            parts.append(int(request.headers["upload-offset"]))

    anns.page.on("request", note)
    first, second, third = 0, 5 * 1024**2, 10 * 1024**2
    hold = await anns.page.evaluate_handle(LARGE)
    cable.pull_after(7_500_000)
    await anns.log_region.dispatch_event("drop", {"dataTransfer": hold})
    await expect(tray(anns)).to_have_count(1)
    await anns.composer.press("Enter")
    await expect(anns.banner).to_be_visible()
    assert parts == [first, second]
    cable.pull_after(6_000_000)
    cable.plug()
    async with asyncio.timeout(PATIENCE):
        while len(parts) < 4:
            await asyncio.sleep(0.05)
    await expect(anns.banner).to_be_visible()
    assert parts == [first, second, second, third]
    cable.plug()
    await anns.page.reload()
    await anns.ready()
    await expect(bobs.messages).to_have_count(1)
    assert parts == [first, second, second, third, third]
    [said] = await bob.history(room.removeprefix("/chat/"))
    [file] = said["attachments"]
    assert file["name"] == "large.bin"
    content = (await bob.call("GET", file["url"])).content
    assert content == (bytes(at * 7 % 251 for at in range(251)) * 47_809)[:12_000_000]


# What this browser has of files is as old as this, in hours.
AGE = """(hours) => new Promise((done) => {
  const opened = indexedDB.open("chat");
  opened.onsuccess = () => {
    const work = opened.result.transaction(["trays", "contents"], "readwrite");
    for (const name of ["trays", "contents"]) {
      const walk = work.objectStore(name).openCursor();
      walk.onsuccess = () => {
        if (!walk.result) return;
        walk.result.update({ ...walk.result.value, at: Date.now() - hours * 3_600_000 });
        walk.result.continue();
      };
    }
    work.oncomplete = () => done(opened.result.close());
  };
})"""
# Files have no room in this browser.
NO_ROOM = """const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (value) {
  if (this.name === "contents") throw new DOMException("No room.", "QuotaExceededError");
  return put.call(this, value);
};"""


async def describe(seat: Seat, name: str, words: str) -> None:
    await seat.page.get_by_role("button", name=f"Describe {name}").click()
    dialog = seat.page.get_by_role("dialog", name="Describe this picture")
    await dialog.get_by_label("Description").fill(words)
    await dialog.get_by_role("button", name="Save").click()


async def test_what_is_attached_is_there_after_a_reload_and_what_is_uploaded_is_not_uploaded_again(
    sit, ann, room
):
    anns, shelf = await come(sit, ann, room)
    hold = await anns.page.evaluate_handle(HOLD, [["cat.png"], True])
    await anns.log_region.dispatch_event("drop", {"dataTransfer": hold})
    await describe(anns, "cat.png", "A cat asleep")
    await expect(anns.page.get_by_role("progressbar")).to_have_count(0)
    shelf.free.clear()
    await choose(anns, "plan.txt")
    while len(shelf.begun) < 2:
        await asyncio.sleep(0.05)
    async with asyncio.timeout(PATIENCE):
        while (await anns.storage()).count('"content":{}') < 2:
            await asyncio.sleep(0.05)
    await anns.page.reload()
    await expect(tray(anns)).to_have_count(2)
    await expect(tray(anns).first).to_contain_text("described")
    await expect(tray(anns).first.locator("img")).to_be_visible()
    shelf.free.set()
    await expect(anns.page.get_by_role("progressbar")).to_have_count(0)
    assert shelf.begun == ["cat.png", "plan.txt", "plan.txt"]
    shelf.described.clear()
    await describe(anns, "cat.png", "A cat awake")  # it is still the file that the server has
    await expect(anns.page.get_by_role("progressbar")).to_have_count(0)
    assert shelf.described == [{"alt": "A cat awake"}] and len(shelf.begun) == 3
    await anns.composer.press("Enter")
    await anns.settle()
    [said] = await ann.history(room.removeprefix("/chat/"))
    assert [(file["name"], file["alt"]) for file in said["attachments"]] == [
        ("cat.png", "A cat awake"),
        ("plan.txt", ""),
    ]
    await anns.page.reload()
    await anns.ready()
    await expect(tray(anns)).to_have_count(0)
    assert '"content":{}' not in await anns.storage()


async def test_a_tray_belongs_to_its_tab_until_that_is_gone_and_to_nobody_after_a_day(sit, ann, room):
    anns = await (await sit(ann, room)).ready()
    await choose(anns, "plan.txt")
    await expect(anns.page.get_by_role("progressbar")).to_have_count(0)
    other = await anns.new_tab(room)
    await other.ready()
    await choose(other, "other.txt")
    await expect(tray(other)).to_have_text([re.compile("other.txt")])
    await other.page.reload()
    await expect(tray(other)).to_have_text([re.compile("other.txt")])
    await expect(tray(anns)).to_have_text([re.compile("plan.txt")])
    await anns.page.close()
    await other.page.reload()
    await expect(tray(other)).to_have_count(2)
    await other.page.get_by_role("button", name="Remove plan.txt").click()
    await expect(tray(other)).to_have_count(1)
    await other.page.evaluate(AGE, 23)
    await other.page.reload()
    await expect(tray(other)).to_have_text([re.compile("other.txt")])
    await other.page.evaluate(AGE, 25)
    await other.page.reload()
    await other.ready()
    async with asyncio.timeout(PATIENCE):
        while "other.txt" in (kept := await other.storage()) or '"content":{}' in kept:
            await asyncio.sleep(0.05)
    await expect(tray(other)).to_have_count(0)


async def test_log_out_takes_what_is_attached_and_without_room_for_it_files_are_sent_all_the_same(
    sit, ann, room
):
    anns = await (await sit(ann, room)).ready()
    await choose(anns, "plan.txt")
    await expect(anns.page.get_by_role("progressbar")).to_have_count(0)
    await log_out(anns)
    await expect(anns.page.get_by_role("heading", name="Log in")).to_be_visible()
    assert "plan.txt" not in await anns.storage()
    await anns.sign_in(ann)
    await anns.context.add_init_script(NO_ROOM)
    await anns.page.goto(room)
    await anns.ready()
    await expect(tray(anns)).to_have_count(0)
    await choose(anns, "large.txt")
    async with asyncio.timeout(PATIENCE):
        while '"attachment":{' not in await anns.storage():
            await asyncio.sleep(0.05)
    await anns.page.reload()  # what the server has can be sent
    await expect(tray(anns)).to_have_count(1)
    await anns.composer.press("Enter")
    await anns.settle()
    assert await files_of(ann, room) == [["large.txt"]]


async def test_a_message_with_files_is_scheduled_once_they_are_uploaded_and_keeps_them(sit, ann, room):
    anns, shelf = await come(sit, ann, room)
    anns.allow("Failed to load resource")
    dialog = anns.page.get_by_role("dialog")
    clock = anns.page.get_by_role("button", name="Schedule message")
    tomorrow = dialog.get_by_role("button", name=re.compile("^Tomorrow"))
    shelf.free.clear()
    refusal = {"error": {"code": "infected", "detail": "This file has a virus."}}
    shelf.refusals = [{"status": 422, "json": refusal}]
    await choose(anns, "virus.txt")
    await clock.click()
    await tomorrow.click()
    await expect(dialog.get_by_role("progressbar")).to_be_visible()
    shelf.free.set()
    await expect(dialog.get_by_role("alert")).to_have_text("virus.txt: This file has a virus.")
    await dialog.get_by_role("button", name="Cancel").click()
    await clock.click()
    await expect(anns.page.get_by_text("Remove the files that couldn't be uploaded")).to_be_visible()
    await anns.page.locator(".toast").get_by_role("button", name="Close").click()
    await anns.page.get_by_role("button", name="Remove virus.txt").click()
    shelf.free.clear()
    hold = await anns.page.evaluate_handle(HOLD, [["cat.png"], True])
    await anns.log_region.dispatch_event("drop", {"dataTransfer": hold})
    await choose(anns, "plan.txt")
    await anns.composer.fill("for tomorrow")
    await clock.click()
    await tomorrow.click()
    await expect(dialog.get_by_role("progressbar")).to_have_count(2)
    # Whoever closes the dialog while it waits has scheduled nothing.
    await dialog.get_by_role("button", name="Cancel").click()
    shelf.free.set()
    await expect(anns.page.get_by_role("progressbar")).to_have_count(0)
    assert (await ann.get("/scheduled"))["results"] == []
    await clock.click()
    await tomorrow.click()
    await expect(anns.page.get_by_text("Will be sent tomorrow at 09:00")).to_be_visible()
    await expect(tray(anns)).to_have_count(0)
    await expect(anns.composer).to_have_value("")
    await clock.click()
    row = dialog.get_by_role("listitem").filter(has_text="for tomorrow").first
    await expect(row.get_by_role("list", name="Attached files")).to_contain_text("plan.txt")
    await expect(row.locator("img")).to_be_visible()
    await row.get_by_role("button", name="Edit").click()
    await expect(dialog.get_by_role("listitem")).to_have_count(2)
    await dialog.get_by_label("Message text").fill("")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await clock.click()
    await dialog.get_by_role("button", name="Delete").click()
    await expect(dialog.get_by_role("button", name="Delete")).to_have_count(0)
    await anns.page.keyboard.press("Escape")
    await anns.page.get_by_role("button", name="Undo").click()
    await clock.click()
    await dialog.get_by_role("button", name="Send now").click()
    await expect(anns.messages).to_have_count(1)
    assert await files_of(ann, room) == [["cat.png", "plan.txt"]]
    assert shelf.deleted == []


# Sound and a video of more than a part: what the browser can make of them is measured before they go.
MEDIA = """async () => {
  const rate = 8000;
  const view = new DataView(new ArrayBuffer(44 + 6e6));
  const word = (at, text) => [...text].forEach((sign, index) => view.setUint8(at + index, sign.charCodeAt(0)));
  word(0, "RIFF"); view.setUint32(4, 36 + 6e6, true); word(8, "WAVEfmt "); view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  word(36, "data"); view.setUint32(40, 6e6, true);
  for (let at = 0; at < 3e6; at += 1) view.setInt16(44 + 2 * at, at < 15e5 ? 9000 * Math.sin(at / 5) : 0, true);
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  const pen = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.start();
  for (let frame = 0; frame < 15; frame += 1) {
    pen.fillStyle = `hsl(${frame * 20} 90% 50%)`;
    pen.fillRect(0, 0, 64, 48);
    await new Promise((done) => setTimeout(done, 40));
  }
  const ended = new Promise((done) => { recorder.onstop = done; });
  recorder.stop();
  await ended;
  const rest = new Uint8Array(6e6 + 9); // nothing, as Matroska says it: an element that is skipped, and its length
  rest.set([0xec, 0x01]);
  new DataView(rest.buffer).setUint32(5, 6e6);
  const data = new DataTransfer();
  data.items.add(new File([view], "tone.wav", { type: "audio/wav" }));
  data.items.add(new File([...parts, rest], "clip.webm", { type: "video/webm" }));
  return data;
}"""


async def test_large_sound_and_video_go_in_parts_with_what_was_measured(sit, ann, room):
    anns = await (await sit(ann, room)).ready()
    asked: list[str] = []
    anns.page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    hold = await anns.page.evaluate_handle(MEDIA)
    await anns.log_region.dispatch_event("drop", {"dataTransfer": hold})
    await expect(tray(anns)).to_have_count(2)
    await anns.composer.press("Enter")
    await anns.settle()
    [said] = await ann.history(room.removeprefix("/chat/"))
    tone, clip = said["attachments"]
    assert sum(one.startswith("PATCH ") and "/uploads/resumable/" in one for one in asked) == 4
    assert not any(one.startswith("POST ") and one.endswith("/uploads") for one in asked)
    assert (tone["kind"], tone["duration"]) == ("audio", 375)
    assert tone["waveform"][:31] == [100] * 31 and tone["waveform"][33:] == [0] * 31
    assert (clip["kind"], clip["width"], clip["height"]) == ("video", 64, 48)
    assert 0.3 < clip["duration"] < 10
    assert (await ann.call("GET", clip["thumb"])).headers["content-type"] == "image/webp"


async def test_a_message_with_files_is_sent_by_its_tab_or_once_that_is_gone_by_another(sit, ann, room):
    anns, shelf = await come(sit, ann, room)
    shelf.free.clear()
    await choose(anns, "plan.txt")
    await anns.say("the plan")
    await expect(anns.page.get_by_label("Sending")).to_have_count(1)
    other = await anns.new_tab(room)
    await other.ready()
    await other.say("from the other tab")
    await other.settled("from the other tab")
    await anns.page.close()
    await other.page.reload()
    await other.settled("from the other tab", "the plan")
    assert await files_of(ann, room) == [[], ["plan.txt"]]
