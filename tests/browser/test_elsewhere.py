"""What people take out of the page: onto the clipboard, onto paper, into the colours of their system."""

import re

from playwright.async_api import expect

SERVICE_WORKERS = "allow"

COPY = """() => {
  let text = null;
  addEventListener("copy", (event) => { text = event.clipboardData.getData("text/plain"); }, { once: true });
  document.execCommand("copy");
  return text;
}"""
SELECT = """([first, last]) => {
  const all = [...document.querySelectorAll("article .prose")];
  const range = document.createRange();
  range.setStart(all.find((one) => one.textContent.includes(first)), 0);
  const end = all.find((one) => one.textContent.includes(last));
  range.setEnd(end, end.childNodes.length);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""
COLOUR = "(box) => getComputedStyle(box).backgroundColor"


async def test_several_messages_are_copied_as_who_said_what(sit, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    for person, text in ((bob, "**one**\ntwo"), (bob, "- three\n- `four`"), (ann, "five"), (bob, "six")):
        await person.post(path, {"content": text})
    seat = await (await sit(ann, room)).ready()
    await expect(seat.texts).to_have_count(4)
    await seat.message("three").hover()  # its time and its buttons show
    await seat.page.evaluate(SELECT, ["one", "five"])
    lines = (await seat.page.evaluate(COPY)).split("\n")
    clock = r"\d\d:\d\d"
    expected = [f"{bob.username}, {clock}: one", "two", f"{bob.username}, {clock}: three", "four"]
    for line, pattern in zip(lines, [*expected, f"{ann.username}, {clock}: five"], strict=True):
        assert re.fullmatch(pattern, line), lines


async def test_all_messages_that_are_loaded_are_printed_and_nothing_to_press(sit, ann, bob, room):
    for number in range(45):
        await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": f"line {number}\nmore"})
    seat = await (await sit(ann, room)).ready()
    await expect(seat.message("line 44")).to_be_visible()
    await seat.page.emulate_media(media="print")
    for part in (
        seat.composer,
        seat.page.get_by_role("navigation"),
        seat.page.get_by_role("button", name="More"),
    ):
        await expect(part).to_be_hidden()
    first, last = [await one.bounding_box() for one in (seat.messages.first, seat.messages.last)]
    assert first and last and last["y"] > first["y"] + 44 * 40
    height = await seat.page.evaluate("document.documentElement.scrollHeight")
    assert height >= await seat.page.evaluate("document.querySelector('.rows').scrollHeight")


async def test_the_systems_colours_tell_the_open_chat_presence_and_the_new_line(sit, ann, bob, people):
    away = await people.sign_up("away")
    for person in (bob, away):
        await people.room(ann, person)
        await ann.post("/chats/private", {"receiver_id": person.id})
    socket = await bob.socket()
    id = await people.room(ann, bob, name="Here")
    await bob.post(f"/chats/room/{id}/messages", {"content": f"@{ann.username} new"})
    seat = await (await sit(ann, f"/chat/room/{id}", forced_colors="active")).ready()
    here = await seat.row("Here").evaluate(COLOUR)
    assert here != await seat.row("General").evaluate(COLOUR)
    dots = [seat.row(name.username).locator(".presence") for name in (bob, away)]
    await expect(dots[0]).to_have_attribute("data-online", "true")
    assert await dots[0].evaluate(COLOUR) != await dots[1].evaluate(COLOUR)
    line = await seat.page.locator(".new-line").evaluate(
        "(box) => getComputedStyle(box, '::before').backgroundColor"
    )
    ground = await seat.page.locator("body").evaluate(COLOUR)
    assert line != ground
    await socket.close()
