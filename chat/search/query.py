"""What a person types to search: words, "phrases", -excluded ones, and operators such as `from:@ann`.

What is no operator is text: `10:30`, `note:this` and `before:lunch` are words. All of it is found, but for what is
excluded; the last word may be the beginning of a longer one.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from lib import errors, tokens

LONGEST = 500  # characters
MOST = 30  # words and operators
QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
PART = re.compile(r'(?P<no>-?)(?:(?P<name>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)(?:"|$)|(?P<plain>\S+))')
#: The values that operators may have; the others' are names and days.
CHOICES = {
    "has": ("file", "image", "video", "audio", "link", "reaction", "pin"),
    "is": ("saved", "pinned"),
}
NAMES = ("from", "in", "with", "mentions")
DAYS = ("before", "after", "on")
DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


class Term(Struct, frozen=True):
    """Tokens that follow each other in a text."""

    tokens: tuple[str, ...]
    is_beginning: bool = False  # the last token may be the beginning of a longer one
    is_excluded: bool = False


class Condition(Struct, frozen=True):
    """An operator. `value` is what was typed, without `@` or `#` before it; `since` and `until` are of days."""

    name: str
    value: str
    is_excluded: bool = False
    since: datetime | None = None
    until: datetime | None = None


class Query(Struct, frozen=True):
    terms: Sequence[Term] = ()
    conditions: Sequence[Condition] = ()
    is_impossible: bool = False  # signs were typed, and nothing that could be found

    @property
    def wanted(self) -> list[Term]:
        return [term for term in self.terms if not term.is_excluded]


def parse(text: str, zone: ZoneInfo, now: datetime) -> Query:
    """Raises `Invalid` if it is too long."""
    if len(text) > LONGEST:
        raise errors.Invalid({"q": [f"A search has at most {LONGEST} characters."]})
    terms: list[Term] = []
    conditions: list[Condition] = []
    last = None
    for part in PART.finditer(text.translate(QUOTES)):
        is_excluded = bool(part["no"])
        value = part["quoted"] if part["quoted"] is not None else part["plain"]
        condition = _condition((part["name"] or "").lower(), value, is_excluded, zone, now)
        if condition is not None:
            conditions.append(condition)
            continue
        words, may_go_on = tokens.phrase(part[0].removeprefix("-") if part["name"] else value)
        if words:
            # A single letter of the alphabet begins more words than anybody wants.
            may_go_on = may_go_on and (len(words[-1]) > 1 or not words[-1].isascii())
            last = len(terms) if part["quoted"] is None and may_go_on and not is_excluded else None
            terms.append(Term(tuple(words), False, is_excluded))
    if len(terms) + len(conditions) > MOST:
        raise errors.Invalid({"q": [f"A search has at most {MOST} words."]})
    if last is not None:
        terms[last] = Term(terms[last].tokens, True)
    return Query(terms, conditions, is_impossible=bool(text.strip()) and not terms and not conditions)


def _condition(name: str, value: str, is_excluded: bool, zone: ZoneInfo, now: datetime) -> Condition | None:
    if name in CHOICES and value.lower() in CHOICES[name]:
        return Condition(name, value.lower(), is_excluded)
    if name in NAMES and value.lstrip("@#"):
        return Condition(name, value.lstrip("@#"), is_excluded)
    if name in DAYS and (span := days(value, zone, now)):
        return Condition(name, value, is_excluded, *span)
    return None


def days(value: str, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime] | None:
    """The first moment of a day (`2026-11-27`, `today`, `yesterday`), month or year, and the first one after it."""
    today = now.astimezone(zone).date()
    if value.lower() in ("today", "yesterday"):
        first = today - timedelta(days=value.lower() == "yesterday")
        end = first + timedelta(days=1)
    elif match := DAY.fullmatch(value):
        year, month, day = (int(part) if part else None for part in match.groups())
        try:
            first = date(year or 0, month or 1, day or 1)
            if day:
                end = first + timedelta(days=1)
            else:
                end = (
                    date(first.year + 1, 1, 1) if not month or month == 12 else date(first.year, month + 1, 1)
                )
        except (ValueError, OverflowError):
            return None
    else:
        return None
    try:
        since, until = (datetime.combine(one, time(), zone) for one in (first, end))
        return since.astimezone(ZoneInfo("UTC")), until.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError):  # the first and the last years of the calendar
        return None


# ---------------------------------------------------------------- what it finds in a text


def matches(text: Sequence[tokens.Token], term: Term) -> Iterable[tuple[int, int]]:
    """Where the tokens of a term follow each other in those of a text, as code points."""
    length = len(term.tokens)
    for start in range(len(text) - length + 1):
        if all(text[start + at].text == word for at, word in enumerate(term.tokens[:-1])):
            last = text[start + length - 1]
            if last.text == term.tokens[-1] or (term.is_beginning and last.text.startswith(term.tokens[-1])):
                yield text[start].start, last.end


def found_in(texts: Sequence[str], terms: Sequence[Term]) -> list[list[int]] | None:
    """The places of terms in the first of the texts of a message, joined and in their order; None: not all are found in
    its texts, or an excluded one is."""
    cut = [tokens.spans(text) for text in texts]
    places: list[tuple[int, int]] = []
    for term in terms:
        found = [list(matches(text, term)) for text in cut]
        if any(found) == term.is_excluded:
            return None
        if not term.is_excluded:
            places += found[0]
    joined: list[list[int]] = []
    for start, end in sorted(set(places)):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(end, joined[-1][1])
        else:
            joined.append([start, end])
    return joined
