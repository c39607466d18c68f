"""Made-up conversations for `manage.py demo`: who says what, and how long ago. Pure chance, no database."""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from accounts.models import User
from chat.models import Chat
from rooms.management.commands._demo_files import Made
from rooms.management.commands._demo_texts import NODS, Words


@dataclass(slots=True)
class Line:
    """Something somebody will have said; a reply knows the line it answers."""

    chat: Chat
    user: User
    content: str
    ago: timedelta
    answers: "Line | None" = None
    id: int = 0  # once it is stored
    files: tuple[Made, ...] = ()


@dataclass(slots=True)
class Place:
    """A chat, the people in it, and what they talk about there."""

    chat: Chat
    people: list[User]
    talks: str
    words: Words
    share: float  # how much is said here, beside the other places
    invite: str = ""
    left: list[str] = field(default_factory=list)  # talks not held yet


def conversations(places: list[Place], count: int, days: int, chance: random.Random) -> list[Line]:
    """The last `count` lines of what was said everywhere in these days, oldest first."""
    said: list[Line] = []
    while len(said) < count:
        place = chance.choices(places, [place.share for place in places])[0]
        # Nine hours of each day are quiet, and a community grows livelier.
        ago = timedelta(days=int(days * chance.random() ** 1.3), hours=15 * chance.random())
        said += conversation(place, ago, chance)
    said.sort(key=lambda line: line.ago, reverse=True)
    return said[-count:] if count else []


def conversation(place: Place, ago: timedelta, chance: random.Random) -> Iterator[Line]:
    """One talk among people of the place, as far as it has got by now."""
    cast = chance.sample(place.people, min(3, len(place.people)))
    speakers = dict(zip("abc", cast, strict=False))
    fill = {name: chance.choice(choice) for name, choice in place.words.items()}
    for letter, user in speakers.items():
        fill[letter], fill[f"@{letter}"] = user.display_name.split()[0], f"@{user.username}"
    talk = next_talk(place, chance)
    if "c" in speakers and chance.random() < 0.3:
        talk += f"\nc: {chance.choice(NODS)}"
    before: Line | None = None
    for letter, sign, text in re.findall(r"^([abc])([:>]) (.+(?:\n(?![abc][:>] ).*)*)", talk, re.MULTILINE):
        text = text.format_map(fill)
        answers = before if sign == ">" else None
        line = Line(place.chat, speakers[letter], text[0].upper() + text[1:], ago, answers)
        if ago < timedelta(0):
            return
        yield line
        before = line
        ago -= timedelta(seconds=chance.triangular(4, 400, 25))


def next_talk(place: Place, chance: random.Random) -> str:
    """One not held lately: when all were, they come again in another order, with other words and people."""
    if not place.left:
        place.left = place.talks.strip().split("\n\n")
        chance.shuffle(place.left)
    return place.left.pop()


def show(lines: list[Line], chat: Chat, scenes: Iterable[tuple[str, tuple[Made, ...]]]) -> None:
    """Let those who spoke last in a chat show something instead, where nobody answered them."""
    answered = {id(line.answers) for line in lines}
    alone = [line for line in lines if line.chat == chat and not line.answers and id(line) not in answered]
    for line, (content, files) in zip(reversed(alone), reversed(list(scenes)), strict=False):
        line.content, line.files = content, files
