"""Finds whom a message mentions: members with `@username`, those of a group with its `@name`, all with `@everyone` or
`@here`.

The grammar is the same as in the web client (static/js/text.js); `tests/mentions.json` tests both. A name ends where a
word ends. In scripts without spaces between words, and where they meet others, that may be after each letter: there the
longest name of a member counts (`请@ann看一下`). Code, links, and addresses of mail or of other servers (`joe@ann`,
`@ann@social.example`) hold no mentions.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from django.db.models import Exists, OuterRef

from accounts.models import USERNAME_LENGTH
from chat import policy
from chat.models import Group, Membership, Mention, Message
from lib import text

MOST = 50  # names, of people and groups, that count in one message
MOST_PEOPLE = 512  # mentioned by one message, with the members of groups
#: These mean all members of a chat, even if somebody's username is one of them, from before they were reserved.
EVERYONE, HERE = "everyone", "here"
TO_ALL = (EVERYONE, HERE)
TRIED = 500  # candidate names looked up for one message
LONGEST = 4 * USERNAME_LENGTH  # characters of a name as typed, combining marks included
AT_ONCE = 5_000  # names in a query

#: Thai, Lao, Tibetan, Burmese, Khmer; Chinese, Japanese, Korean (which puts particles behind names).
_NO_SPACES = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3021-\u9fff"
    "\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U0001b000-\U0001b2ff\U00020000-\U0003ffff]"
)
_SIGNS = "._+-"
_AT = "@\uff20"

# ---------------------------------------------------------------- removing code, links, addresses

_OUTER = re.compile(r"(?P<quotes>(?:[ ]{0,3}>[ ]?)*)(?P<item>(?:[ \t]*(?:[-*+]|\d{1,9}[.)])(?=[ \t]))*)")
_FENCE = re.compile(r"[ \t]*(`{3,}(?=[^`]*$)|~{3,})")
_LINK = re.compile(
    r"(?<!!)\[[^\[\]]*\]\(\s*<?(?:https?://|mailto:)[^\s\[\]]*(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)",
    re.IGNORECASE,
)
_STOPS = r"\s<>`\"“”„«»‹›‘’…、。〈-】〔-〟︐-︙﹐-﹞！-／：；？＠［-］｛-･"
#: Terminal_Punctuation (Unicode, PropList.txt), without ASCII and the stops above: Python has no such class.
_TERMINAL = (
    r"\u037e\u0387\u0589\u05c3\u060c\u061b\u061d-\u061f\u06d4\u0700-\u070a\u070c\u07f8\u07f9\u0830-\u0835"
    r"\u0837-\u083e\u085e\u0964\u0965\u0e5a\u0e5b\u0f08\u0f0d-\u0f12\u104a\u104b\u1361-\u1368\u166e"
    r"\u16eb-\u16ed\u1735\u1736\u17d4-\u17d6\u17da\u1802-\u1805\u1808\u1809\u1944\u1945\u1aa8-\u1aab"
    r"\u1b4e\u1b4f\u1b5a\u1b5b\u1b5d-\u1b5f\u1b7d-\u1b7f\u1c3b-\u1c3f\u1c7e\u1c7f\u2024\u203c\u203d"
    r"\u2047-\u2049\u2cf9-\u2cfb\u2e2e\u2e3c\u2e41\u2e4c\u2e4e\u2e4f\u2e53\u2e54\ua4fe\ua4ff\ua60d-\ua60f"
    r"\ua6f3-\ua6f7\ua876\ua877\ua8ce\ua8cf\ua92f\ua9c7-\ua9c9\uaa5d-\uaa5f\uaadf\uaaf0\uaaf1\uabeb"
    r"\U0001039f\U000103d0\U00010857\U0001091f\U00010a56\U00010a57\U00010af0-\U00010af5"
    r"\U00010b3a-\U00010b3f\U00010b99-\U00010b9c\U00010f55-\U00010f59\U00010f86-\U00010f89"
    r"\U00011047-\U0001104d\U000110be-\U000110c1\U00011141-\U00011143\U000111c5\U000111c6\U000111cd"
    r"\U000111de\U000111df\U00011238-\U0001123c\U000112a9\U000113d4\U000113d5\U0001144b-\U0001144d"
    r"\U0001145a\U0001145b\U000115c2-\U000115c5\U000115c9-\U000115d7\U00011641\U00011642"
    r"\U0001173c-\U0001173e\U00011944\U00011946\U00011a42\U00011a43\U00011a9b\U00011a9c"
    r"\U00011aa1\U00011aa2\U00011c41-\U00011c43\U00011c71\U00011ef7\U00011ef8\U00011f43\U00011f44"
    r"\U00012470-\U00012474\U00016a6e\U00016a6f\U00016af5\U00016b37-\U00016b39\U00016b44"
    r"\U00016d6e\U00016d6f\U00016e97\U00016e98\U0001bc9f\U0001da87-\U0001da8a"
)
_CHARACTER = rf"(?:[^{_STOPS}{_TERMINAL}]|[{_TERMINAL}](?=_))"
_ADDRESS = re.compile(
    rf"(?:https?://|www\.){_CHARACTER}+|(?<![\w.@-])[\w-]+(?:\.[\w-]+)+/{_CHARACTER}*", re.IGNORECASE
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
    """The paragraph without code spans as in CommonMark: from a run of backticks to the next run of the same length. A
    backslash before a run escapes it."""
    if "`" not in paragraph:
        return paragraph
    ticks = list(re.finditer(r"(\\*)(`+)", paragraph))
    last = {len(one[2]): one.end() for one in ticks}
    out, at, opened = [], 0, 0  # `opened`: the number of backticks that opened the span
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
    """For each `@` that may begin a mention: the candidate keys, the longest first. At most TRIED in all."""
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
    """Whether a mention may begin here: not within a word or an address, nor after a backslash."""
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
        # (A name cut off at LONGEST does not end there.)
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


class Mentioning(Protocol):
    """A stored message: a `MessageRow` of `chat.log.rows`, or the model."""

    id: int
    chat_id: int
    seq: int
    sender_id: int
    content: str
    mentions: list[int]
    mention_all: str | None


class Named(NamedTuple):
    """Whom a message mentions. `to_all`: `everyone` or `here`, if it mentions all members."""

    user_ids: list[int] = []
    to_all: str | None = None


def find(rows: Sequence[Mentioning]) -> bool:
    """Set the mentions of messages before they are stored. Returns whether `save` has any people to save as rows."""
    found = look_up([(row.chat_id, row.sender_id, row.content) for row in rows])
    for place, (user_ids, to_all) in found.items():
        rows[place].mentions, rows[place].mention_all = user_ids, to_all
    return any(user_ids for user_ids, _ in found.values())


def look_up(contents: Sequence[tuple[int, int, str]]) -> dict[int, Named]:
    """For a list of (chat id, sender's id, content): whom each mentions, by index.

    No query if no content has an `@`; one for names, and those of `policy.mentioning_everyone` if a content has
    `@everyone` or `@here`, which are plain text if the sender may not mention everyone.
    """
    candidates = {
        place: names
        for place, (_, _, content) in enumerate(contents)
        if ("@" in content or "\uff20" in content) and (names := named(content))
    }
    if not candidates:
        return {}
    keys = {key for names in candidates.values() for alternatives in names for key in alternatives}
    people = _people({contents[place][0] for place in candidates}, list(keys.difference(TO_ALL)))
    found = {}
    for place, names in candidates.items():
        chat_id = contents[place][0]
        # Of each `@` the first candidate that means somebody; each once.
        first = (
            next((key for key in keys if key in TO_ALL or (chat_id, key) in people), "") for keys in names
        )
        meant = list(dict.fromkeys(filter(None, first)))
        words = [key for key in meant if key in TO_ALL]
        some = [people[chat_id, key] for key in meant if key not in TO_ALL][:MOST]
        user_ids = list(dict.fromkeys(user_id for ids in some for user_id in ids))[:MOST_PEOPLE]
        found[place] = Named(user_ids, min(words, key=TO_ALL.index, default=None))
    asking = {contents[place][:2] for place, (_, to_all) in found.items() if to_all}
    rules = policy.mentioning_everyone(asking) if asking else {}
    for place, (user_ids, to_all) in found.items():
        if to_all and not ((rule := rules.get(contents[place][:2])) and rule.allowed):
            found[place] = Named(user_ids)
    return {place: meant for place, meant in found.items() if meant.user_ids or meant.to_all}


def _people(chat_ids: set[int], keys: list[str]) -> dict[tuple[int, str], list[int]]:
    """The ids of the members of these chats whom each of these keys names: as their username, or as that of a group
    they are in and have not muted."""
    found: dict[tuple[int, str], list[int]] = {}
    members = Membership.objects.filter(chat_id__in=chat_ids, state=Membership.State.ACTIVE)
    for first in range(0, len(keys), AT_ONCE):
        some = keys[first : first + AT_ONCE]
        people = members.filter(user__username_key__in=some).values_list(
            "chat_id", "user__username_key", "user_id"
        )
        muted = Group.muted_by.through.objects.filter(
            group=OuterRef("pk"), user=OuterRef("members__memberships__user_id")
        )
        grouped = Group.objects.filter(
            ~Exists(muted),
            name_key__in=some,
            members__memberships__chat_id__in=chat_ids,
            members__memberships__state=Membership.State.ACTIVE,
        ).values_list("members__memberships__chat_id", "name_key", "members__memberships__user_id")
        for chat_id, key, user_id in people.union(grouped, all=True):
            found.setdefault((chat_id, key), []).append(user_id)
    return {at: sorted(user_ids) for at, user_ids in found.items()}


def save(rows: Iterable[Mentioning]) -> tuple[()]:
    """Save the mentions of stored messages as rows, so that unread mentions can be counted."""
    Mention.objects.bulk_create(
        Mention(message_id=row.id, chat_id=row.chat_id, user_id=user_id, seq=row.seq)
        for row in rows
        for user_id in row.mentions
        if user_id != row.sender_id
    )
    return ()


def replace(message: Message, user_ids: list[int]) -> set[int]:
    """Change whom a stored message mentions. Returns the people whose number of unread mentions may change."""
    saved = Mention.objects.filter(message=message)
    before = set(saved.values_list("user_id", flat=True))
    saved.delete()
    message.mentions = user_ids
    save([message])
    return before ^ (set(user_ids) - {message.sender_id})
