"""Every script, keyboard and way to write: what a name, a key and an address are does not hang on the language."""

import pytest
from playwright.async_api import expect

# A key as the browser reports it: what it writes, and where it is.
PRESS = """([key, code, more]) => {
  const target = document.activeElement;
  const event = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}"""

# Chromium takes these rules from the system's language, not from the page's.
TURKISH = """for (const name of ["toLocaleLowerCase", "toLocaleUpperCase"]) {
  const change = String.prototype[name];
  String.prototype[name] = function (locale) { return change.call(this, locale ?? "tr"); };
}"""


async def press(seat, key: str, code: str, **more: object) -> bool:
    """Press a key of another layout; whether the page took it."""
    taken: bool = await seat.page.evaluate(PRESS, [key, code, more])
    return taken


async def test_row_64_a_turkish_browser_finds_names_with_an_i(sit, ann, people):
    for name, shown in (("info", "INFO Istanbul"), ("izmir", "İZMİR")):
        person = await people.sign_up(name)
        await person.call("PATCH", "/users/me", json={"display_name": shown})
    seat = await (await sit(ann, "/chat/general", locale="tr-TR")).ready()
    await seat.context.add_init_script(TURKISH)
    await seat.page.reload()
    await seat.ready()
    assert await seat.page.evaluate("'I'.toLocaleLowerCase()") == "ı", "this browser has Turkish rules"
    await seat.page.keyboard.press("Control+k")
    box = seat.page.get_by_role("combobox", name="Find a chat or person")
    for typed, shown in (("info ist", "INFO Istanbul"), ("ISTANBUL", "INFO Istanbul"), ("izmir", "İZMİR")):
        await box.fill(typed)
        await expect(seat.page.get_by_role("option").filter(has_text=shown).first).to_be_visible()


@pytest.mark.parametrize(
    ("key", "code", "opens"),
    [
        ("л", "KeyK", True),  # Russian
        ("κ", "KeyK", True),  # Greek
        ("ל", "KeyK", True),  # Hebrew
        ("k", "KeyV", True),  # Dvorak: the letter counts, wherever it is
        ("K", "KeyK", True),  # with caps lock
        ("t", "KeyK", False),  # Dvorak: another letter is in that place
    ],
)
async def test_row_23_the_switcher_opens_on_every_keyboard(sit, ann, key, code, opens):
    seat = await (await sit(ann, "/chat/general")).ready()
    assert await press(seat, key, code, ctrlKey=True) == opens
    await expect(seat.page.get_by_role("dialog")).to_have_count(int(opens))


@pytest.mark.parametrize(
    ("key", "code", "opens"),
    [
        ("/", "Slash", True),
        ("/", "Digit7", True),  # German
        (".", "Slash", True),  # Russian
        ("-", "Slash", False),  # German: Ctrl and minus make the page smaller
        ("!", "Slash", False),  # French
    ],
)
async def test_row_25_the_list_of_keys_opens_on_every_keyboard(sit, ann, key, code, opens):
    seat = await (await sit(ann, "/chat/general")).ready()
    assert await press(seat, key, code, ctrlKey=True) == opens
    await expect(seat.page.get_by_role("dialog")).to_have_count(int(opens))


@pytest.mark.parametrize("how", [{"isComposing": True}, {"keyCode": 229}], ids=["others", "Safari"])
async def test_row_23_the_enter_that_ends_a_composition_chooses_nothing(sit, ann, bob, how):
    seat = await (await sit(ann, "/chat/general")).ready()
    await seat.page.keyboard.press("Control+k")
    box = seat.page.get_by_role("combobox", name="Find a chat or person")
    await box.fill(bob.username)
    await expect(seat.page.get_by_role("option").first).to_contain_text(bob.username)
    for key in ("Enter", "ArrowDown"):
        assert not await press(seat, key, key, **how)
    await expect(box).to_be_visible()
    await seat.page.keyboard.press("Escape")

    await seat.page.get_by_role("button", name="Emoji").click()
    search = seat.page.get_by_role("textbox", name="Search emoji")
    await search.fill("tada")
    await expect(seat.page.get_by_role("button", name="tada")).to_be_visible()
    assert not await press(seat, "Enter", "Enter", **how)
    await expect(search).to_be_visible()
    await expect(seat.composer).to_have_value("")
    await search.press("Escape")

    await seat.composer.fill("が")
    assert not await press(seat, "Enter", "Enter", **how)
    await expect(seat.composer).to_have_value("が")
