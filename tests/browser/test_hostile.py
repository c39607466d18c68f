"""Hostile and odd content in every field that a person can fill is shown as it is, does nothing, stays in place."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.people import PASSWORD

EVIL = "<img src=x onerror='window.hacked=1'>"
LONG_WORD = "W" * 60
ZALGO = "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞"
SEEN = ZALGO.replace("\N{COMBINING GRAPHEME JOINER}", "")  # for names, which take nothing invisible

INERT = """() => ({
  hacked: window.hacked ?? 0,
  elements: document.querySelectorAll("#app :is(script, iframe, img, object, embed), body > iframe").length,
  links: [...document.links].filter(({ protocol }) => !/^(https?|mailto):$/.test(protocol)).length,
  wide: document.documentElement.scrollWidth - innerWidth,
})"""
NOTHING = {"hacked": 0, "elements": 0, "links": 0, "wide": 0}

# Nothing may stand beside the box it belongs to.
INSIDE = """(boxes) => boxes.filter((box) => box.checkVisibility()).flatMap((box) => {
  const outer = box.getBoundingClientRect();
  return [...box.querySelectorAll("*")].filter((inner) => {
    const { left, right, width } = inner.getBoundingClientRect();
    return width > 1 && !inner.closest(".sr, pre, svg") && (left < outer.left - 1 || right > outer.right + 1)
      && getComputedStyle(inner).overflow !== "visible";
  }).map((inner) => `${inner.tagName}.${inner.className} in ${box.className}`);
})"""


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_row_63_names_titles_descriptions_and_reasons_are_inert_and_in_place(
    sit, ann, bob, people, phone
):
    for person, name in ((ann, f"{EVIL} {LONG_WORD}"[:80]), (bob, f"‮evil {ZALGO}"[:80])):
        answer = await person.call("PATCH", "/users/me", json={"display_name": name})
        # Signs that turn the direction of what follows, or that nobody sees, are refused; then without them.
        if not answer.is_success:
            answer = await person.call("PATCH", "/users/me", json={"display_name": f"evil {SEEN}"[:80]})
        assert answer.is_success, answer.text
    about = f"{EVIL} [x](javascript:hacked=1) {'d' * 200} {SEEN}"
    title = f"{EVIL}{LONG_WORD}"[:80]
    id = await people.room(ann, bob, name=title, description=about)
    made = await ann.post(f"/chats/room/{id}/invite/rotate", {})
    await bob.post(f"/chats/room/{id}/messages", {"content": f"@{ann.username} hello"})
    await bob.post("/chats/private", {"receiver_id": ann.id})
    cem = await people.sign_up("cem")
    await cem.call("PATCH", "/users/me", json={"display_name": f"{EVIL} asks {LONG_WORD}"[:80]})
    await cem.post(f"/chats/room/{id}/join", {"invite_link": made["invite_link"]})

    seat = await (await sit(ann, f"/chat/room/{id}", phone=phone)).ready()
    page = seat.page

    async def inert(where: str) -> None:
        assert await page.evaluate(INERT) == NOTHING, where
        boxes = page.locator(
            "nav a.row, .chat-header, .panel, .requests, dialog[open], article.message, [role=menu]"
        )
        assert await boxes.evaluate_all(INSIDE) == [], where

    await expect(seat.title).to_have_text(title)
    await expect(page.get_by_role("region", name="Join requests")).to_contain_text("<img src=x")
    await inert("room")
    await page.get_by_role("button", name="Members").click()
    panel = page.get_by_role("complementary")
    await expect(panel.get_by_text("Owner")).to_be_visible()
    await inert("panel")
    await panel.get_by_role("button", name=re.compile("^Actions for evil|^Actions for .evil")).click()
    await inert("menu")
    await page.get_by_role("menuitem", name="Remove from room").click()
    await inert("dialog")
    bobs = await (await sit(bob, f"/chat/room/{id}", phone=phone)).ready()
    bobs.allow("status of 40[34]")
    await page.get_by_role("dialog").get_by_label("Reason").fill(f"{EVIL} {'r' * 200}")
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(bobs.page.get_by_text("Reason:")).to_contain_text(EVIL)
    assert await bobs.page.evaluate(INERT) == NOTHING
    await panel.get_by_role("button", name="Close").click()
    if phone:
        await page.get_by_role("button", name="Back to chats").click()
    await inert("list")
    await page.get_by_role("button", name="New room or chat").click()
    await page.get_by_role("menuitem", name="New message").click()
    box = page.get_by_role("combobox", name="Find a chat or person")
    await box.fill("img")
    await expect(page.get_by_role("option").first).to_contain_text("<img src=x")
    await inert("switcher")
    await box.fill(EVIL)
    await inert("switcher")

    visitor = await sit(None, made["invite_link"], phone=phone)
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text(title)
    assert await visitor.page.evaluate(INERT) == NOTHING
    await visitor.page.set_viewport_size({"width": 320, "height": 640})
    assert await visitor.page.evaluate("document.documentElement.scrollWidth") == 320


async def test_row_63_a_draft_a_search_and_a_quote_do_nothing_either(sit, ann, bob, room):
    await bob.post(
        f"/chats{room.removeprefix('/chat')}/messages", {"content": f"{EVIL} [x](javascript:hacked=1)"}
    )
    seat = await (await sit(ann, room)).ready()
    await seat.message("<img src=x").hover()
    await seat.message("<img src=x").get_by_role("button", name="Reply", exact=True).click()
    await seat.write(f"</textarea>{EVIL} {ZALGO}")
    await seat.row("General").click()
    await expect(seat.row("Room")).to_contain_text("</textarea><img src=x")
    assert await seat.page.evaluate(INERT) == NOTHING
    await seat.page.reload()
    await seat.row("Room").click()
    await expect(seat.composer).to_have_value(f"</textarea>{EVIL} {ZALGO}")
    await expect(seat.page.get_by_text(f"Reply to {bob.username}", exact=True)).to_be_visible()
    await seat.composer.press("Enter")
    quote = seat.messages.last.get_by_role("button", name="In reply to")
    await expect(quote).to_contain_text("<img src=x")
    await seat.settle()
    assert await seat.page.evaluate(INERT) == NOTHING


async def test_row_63_pages_take_hostile_words_as_words(sit, ann):
    seat = await sit(None, "/signup")
    name = f'"><script>window.hacked=1</script>{uuid4().hex[:6]}'
    await seat.page.get_by_label("Username").fill(name)
    await seat.page.get_by_label("E-mail address").fill("<b>@x")
    await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await seat.page.keyboard.press("Enter")
    await expect(seat.page.get_by_label("Username")).to_have_value(name)
    await expect(seat.page.get_by_label("Username")).to_have_attribute("aria-invalid", "true")
    assert await seat.page.evaluate("window.hacked") is None
    for path in (
        "/login?next=javascript:window.hacked=1",
        "/login?next=//example.org/",
        "/login?next=https://example.org/",
    ):
        await seat.page.goto(path)
        await seat.page.get_by_label("Username or e-mail address").fill(ann.username)
        await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await seat.page.keyboard.press("Enter")
        await expect(seat.page).to_have_url(re.compile(r"^http://127\.0\.0\.1:\d+/chat"))
        await seat.ready()  # it has its tokens: none comes after the cookies are gone
        assert await seat.page.evaluate("window.hacked") is None
        await seat.context.clear_cookies()
    seat.allow("status of 40[0-9]")
    for path in ("/chat/<script>window.hacked=1</script>", "/%3Cscript%3Ewindow.hacked=1%3C/script%3E"):
        await seat.page.goto(path)
        assert await seat.page.evaluate("window.hacked") is None
