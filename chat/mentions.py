"""Who is named with `@username` in a message: only members of its chat count.

The grammar is that of the web client's `mentions.js`; `tests/mentions.json` holds both to it. A name ends where a word
ends: in scripts that put no spaces between words, and between those and others, that can be after each letter, and the
longest name of a member counts (`请@ann看一下`). Nothing counts in code, links, and addresses of mail or of other
servers (`joe@ann`, `@ann@social.example`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from accounts import text
from accounts.models import USERNAME_LENGTH
from chat.models import Membership, Mention
from chat.realtime.protocol import Message

MOST = 50  # people that one message may mention
TRIED = 500  # spellings of names that are looked up for one message
LONGEST = 4 * USERNAME_LENGTH  # characters of a name as it was typed, marks counted one by one
AT_ONCE = 5_000  # names in a query

#: Thai, Lao, Tibetan, Burmese, Khmer; Chinese, Japanese, Korean (which puts particles behind names).
_NO_SPACES = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3021-\u9fff"
    "\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U0001b000-\U0001b2ff\U00020000-\U0003ffff]"
)
_SIGNS = "._+-"
_AT = "@\uff20"

# ---------------------------------------------------------------- what is no text: code, links, addresses

_OUTER = re.compile(r"(?P<quotes>(?:[ ]{0,3}>[ ]?)*)(?P<item>(?:[ \t]*(?:[-*+]|\d{1,9}[.)])(?=[ \t]))*)")
_FENCE = re.compile(r"[ \t]*(`{3,}(?=[^`]*$)|~{3,})")
_LINK = re.compile(
    r"(?<!!)\[[^\[\]]*\]\(\s*<?(?:https?://|mailto:)[^\s\[\]]*(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)",
    re.IGNORECASE,
)
_STOPS = r"\s<>`\"“”„«»‹›‘’…、。〈-】〔-〟︐-︙﹐-﹞！-／：；？＠［-］｛-･"
_ADDRESS = re.compile(
    rf"(?:https?://|www\.)[^{_STOPS}]+|(?<![\w.@-])[\w-]+(?:\.[\w-]+)+/[^{_STOPS}]*", re.IGNORECASE
)


def prose(content: str) -> Iterator[str]:
    """The paragraphs of a message, without the code, the links and the web addresses in them."""
    lines: list[str] = []
    fence, within = "", 0
    for line in content.splitlines():
        outer = _OUTER.match(line)
        assert outer is not None
        depth = outer["quotes"].count(">")
        if fence and depth == within:
            end = line.rstrip()
            if end.endswith(fence) and (fence[0] == "`" or not end[outer.end("quotes") :].strip(" \t~")):
                fence = ""
            continue
        fence = ""
        inner = line[outer.end() :]
        if found := _FENCE.match(inner):
            fence, inner = found[1], ""
        if outer["item"] or depth != within or not inner.strip():
            yield _without_links("\n".join(lines))
            lines = []
        within = depth
        lines.append(inner)
    yield _without_links("\n".join(lines))


def _without_links(paragraph: str) -> str:
    if not any(sign in paragraph for sign in _AT):
        return ""
    paragraph = _without_code(paragraph)
    if "](" in paragraph:
        paragraph = _LINK.sub(" ", paragraph)
    return _ADDRESS.sub(" ", paragraph) if "/" in paragraph or "www." in paragraph.lower() else paragraph


def _without_code(paragraph: str) -> str:
    """Code spans as CommonMark has them: from some backticks to the next as many. A backslash takes those the meaning
    that would begin one."""
    if "`" not in paragraph:
        return paragraph
    ticks = list(re.finditer(r"(\\*)(`+)", paragraph))
    last = {len(one[2]): one.end() for one in ticks}
    out, at, opened = [], 0, 0  # `opened`: backticks that the span began with
    for one in ticks:
        escaped = not opened and len(one[1]) % 2
        length = len(one[2]) - escaped
        if opened:
            if len(one[2]) == opened:
                opened, at = 0, one.end()
        elif length and last.get(length, 0) > one.end():
            out.append(paragraph[at : one.end() - length])
            opened = length
    if not opened:
        out.append(paragraph[at:])
    return " ".join(out)


# ---------------------------------------------------------------- names


def named(content: str) -> list[list[str]]:
    """For each `@` that may name somebody: the keys that it may mean, the longest first. Bounded by TRIED."""
    found: list[list[str]] = []
    tried = 0
    for paragraph in prose(content):
        for match in re.finditer(f"[{_AT}]", paragraph):
            if not _may_begin(paragraph, match.start()):
                continue
            keys = list(dict.fromkeys(_keys(paragraph, match.end())))
            tried += len(keys)
            if tried > TRIED or len(found) == 2 * MOST:
                return found
            if keys:
                found.append(keys)
    return found


def _may_begin(paragraph: str, at: int) -> bool:
    """Whether a name can follow: not within a word or an address, nor after a backslash."""
    before = paragraph[at - 1 : at]
    if before and before in _AT + "\\":
        return False
    while at and paragraph[at - 1] in "_+-%":
        at -= 1
    before = paragraph[at - 1 : at]
    return not before or not _is_letter(before) or _NO_SPACES.match(before) is not None


def _keys(paragraph: str, start: int) -> Iterator[str]:
    end = start
    while (
        end < len(paragraph)
        and end - start < LONGEST
        and (_is_letter(paragraph[end]) or paragraph[end] in _SIGNS)
    ):
        end += 1
    following = paragraph[end : end + 2]
    if following[:1] and following[0] in _AT and _is_letter(following[1:] or " "):
        return  # an address of another server
    for cut in range(end, start + 1, -1):
        after = paragraph[cut : cut + 1]
        # (A name that LONGEST has cut off does not end there.)
        if cut < end or end - start == LONGEST:
            if not after or unicodedata.category(after)[0] == "M":
                continue
            if not (_NO_SPACES.match(paragraph[cut - 1]) or _NO_SPACES.match(after)):
                continue
        name = paragraph[start:cut]
        while len(name) > 1:
            if len(key := text.key(name)) > 1:
                yield key
            if name[-1] not in _SIGNS:
                break
            name = name[:-1]


def _is_letter(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign) in ("Mn", "Mc")


def find(contents: Sequence[tuple[int, str]]) -> dict[int, list[int]]:
    """For [(chat id, content)]: the ids of the members named, by position. No query where there is no `@`."""
    wanted = {
        place: candidates
        for place, (_, content) in enumerate(contents)
        if ("@" in content or "\uff20" in content) and (candidates := named(content))
    }
    if not wanted:
        return {}
    chat_ids = {contents[place][0] for place in wanted}
    keys = list({key for found in wanted.values() for candidates in found for key in candidates})
    ids: dict[tuple[int, str], int] = {}
    for first in range(0, len(keys), AT_ONCE):
        members = Membership.objects.filter(
            chat_id__in=chat_ids,
            state=Membership.State.ACTIVE,
            user__username_key__in=keys[first : first + AT_ONCE],
        )
        rows = members.values_list("chat_id", "user__username_key", "user_id")
        ids.update({(chat_id, key): user_id for chat_id, key, user_id in rows})
    return {
        place: _ids([[ids.get((contents[place][0], key)) for key in candidates] for candidates in found])
        for place, found in wanted.items()
    }


def _ids(found: Iterable[Iterable[int | None]]) -> list[int]:
    """The first of each that there is, each person once."""
    first = (next((id for id in ids if id is not None), None) for ids in found)
    return list(dict.fromkeys(id for id in first if id is not None))[:MOST]


def to_json(user_ids: list[int] | None) -> str:
    return msgspec.json.encode(user_ids).decode() if user_ids else "[]"


def save(messages: Iterable[tuple[int, Message]]) -> None:
    """Note the mentions in stored messages (chat id, message), so that unread ones can be counted."""
    rows = [
        Mention(message_id=message.id, chat_id=chat_id, user_id=user_id, seq=message.seq)
        for chat_id, message in messages
        for user_id in message.mentions
        if user_id != message.user_id
    ]
    if rows:
        Mention.objects.bulk_create(rows)
