"""The words that search knows: one cut of text into tokens, for the index and for queries, the same on each database.

Words are folded (`lib.text.fold`: case, width, accents) and cut at whatever is no letter, digit or mark: an IP address,
a version or an e-mail address is a row of tokens, and each part of it can be found. Scripts that are written without
spaces (Han, kana, Hangul, Thai, Lao, Burmese, Khmer) are cut into overlapping pairs of letters, with the last letter
once more by itself, so that each single letter begins a token. An emoji or another sign is a token.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from lib import text as texts

#: A token is cut off here: what is longer is no word.
LONGEST = 60
#: Between texts that don't belong together: no phrase goes across it, and no query contains it.
GAP = "\ue000"
#: Begins what is known of a text beside its words; the index may be asked for it, a query can't.
MARK = "\ue001"

_ASCII_WORD = re.compile("[a-z0-9]+")
_NO_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x318F),  # kana, Bopomofo, compatibility jamo
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFFDC),  # half width
    (0x1AFF0, 0x1B16F),
    (0x20000, 0x3FFFF),
)
#: Format characters within words: soft hyphen, joiners, word joiner. Folding drops them.
_WITHIN = "\xad\u200c\u200d\u2060\ufeff"
_HALF_WIDTH_VOICING = "\uff9e\uff9f"

# Runs of the kinds of characters: `w` word, `c` letter of a script without spaces, `l` and `v` the parts of a
# decomposed Hangul syllable, `m` mark, `s` sign.
_RUN = re.compile(r"(?P<word>w[wm]*)|(?P<letters>(?:(?:c|l+v*|v)m*)+)|(?P<sign>sm*)")
_LETTER = re.compile(r"(?:c|l+v*|v)m*")
_PUNCTUATION = re.compile(r"[\0-/:-@\[-`{-\x7f]")


class Token(NamedTuple):
    text: str
    start: int  # in the text it is of, in code points
    end: int


class Run(NamedTuple):
    """What is written without anything between."""

    tokens: list[Token]
    are_pairs: bool  # of letters of a script without spaces; the last token is then a single letter


class _Kinds(dict[int, str]):
    """The kind of each character that was met."""

    def __missing__(self, code: int) -> str:
        if len(self) > 100_000:
            self.clear()
        self[code] = kind = _kind_of(chr(code))
        return kind


def _kind_of(sign: str) -> str:
    code, category = ord(sign), unicodedata.category(sign)
    if sign in _WITHIN or sign in _HALF_WIDTH_VOICING or category[0] == "M":
        return "m"
    if 0x1100 <= code <= 0x115F:
        return "l"
    if 0x1160 <= code <= 0x11FF:
        return "v"
    if category[0] in "LN":
        return "c" if any(low <= code <= high for low, high in _NO_SPACES) else "w"
    if category[0] == "S" and code > 0x7F:
        return "s"
    # Emoji of a newer Unicode than this Python's.
    return "s" if category == "Cn" and 0x1F000 <= code <= 0x1FAFF else " "


_KINDS = _Kinds()


@lru_cache(20_000)
def _folded(word: str) -> str:
    folded = texts.fold(word)
    if not folded.isascii():
        folded = "".join(str(unicodedata.decimal(sign, sign)) for sign in folded)
    return _PUNCTUATION.sub("", folded)[:LONGEST]


def words(text: str) -> list[str]:
    """The tokens of a text in their order, as the index has them."""
    if text.isascii():
        return [word[:LONGEST] for word in _ASCII_WORD.findall(text.lower())]
    return [token.text for run in runs(text) for token in run.tokens]


def runs(text: str) -> Iterator[Run]:
    """The runs of a text with their tokens, in their order."""
    kinds = text.translate(_KINDS)
    for run in _RUN.finditer(kinds):
        start, end = run.span()
        if run.lastgroup == "letters":
            places = (letter.span() for letter in _LETTER.finditer(kinds, start, end))
            letters = [Token(letter, a, b) for a, b in places if (letter := _folded(text[a:b]))]
            pairs = [Token(one.text + two.text, one.start, two.end) for one, two in pairwise(letters)]
            if letters:
                yield Run([*pairs, letters[-1]], are_pairs=True)
        elif word := _folded(text[start : min(end, start + 4 * LONGEST)]):
            yield Run([Token(word, start, end)], are_pairs=False)


def spans(text: str) -> list[Token]:
    """The tokens of a text with their places."""
    if text.isascii():
        return [Token(word[0][:LONGEST], *word.span()) for word in _ASCII_WORD.finditer(text.lower())]
    return [token for run in runs(text) for token in run.tokens]


def phrase(word: str) -> tuple[list[str], bool]:
    """A written word of a query as tokens that follow each other in a text, and whether the last one may be the
    beginning of a longer one. Pairs of letters match within longer runs as they are."""
    found = list(runs(word))
    tokens: list[str] = []
    for place, run in enumerate(found):
        is_last = place == len(found) - 1
        kept = run.tokens[:-1] if run.are_pairs and is_last and len(run.tokens) > 1 else run.tokens
        tokens += [token.text for token in kept]
    return tokens, bool(found) and not (found[-1].are_pairs and len(found[-1].tokens) > 1)
