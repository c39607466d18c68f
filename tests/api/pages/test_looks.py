"""Languages and colours of the pages."""

import gettext
import re

import pytest

from tests.api.pages.browser import (
    ROOT,
    Browser,
    Page,
)

pytestmark = pytest.mark.django_db


def test_a_browser_that_asks_for_german_gets_german(ann):
    page = Page(Browser(**{"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}).get("/login"))
    assert page.all("html")[0]["lang"] == "de"
    assert "Schön, dass du wieder da bist." in page.text
    answer = Browser(**{"Accept-Language": "de"}).log_in(password="wrong")
    assert "Benutzername oder Passwort ist falsch." in answer.content.decode()
    assert Page(Browser(**{"Accept-Language": "fr"}).get("/login")).all("html")[0]["lang"] == "en"


def test_every_sentence_of_the_pages_is_in_the_german_catalogue():
    with (ROOT / "locale/de/LC_MESSAGES/django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    known = {key[0] if isinstance(key, tuple) else key for key, value in catalogue.items() if value}
    templates = [
        *(ROOT / "templates/web").glob("*.html"),
        *(ROOT / "templates/rooms").glob("*.html"),
        *(ROOT / "templates").glob("*.html"),
    ]
    missing = []
    for path in templates:
        text = path.read_text()
        sentences = re.findall(r'{% translate "(.+?)" %}', text)
        for block in re.findall(r"{% blocktranslate.*?%}(.*?){% endblocktranslate %}", text, re.DOTALL):
            sentences += [re.sub(r"{{ (\w+) }}", r"%(\1)s", part) for part in block.split("{% plural %}")[:1]]
        missing += [(path.name, sentence) for sentence in sentences if sentence not in known]
    for path in [
        *(ROOT / "accounts/pages").glob("*.py"),
        ROOT / "rooms/pages.py",
        ROOT / "chatproject/client.py",
    ]:
        sentences = re.findall(r'\b(?:_|gettext_noop)\(\s*"(.+?)"\s*\)', path.read_text())
        missing += [(path.name, sentence) for sentence in sentences if sentence not in known]
    assert not missing


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2's ratio of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


SURFACES = (
    "page surface surface-side surface-raised surface-sunken surface-active accent-soft bubble-own bubble "
    "mention-soft mark danger-soft success-soft warning-soft"
).split()
READ = [
    *((text, surface) for text in ("text", "text-muted", "text-faint", "text-link") for surface in SURFACES),
    *(
        (f"{kind}-text", surface)
        for kind in ("danger", "success", "warning")
        for surface in (f"{kind}-soft", "surface", "surface-raised", "surface-side", "page")
    ),
    *(
        (f"on-{kind}", kind)
        for kind in ("accent", "danger", "success", "warning", "mention", "unread", "inverse")
    ),
    *(("on-accent", f"accent-{state}") for state in ("hover", "press")),
    ("on-danger", "danger-hover"),
    ("unread-line", "surface"),
    *(("on-avatar", f"avatar-{number}") for number in range(1, 9)),
]
SEEN = [
    *(("focus", surface) for surface in SURFACES),
    *(("border-strong", surface) for surface in ("page", "surface", "surface-sunken", "surface-raised")),
    *((dot, surface) for dot in ("online", "offline") for surface in ("surface", "surface-side")),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_can_be_told_apart(theme):
    css = (ROOT / "static/css/tokens.css").read_text()
    found = re.findall(r"--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));", css)
    colours = {name: one or (dark if theme == "dark" else light) for name, light, dark, one in found}
    low = [
        (text, behind, round(ratio, 2))
        for pairs, least in ((READ, 4.5), (SEEN, 3.0))
        for text, behind in pairs
        if (ratio := contrast(colours[text], colours[behind])) < least
    ]
    assert not low
