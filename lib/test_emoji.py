"""The emoji that people can choose are those that the web client shows them."""

from pathlib import Path

import pytest

from lib import emoji

ROOT = Path(__file__).resolve().parent.parent
TONES = {chr(tone) for tone in range(0x1F3FB, 0x1F400)}
HAIR = {chr(style) for style in range(0x1F9B0, 0x1F9B4)}  # alone; within others it is offered


@pytest.mark.parametrize(
    ("given", "one"),
    [
        ("👍", "👍"),
        ("👍\ufe0f", "👍"),
        ("❤", "❤️"),
        ("❤️", "❤️"),
        ("#\u20e3", "#️⃣"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("🏴\u200d☠", "🏴\u200d☠️"),
        ("🇩🇪", "🇩🇪"),
    ],
)
def test_an_emoji_is_fully_qualified(given: str, one: str) -> None:
    assert emoji.qualified(given) == one


@pytest.mark.parametrize(
    "text",
    ["", "a", "+1", ":tada:", "👍👍", "👍 ", "❤\ufe0e", "🇩", "👍\u200d", "#", "\ufe0f", "👍" * 40, "\ud83d"],
)
def test_anything_else_is_none(text: str) -> None:
    assert emoji.qualified(text) is None


def test_the_web_clients_table_has_the_same_ones_but_for_skins_and_hair() -> None:
    """scripts/emoji.mjs makes ours of the package that the table was made of (static/vendor/README.md)."""
    [names] = (ROOT / "static" / "vendor").glob("emojibase-data@*/names.mjs")
    table = names.read_text(encoding="utf-8").split("`")[1].splitlines()
    offered = [emoji.qualified(line.partition(" ")[0]) for line in table]
    ours = (ROOT / "lib" / "emoji.txt").read_text(encoding="utf-8").splitlines()
    assert set(offered) == {one for one in ours if not TONES & set(one)} - HAIR
    assert len(set(ours)) == len(ours) and max(len(one.encode()) for one in ours) <= 64
