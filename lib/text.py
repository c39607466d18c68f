"""Rules for text that people choose: invisible characters, equality, look-alikes, and what search matches.

The one place for user names, display names, names of rooms, messages, mentions, log-in and search. After Unicode: UAX
#15 (normalisation), UAX #31 (identifiers), UTS #39 (look-alikes), UTS #51 (emoji).
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

from lib import errors

#: Characters that show nothing, as the inside of a character class: white space, control and format characters,
#: Unicode's Default_Ignorable_Code_Point (joiners, fillers, variation selectors, tags, bidi controls, …), and blank
#: letters. Format characters that are drawn, such as Arabic's signs above a number, are not among them.
INVISIBLE = (
    r"\s\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U00016fe4"
    r"\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_VISIBLE = re.compile(f"[^{INVISIBLE}]")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_ASCII = frozenset(map(chr, range(0x21, 0x7F)))  # visible characters, to look up quickly

# In these places an invisible character changes what is seen: a selector or a joiner within an emoji, the tags of a
# flag, and a joiner between letters of the scripts that write with it (Persian, the Indic scripts, …).
_PICTURE = r"©®\u203c-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_JOINED = r"\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1b00-\u1bff\ua840-\ua87f\ufb50-\ufdff\ufe70-\ufefc"
_MEANT = re.compile(
    rf"(?<=[{_PICTURE}])[\ufe0e\ufe0f]"
    r"|(?<=[#*0-9])\ufe0f(?=\u20e3)"
    rf"|(?<=[{_PICTURE}\ufe0f])\u200d(?=[{_PICTURE}])"
    r"|\U0001f3f4[\U000e0030-\U000e007a]{2,6}\U000e007f"
    rf"|(?<=[{_JOINED}])[\u200c\u200d](?=[{_JOINED}])"
)
# What `trim` cuts. Not NUL, which its callers refuse.
_CUT = re.compile(rf"(?!\0)[{INVISIBLE}]")
_CUT_RUN = re.compile(rf"(?:(?!\0)[{INVISIBLE}])*")
# A last visible character with what belongs to it: the tags of a flag, a variation selector, and a joiner after a
# letter of the scripts above, which it gives another form (Arabic heh, the half forms of Devanagari).
_LAST = re.compile(
    r"\U0001f3f4[\U000e0030-\U000e007a]{2,6}\U000e007f"
    r"|(?:[^\0-\x7f]|[#*0-9])[\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef]"
    rf"|[{_JOINED}][\u200c\u200d]"
)
_SPACES = re.compile("[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
MARKS = (
    4  # on one letter of a username, as many as scripts need; more overlap the lines around (UTS #39, 5.4)
)
_BREAKS = "\n\r\v\f\x85\u2028\u2029"
_FOLDED_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
#: Scripts whose letters look like each other's. Nobody mixes them within a word but to deceive.
_ALIKE_SCRIPTS = {"LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE", "LISU"}


def is_blank(text: str) -> bool:
    """Whether the text has no visible character."""
    return text[:1] not in _ASCII and _VISIBLE.search(text) is None


def trim(text: str) -> str:
    """Without leading blank lines and trailing blanks; invisible characters are blanks. The first line keeps its
    indentation, the last character the selector, joiner or tags that belong to it."""
    if text[:1] in _ASCII and text[-1:] in _ASCII:  # nearly every message
        return text
    if text[:1] not in _ASCII and (run := _CUT_RUN.match(text)):
        text = text[max(text.rfind(sign, 0, run.end()) for sign in _BREAKS) + 1 :]
    end = len(text)
    while end and _CUT.match(text, end - 1):
        end -= 1
    if 0 < end < len(text) and (last := _LAST.match(text, end - 1)):
        end = last.end()
    return text[:end]


def has_hidden(text: str, allowed: str = "") -> bool:
    """Whether a name has characters that can't be seen or that reorder others: control and format characters, halves of
    surrogate pairs, unassigned and private-use ones. Spaces are fine, and so are those that an emoji or a script
    needs."""
    return any(sign not in allowed and _is_hidden(sign) for sign in _MEANT.sub("", text))


def _is_hidden(sign: str) -> bool:
    if sign == " ":
        return False
    if _INVISIBLE.match(sign) or unicodedata.category(sign) in ("Cc", "Cs", "Co"):
        return True
    # Emoji of a newer Unicode than this Python's are drawn all the same.
    return unicodedata.category(sign) == "Cn" and not "\U0001f000" <= sign <= "\U0001faff"


def without_hidden(text: str) -> str:
    """Without the characters that `has_hidden` finds."""
    while has_hidden(text):  # again, as a joiner may have lost the letter that it was meant for
        kept, end = [], 0
        for meant in [*_MEANT.finditer(text), None]:
            start = meant.start() if meant else len(text)
            kept += [sign for sign in text[end:start] if not _is_hidden(sign)]
            if meant:
                kept.append(meant[0])
                end = meant.end()
        text = "".join(kept)
    return text


def one_line(text: str) -> str:
    """In NFC, with single spaces, and without spaces at the ends."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def key(text: str) -> str:
    """Two spellings with the same key are the same name: NFKC_Casefold (UAX #31), which also drops ignorable
    characters."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold()).casefold()
    return unicodedata.normalize(
        "NFC", "".join(sign for sign in text if sign == " " or not _INVISIBLE.match(sign))
    )


def email(address: str) -> str:
    """An address as it is stored and compared: in lower case, its domain in Unicode (`xn--bcher-kva` is `bücher`)."""
    name, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    labels = [_label(label) for label in unicodedata.normalize("NFKC", domain).lower().split(".")]
    return f"{name.lower()}{at}{'.'.join(labels)}"


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return unicodedata.normalize("NFC", label[4:].encode("ascii").decode("punycode")).lower()
    except UnicodeError:
        return label


def password(typed: str) -> str:
    """A password as it is hashed: in NFKC (NIST SP 800-63B, 5.1.1.2), so that `é` is the same from every keyboard."""
    return typed if typed.isascii() else unicodedata.normalize("NFKC", typed)


def fold(text: str) -> str:
    """The text that search and sorting use: the key without accents, and with single spaces. `Élodie` is `elodie`.

    Marks that make another letter, such as vowels of Indic scripts and the voicing of kana, stay.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    return unaccented(key(" ".join(text.split()))).translate(_FOLDED_LETTERS)


