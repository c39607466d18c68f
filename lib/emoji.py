"""The emoji that people can choose: those that Unicode recommends for general interchange (RGI, UTS #51).

`emoji.txt` has them fully qualified, one a line; scripts/emoji.mjs makes it of the data that the web client's table is
made of.
"""

import unicodedata
from functools import cache
from pathlib import Path

SELECTOR = "\ufe0f"  # variation selector 16: the sign before it is to look like an emoji


@cache
def _known() -> dict[str, str]:
    """All of them, by their signs without selectors."""
    text = (Path(__file__).parent / "emoji.txt").read_text(encoding="utf-8")
    return {emoji.replace(SELECTOR, ""): emoji for emoji in text.splitlines()}


def qualified(text: str) -> str | None:
    """The one emoji that `text` is, fully qualified: in NFC, with selectors where they belong. None if it is none."""
    return _known().get(unicodedata.normalize("NFC", text).replace(SELECTOR, ""))
