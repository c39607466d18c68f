"""`manage.py demo`: a believable community, for exploring, development and screenshots.

People, rooms and memberships are created with the same verbs as everywhere; only their dates are set back.
"""

import random
import secrets
from argparse import ArgumentParser
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models.functions import Length
from django.utils import timezone

from accounts import avatars as accounts_avatars
from accounts import users
from accounts.models import User
from chat import messages, pins, policy, private, reactions, read_marks, stars, uploads
from chat.log.rows import Draft
from chat.log.store import Stored, store
from chat.models import Chat, Group, Membership, Message
from lib.errors import Refused
from rooms import avatars as room_avatars
from rooms import joining, services
from rooms.management.commands._demo_files import EMBLEMS, FACES, SHOWN, VOICE, Made, face, waveform
from rooms.management.commands._demo_talk import Line, Place, conversations, show
from rooms.management.commands._demo_texts import DAYS, GENERAL, PEOPLE, PRIVATE, PROFILES, THEMES, Theme

PAIRS = 12  # private chats
WAITING = 3  # people who ask to join a room
EMOJI = ["👍", "❤️", "😂", "🎉", "👀", "✅", "🙏", "🔥"]
BATCH = 200  # messages in one transaction, at most


class Command(BaseCommand):
    help = "Fill the database with a believable community: 20 people, 8 rooms, private chats, thousands of messages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--messages", type=int, default=3000, help="how many messages (3000)")
        parser.add_argument("--weeks", type=int, default=4, help="over how many weeks up to now (4)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same community (1)")
        parser.add_argument("--password", help="everybody's; made up if not given, and printed")
        parser.add_argument("--force", action="store_true", help="although there are people in the database")

    def handle(self, *args: Any, **options: Any) -> None:
        here = User.objects.count()
        if here and not options["force"]:
            raise CommandError(
                f"There are people in this database ({here}), and the demo is for an empty one. Set DATA_DIR or "
                "DATABASE_URL to another place, or use --force to add the made-up people to the real ones."
            )
        if not 0 <= options["messages"] <= 1_000_000 or not 1 <= options["weeks"] <= 520:
            raise CommandError("--messages must be from 0 to 1000000, and --weeks from 1 to 520.")
        chance = random.Random(options["seed"])
        password = options["password"] or secrets.token_urlsafe(12)
        try:
            people = self.make_people(password, with_admin=not here)
        except Refused as error:
            raise CommandError(error.detail) from error
        rooms = [
            make_room(theme, owner, people, chance) for theme, owner in zip(THEMES, people, strict=False)
        ]
        places = [*rooms, general(people), *private_chats(people, chance)]
        date_back(people, places, timedelta(weeks=options["weeks"]))
        lines = conversations(places, options["messages"], options["weeks"] * 7, chance)
        call_everyone(rooms[0], lines)
        for place, theme in zip(rooms, THEMES, strict=True):
            show(lines, place.chat, SHOWN.get(theme.name, []))
        show(lines, places[len(rooms) + 1].chat, [("", (VOICE,))])  # the administrator's first private chat
        picture(people, rooms)
        self.say(lines)
        read(places, chance)
        keep(rooms, people[0])
        waiting = ask_to_join(rooms, people, chance)
        react(places, chance)
        moderate(rooms[0])
        self.tell(people, password, rooms, waiting)

    def make_people(self, password: str, *, with_admin: bool) -> list[User]:
        people = []
        for username, name in PEOPLE:
            free, number = username, 2
            while users.find(free) or users.find(f"{free}@example.org"):
                free, number = f"{username}{number}", number + 1
            user = users.sign_up(free, f"{free}@example.org", password)
            users.change(user, display_name=name, **PROFILES.get(username, {}))
            people.append(user)
            self.progress("people", len(people), len(PEOPLE))
        if with_admin:
            people[0].is_staff = people[0].is_superuser = True
            people[0].save(update_fields=["is_staff", "is_superuser"])
        return people

    def say(self, lines: list[Line]) -> None:
        """Store the lines in their order, many in one transaction, but each before its answers.

        The doorbell isn't rung for thousands of old messages: a running server finds them by its sweep.
        """
        now = timezone.now()
        batch: list[Line] = []
        for number, line in enumerate(lines, 1):
            batch.append(line)
            following = lines[number].answers if number < len(lines) else None
            if len(batch) == BATCH or number == len(lines) or (following and not following.id):
                drafts = [
                    Draft(
                        one.chat.pk,
                        one.user.pk,
                        one.user.username,
                        one.content,
                        reply_to=one.answers.id or None if one.answers else None,
                        created_at=now - one.ago,
                        display_name=one.user.display_name,
                        avatar_id=one.user.avatar_id,
                        uploads=[upload(one.user, file) for file in one.files],
                    )
                    for one in batch
                ]
                for one, outcome in zip(batch, store(drafts), strict=True):
                    if not isinstance(outcome, Stored):
                        raise CommandError(outcome.detail)
                    one.id = outcome.id
                batch = []
                self.progress("messages", number, len(lines))

    def progress(self, what: str, done: int, of: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{what}: {done} of {of} ", ending="\n" if done == of else "")
            self.stdout.flush()

    def tell(self, people: list[User], password: str, rooms: list[Place], waiting: int) -> None:
        self.stdout.write(
            f"{len(people)} people in {len(rooms)} rooms; {waiting} more wait to be let into one.\n"
            f"Log in with any of these names and the password {password}\n\n"
        )
        for user in people:
            note = " (may open the admin)" if user.is_staff else ""
            self.stdout.write(f"  {user.username:<12} {user.display_name}{note}")


def make_room(theme: Theme, owner: User, people: list[User], chance: random.Random) -> Place:
    """A room with some of the people in it, two of them moderators."""
    room, link = services.create(owner, theme.name, theme.description, is_public=theme.is_public)
    others = chance.sample([user for user in people if user != owner], chance.randint(7, 14))
    for user in others:
        if joining.join(room.pk, user, link.token) == joining.PENDING:
            joining.approve(room.pk, user.pk, owner)
    for user in others[:2]:
        services.set_role(room.pk, user.pk, Membership.Role.MODERATOR, owner)
    return Place(room.chat, [owner, *others], theme.talks, theme.words, chance.uniform(0.6, 1.4), link.token)


def picture(people: list[User], rooms: list[Place]) -> None:
    """Give half of the people and of the rooms a picture."""
    for user, (username, _) in zip(people, PEOPLE, strict=True):
        if username in FACES:
            accounts_avatars.choose(user, BytesIO(face(FACES[username])))
    for place, theme in zip(rooms, THEMES, strict=True):
        if theme.name in EMBLEMS:
            room_avatars.choose(place.chat.pk, place.people[0], BytesIO(EMBLEMS[theme.name]()))


def upload(user: User, file: Made) -> int:
    """The id of a file that this person sends."""
    measures = (
        uploads.Measures(file.seconds, waveform=waveform(file.seconds))
        if file.seconds
        else uploads.UNMEASURED
    )
    return uploads.add(user, BytesIO(file.make()), file.name, alt=file.alt, measures=measures).pk


def general(people: list[User]) -> Place:
    for user in people:
        policy.enter_general(user)
    return Place(Chat.objects.get(kind=Chat.Kind.GENERAL), people, GENERAL, DAYS, share=1.6)


def private_chats(people: list[User], chance: random.Random) -> list[Place]:
    pairs = [(people[0], other) for other in people[1:4]]  # the administrator has private chats
    pairs += chance.sample(list(pairwise(people[4:])), PAIRS - len(pairs))
    return [
        Place(private.open_private(one, two.pk)[0], [one, two], PRIVATE, DAYS, chance.uniform(0.1, 0.4))
        for one, two in pairs
    ]


def date_back(people: list[User], places: list[Place], age: timedelta) -> None:
    """Set back the dates of accounts and memberships, to fit weeks of messages."""
    start = timezone.now() - age
    User.objects.filter(pk__in=[user.pk for user in people]).update(date_joined=start)
    new = [place.chat.pk for place in places if place.chat.kind != Chat.Kind.GENERAL]
    Chat.objects.filter(pk__in=new).update(created_at=start)
    Membership.objects.filter(chat__in=new).update(joined_at=start)


def read(places: list[Place], chance: random.Random) -> None:
    """Move read positions: most have read everything, some have unread messages."""
    for place in places:
        last = Chat.objects.values_list("last_seq", flat=True).get(pk=place.chat.pk)
        positions = {}
        for user in place.people:
            behind = chance.choices([0, chance.randint(1, 12), chance.randint(12, 90)], [6, 3, 1])[0]
            positions[place.chat.pk, user.pk] = max(0, last - behind)
        read_marks.mark(positions)


def keep(rooms: list[Place], saver: User) -> None:
    """In some rooms the owner pins what was said at length; the first person saves a few messages."""
    for place in rooms[:4]:
        said = Message.objects.filter(chat=place.chat).annotate(length=Length("content"))
        for message in said.order_by("-length", "pk")[:2]:
            pins.pin(place.people[0], message.pk)
            if saver in place.people:
                stars.save(saver, message.pk)


def call_everyone(room: Place, lines: list[Line]) -> None:
    """Make a group of some of the people in the room, and let its owner mention them, and then everyone."""
    group = Group.objects.create(name="helpers")
    group.members.set(room.people[:6])
    owner = room.people[0]
    theirs = [line for line in lines if line.chat == room.chat and not line.answers]
    for line, content in zip(
        theirs[-6::4],
        (
            "@helpers, who has an hour on Saturday? Two would do.",
            "@everyone: we meet on Saturday at ten. Bring gloves!",
        ),
        strict=False,
    ):
        line.user, line.content = owner, content


def react(places: list[Place], chance: random.Random) -> None:
    """Let people react to some of the latest messages of each chat, many of them alike."""
    for place in places:
        latest = Message.objects.filter(chat=place.chat.pk).order_by("-seq").values_list("pk", flat=True)[:12]
        for message_id in chance.sample(list(latest), len(latest) // 3):
            emoji = chance.sample(EMOJI, chance.randint(1, 3))
            for user in chance.sample(place.people, chance.randint(1, min(5, len(place.people)))):
                reactions.react(user, message_id, chance.choice(emoji))


def moderate(room: Place) -> None:
    """A moderator deletes one of the latest messages that a plain member wrote, and says why."""
    _, moderator, _, *plain = room.people
    said = Message.objects.filter(
        chat=room.chat, sender__in=plain, reply_count=None, mention_all=None, attachments=None
    )
    if message := said.order_by("-seq").first():
        messages.delete(moderator, message.pk, "Advertising. Please see what this room is for.")


def ask_to_join(rooms: list[Place], people: list[User], chance: random.Random) -> int:
    """Let some ask to join the first room that isn't public; their requests stay open."""
    room = next(place for place in rooms if not place.chat.is_public)
    strangers = [user for user in people if user not in room.people]
    for user in chance.sample(strangers, min(WAITING, len(strangers))):
        joining.join(room.chat.pk, user, room.invite)
    return min(WAITING, len(strangers))