def unaccented(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(sign for sign in letters if not _is_accent(sign)))


def _is_accent(sign: str) -> bool:
    place = unicodedata.combining(
        sign
    )  # Canonical_Combining_Class: below, above, over; 10 to 36 Hebrew and Arabic
    return 10 <= place <= 36 or 200 <= place <= 240


def is_username(text: str, longest: int) -> bool:
    """Whether it is 2 to `longest` letters with their marks, digits, and the signs `. _ + -`."""
    marks = 0
    for sign in text:
        is_mark = unicodedata.category(sign) in ("Mn", "Mc")
        marks = marks + 1 if is_mark else 0
        if not (is_mark or sign.isalnum() or sign in "._+-") or marks > MARKS:
            return False
    return 2 <= len(text) <= longest and not has_hidden(text) and unicodedata.category(text[0])[0] != "M"


# ---------------------------------------------------------------- what looks the same


def shape(name: str) -> str:
    """How a name looks in any case: the skeleton (UTS #39) of its key. Names of one shape can be mistaken for each
    other: `walter` and `wa1ter`, `modern` and `modem`, `oscar` and `0scar`."""
    return _skeleton(key(name)).casefold().replace("m", "rn")


def look(name: str) -> str:
    """The shape of a name as it is typed: `pauI` is `paul`, and `ВОВА` in Cyrillic is `BOBA` in Latin letters. A
    capital L doesn't look like a small l: `Lan` is not `Ian`."""
    like = _skeleton(unicodedata.normalize("NFKC", name)).replace("L", "\u029f")
    return like.casefold().replace("m", "rn")


def _skeleton(text: str) -> str:
    """The skeleton of UTS #39, section 4, also without combining dots (dotless and dotted i are the same)."""
    signs = (sign for sign in unicodedata.normalize("NFD", text) if sign == " " or not _INVISIBLE.match(sign))
    like = unicodedata.normalize("NFD", "".join(signs).translate(_confusables()))
    return unicodedata.normalize("NFC", like.replace("\u0307", ""))


def bare(name: str) -> str:
    """A display name without the signs around its letters: `@ann`, `ann ✓` and `~ann~` all pass for `ann`."""
    marked = unicodedata.normalize("NFC", name)
    return marked.strip("".join(sign for sign in set(marked) if unicodedata.category(sign)[0] not in "LMN"))


def mixes_scripts(text: str) -> bool:
    """Whether a word has letters of several scripts that look like each other's, such as Cyrillic а and Latin n."""
    for word in re.split(r"[\W\d_]+", text):
        scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in word if not sign.isascii()}
        if any(sign.isascii() for sign in word):
            scripts.add("LATIN")
        if len(scripts & _ALIKE_SCRIPTS) > 1:
            return True
    return False


@cache
def _confusables() -> dict[int, str]:
    """Unicode's table of look-alikes; read at the first call."""
    table = {}
    for line in (Path(__file__).parent / "confusables.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            like, *characters = line.split(" ")
            text = "".join(chr(int(code, 16)) for code in like.split("+"))
            table.update({int(code, 16): text for code in characters})
    return table


def clean(field: str, value: str, limit: int, *, required: bool = False, lines: bool = False) -> str:
    """Text within the limit, on one line (with `lines` only trimmed), without invisible characters.

    Raises `Invalid` naming the field.
    """
    trimmed = value.strip() if lines else one_line(value)
    if len(trimmed) > limit:
        raise errors.Invalid({field: [f"This must be {limit} characters at most."]})
    if has_hidden(trimmed, allowed="\n\r\t" if lines else ""):
        raise errors.Invalid({field: ["This must not contain invisible or control characters."]})
    if required and is_blank(trimmed):
        raise errors.Invalid({field: ["This may not be blank."]})
    return trimmed
