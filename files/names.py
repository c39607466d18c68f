"""Names of files, as people see them. They are never used as paths. Headers: `content_disposition_header` of Django."""

import re
from pathlib import PurePosixPath

from lib import text

LONGEST = 200
LONGEST_SUFFIX = 20
NAMELESS = "file"
SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png", ".apng"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/avif": (".avif",),
}


def clean(name: str) -> str:
    """A name on one line, in NFC, without folders and without characters that can't be seen or that reorder others; not
    blank, and short enough with the suffix it has."""
    name = re.split(r"[/\\]", name)[-1]
    if len(name) > 5 * LONGEST:
        name = name[: 4 * LONGEST] + name[-LONGEST:]
    name = text.one_line(text.without_hidden(text.one_line(name)))
    if text.is_blank(name) or not name.strip("."):
        return NAMELESS
    if len(name) > LONGEST:
        suffix = PurePosixPath(name).suffix
        suffix = suffix if len(suffix) <= LONGEST_SUFFIX else ""
        # A cut may leave a joiner without the letter that it was meant for.
        name = text.without_hidden(name[: LONGEST - len(suffix)].rstrip() + suffix)
    return name


def fitting(name: str, mime: str) -> str:
    """The name of a picture that has become another type: `waves.gif` is now `waves.webp`."""
    suffixes = SUFFIXES.get(mime, ())
    if not suffixes or name.lower().endswith(suffixes):
        return name
    others = tuple(suffix for each in SUFFIXES.values() for suffix in each)
    base = name[: name.rindex(".")] if name.lower().endswith(others) else name
    return f"{base[: LONGEST - len(suffixes[0])]}{suffixes[0]}"
