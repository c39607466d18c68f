"""What other apps share with the installed client: kept by the service worker, put into a chat by a press."""

import re

from playwright.async_api import Page, expect

from tests.browser.seats import NET_AWAY, Seat
from tests.browser.test_installed import KEPT
from tests.browser.test_uploading import files_of, tray
from tests.people import PASSWORD

SERVICE_WORKERS = "allow"

# What the system does once the app is chosen there: it sends this form, and shows the answer.
SHARE = """([texts, files]) => {
  const form = Object.assign(document.createElement("form"), {
    method: "post", action: "/share", enctype: "multipart/form-data",
  });
  for (const [name, value] of Object.entries(texts))
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  const data = new DataTransfer();
  for (const [name, size] of Object.entries(files)) data.items.add(new File([new Uint8Array(size)], name));
  const input = Object.assign(document.createElement("input"), { type: "file", name: "files", multiple: true });
  input.files = data.files;
  form.append(input);
  document.body.append(form);
  form.submit();
}"""


NOTHING_KEPT = "caches.open('shared-1').then((cache) => cache.keys()).then(({ length }) => length === 0)"


async def share(page: Page, texts: dict[str, str], files: dict[str, int]) -> None:
    async with page.expect_navigation():
        await page.evaluate(SHARE, [texts, files])


async def installed(sit, person, path: str = "/chat/general", **options) -> Seat:
    seat = await (await sit(person, path, **options)).ready()
    await seat.until("navigator.serviceWorker.controller !== null")
    return seat


async def choose(seat: Seat, name: str) -> None:
    dialog = seat.page.get_by_role("dialog", name="Share to a chat or person")
    await dialog.get_by_role("combobox").fill(name)
    await dialog.get_by_role("option").filter(has_text=name).first.click()
    await expect(dialog).to_have_count(0)


async def test_what_is_shared_stands_in_the_box_of_the_chosen_chat_and_a_reload_asks_for_it_again(
    sit, ann, room
):
    seat = await installed(sit, ann, phone=True)
    texts = {"title": "A cat", "text": "A cat asleep https://cats.example/7", "url": "https://cats.example/7"}
    await share(seat.page, texts, {"cat.txt": 7, "plan.bin": 300})
    chooser = seat.page.get_by_role("dialog", name="Share to a chat or person")
    await expect(chooser).to_be_visible()
    await seat.page.reload()
    await expect(chooser).to_be_visible()
    await choose(seat, "Room")
    await expect(seat.page).to_have_url(re.compile(f"{room}$"))
    await expect(seat.composer).to_have_value("A cat asleep https://cats.example/7")
    await expect(tray(seat)).to_have_count(2)
    await seat.page.get_by_role("button", name="Send", exact=True).tap()
    await seat.settled("A cat asleep https://cats.example/7")
    assert await files_of(ann, room) == [["cat.txt", "plan.bin"]]
    await seat.page.go_back()
    await expect(seat.page).to_have_url(re.compile("/chat$"))
    await seat.until(NOTHING_KEPT)


async def test_without_a_network_it_waits_in_the_chat_until_that_is_back(sit, cable, ann, room):
    seat = await installed(sit, ann, room, server=cable)
    seat.allow(NET_AWAY)
    seat.allow("Failed to load resource")
    await seat.until(KEPT)
    await seat.page.reload()  # what was last seen is kept now
    await seat.ready()
    cable.pull()
    await share(seat.page, {"text": "from another app"}, {"away.txt": 5})
    await choose(seat, "Room")
    await expect(tray(seat)).to_have_count(1)
    await seat.composer.press("Enter")
    cable.plug()
    await seat.settled("from another app")
    assert await files_of(ann, room) == [["away.txt"]]


async def test_who_is_signed_out_logs_in_first_and_what_is_too_large_is_said(sit, ann, room):
    seat = await installed(sit, ann)
    await seat.context.clear_cookies()
    await share(seat.page, {"title": "Only a title"}, {"huge.bin": 27_000_000, "small.bin": 3})
    await seat.page.get_by_label("Username or e-mail address").fill(ann.username)
    await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await seat.page.get_by_role("button", name="Log in", exact=True).click()
    await choose(seat, "Room")
    await expect(seat.composer).to_have_value("Only a title")
    await expect(seat.page.get_by_text(re.compile(r"huge\.bin is too large"))).to_be_visible()
    await expect(tray(seat)).to_have_count(1)


async def test_what_was_given_up_is_not_kept(sit, ann):
    seat = await installed(sit, ann)
    await share(seat.page, {"text": "never mind"}, {})
    chooser = seat.page.get_by_role("dialog", name="Share to a chat or person")
    await expect(chooser).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await expect(seat.page).to_have_url(re.compile("/chat/general$"))
    await seat.until(NOTHING_KEPT)


async def test_what_comes_without_the_worker_however_large_is_asked_for_again(sit, ann):
    seat = await (await sit(ann, "/chat/general", service_workers="block")).ready()
    await share(seat.page, {"text": "A cat"}, {"cat.bin": 30_000_000})
    await expect(seat.page.get_by_text("What you shared didn't arrive. Share it again.")).to_be_visible()
    await expect(seat.page).to_have_url(re.compile("/chat/general$"))
    await expect(seat.page.get_by_role("dialog")).to_have_count(0)
