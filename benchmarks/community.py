"""People, rooms and messages put straight into a server's database: `python -m benchmarks.community COMMAND`.

Signing up thousands of people over HTTP would measure Argon2 alone. Runs in the server's environment (`Ours.fill`),
beside the server that runs already, and prints JSON. What it writes is what the server's own verbs would have written.
"""

import argparse
import itertools
import json
import os
import random
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework_simplejwt.tokens import AccessToken  # noqa: E402

from accounts.models import Session, User  # noqa: E402
from accounts.tokens import SESSION_CLAIM  # noqa: E402
from chat.log import index  # noqa: E402
from chat.log.rows import Draft  # noqa: E402
from chat.log.store import store  # noqa: E402
from chat.models import Chat, Followed, Membership, Message  # noqa: E402
from rooms.models import Room  # noqa: E402

BATCH = 500  # rows of one INSERT: within SQLite's limit of variables
WRITTEN = 5000  # messages of one transaction
LIFETIME = timedelta(hours=12)  # of the tokens: longer than any benchmark runs
TEXT = "the quick brown fox jumps over the lazy dog, and writes home about it in a hundred characters or so"


def tokens(people: Iterable[User]) -> list[str]:
    """An access token of a new session for each."""
    now = timezone.now()
    rows = [
        Session(user=user, refresh_jti="none", last_used_at=now, expires_at=now + LIFETIME) for user in people
    ]
    Session.objects.bulk_create(rows, BATCH)
    made = []
    for row in rows:
        token = AccessToken()
        token["user_id"], token[SESSION_CLAIM] = row.user_id, str(row.pk)
        token.set_exp(lifetime=LIFETIME)
        del token["iat"]  # as `accounts.tokens` makes them
        made.append(str(token))
    return made


def make_rooms(members: list[list[User]], messages: int) -> list[Chat]:
    """A room for each list of members, the first one its owner, with so many messages of all in turn."""
    now = timezone.now()
    chats = [
        Chat(kind=Chat.Kind.ROOM, title=f"Room {n + 1}", last_seq=messages, version=messages)
        for n in range(len(members))
    ]
    Chat.objects.bulk_create(chats, BATCH)
    pairs = list(zip(chats, members, strict=True))
    Room.objects.bulk_create([Room(chat=chat, creator=them[0]) for chat, them in pairs], BATCH)
    Membership.objects.bulk_create(
        [
            Membership(chat=chat, user=user, role="member" if n else "owner", last_read_seq=messages)
            for chat, them in pairs
            for n, user in enumerate(them)
        ],
        BATCH,
    )
    Message.objects.bulk_create(
        [
            Message(
                chat=chat, seq=seq, version=seq, sender=them[seq % len(them)], content=TEXT, created_at=now
            )
            for chat, them in pairs
            for seq in range(1, messages + 1)
        ],
        BATCH,
    )
    return chats


def people(count: int, chats: int, circle: int, messages: int, together: int) -> dict[str, Any]:
    """`count` people who are in `chats` chats each: general, and rooms of about `circle` people, ever others.

    `together` of the rooms, the first ones, have all of them. Gives everybody's token, everybody's rooms, all rooms.
    """
    first = User.objects.count()
    users = [
        User(username=f"person{first + n}", email=f"person{first + n}@example.org", password="!")
        for n in range(count)
    ]
    User.objects.bulk_create(users, BATCH)
    general = Chat.objects.get(kind=Chat.Kind.GENERAL)
    Membership.objects.bulk_create([Membership(chat=general, user=user) for user in users], BATCH)
    chance = random.Random(count)
    members = [users[n % count :] + users[: n % count] for n in range(together)]  # owned in turn
    for _ in range(chats - 1 - together):
        mixed = chance.sample(users, count)
        members += [mixed[start : start + circle] for start in range(0, count, circle)]
    rooms: dict[int, list[int]] = {user.pk: [] for user in users}
    made = make_rooms(members, messages)
    for chat, them in zip(made, members, strict=True):
        for user in them:
            rooms[user.pk].append(chat.pk)
    return {"tokens": tokens(users), "rooms_of": list(rooms.values()), "rooms": [chat.pk for chat in made]}


def say() -> dict[str, Any]:
    """One message in every chat, stored as the server stores them; nobody is rung up."""
    owners = Membership.objects.filter(role="owner").values_list("chat_id", "user_id", "user__username")
    drafts = [Draft(*row, content=TEXT) for row in owners]
    general = Membership.objects.filter(chat__kind=Chat.Kind.GENERAL).values_list(
        "chat_id", "user_id", "user__username"
    )
    drafts += [Draft(*row, content=TEXT) for row in general[:1]]
    for start in range(0, len(drafts), BATCH):
        store(drafts[start : start + BATCH])
    return {"messages": len(drafts)}


def fill(chat_id: int, messages: int) -> dict[str, Any]:
    """Make a chat's log `messages` long, all of them its owner's."""
    owner = Membership.objects.get(chat=chat_id, role="owner").user_id
    have = Chat.objects.get(pk=chat_id).last_seq
    numbers = (
        "SELECT n FROM generate_series(%s, %s) AS n"
        if connection.vendor == "postgresql"
        else "WITH RECURSIVE up(n) AS (SELECT %s UNION ALL SELECT n + 1 FROM up WHERE n < %s) SELECT n FROM up"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chat_message (chat_id, seq, version, sender_id, content, mentions, created_at)"
            f" SELECT %s, n, n, %s, %s, '[]', %s FROM ({numbers}) AS numbers",
            [chat_id, owner, TEXT, timezone.now(), have + 1, messages],
        )
        Chat.objects.filter(pk=chat_id).update(last_seq=messages, version=messages)
    if connection.vendor == "postgresql":  # as its autovacuum would; SQLite's is never run
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return {"messages": messages}


def write(messages: int, words: int) -> dict[str, Any]:
    """So many messages of words that are as frequent as in a language (Zipf), a third in general and the rest in all
    rooms, and all of them in the index of words. Gives the seconds that the index took, and its bytes."""
    chance = random.Random(messages)
    vocabulary = [f"w{n}" for n in range(words)]
    weights = list(itertools.accumulate(1 / (n + 1) for n in range(words)))
    senders = dict(Membership.objects.order_by("pk").values_list("chat_id", "user_id"))
    general = Chat.objects.get(kind=Chat.Kind.GENERAL)
    rooms = [pk for pk in senders if pk != general.pk]
    last = dict(Chat.objects.values_list("pk", "last_seq"))
    now, begun, took = timezone.now(), 0.0, 0.0
    for start in range(0, messages, WRITTEN):
        rows = []
        for _ in range(min(WRITTEN, messages - start)):
            chat = general.pk if chance.random() < 1 / 3 else chance.choice(rooms)
            last[chat] += 1
            text = " ".join(chance.choices(vocabulary, cum_weights=weights, k=chance.randint(3, 20)))
            rows.append(
                Message(
                    chat_id=chat,
                    seq=last[chat],
                    version=last[chat],
                    sender_id=senders[chat],
                    content=text,
                    created_at=now,
                )
            )
        with transaction.atomic():
            Message.objects.bulk_create(rows, BATCH)
        begun = time.perf_counter()
        index.put(
            index.Indexed(
                row.pk, [row.content], [index.mark("chat", row.chat_id), index.mark("from", row.sender_id)]
            )
            for row in rows
        )
        took += time.perf_counter() - begun
    for pk, seq in last.items():
        Chat.objects.filter(pk=pk).update(last_seq=seq, version=seq)
        Followed.objects.update_or_create(name=index.FOLLOWER, chat_id=pk, defaults={"version": seq})
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
            cursor.execute(
                "SELECT pg_total_relation_size('chat_search'), pg_total_relation_size('chat_message')"
            )
        else:
            cursor.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'chat_search_%%'", [])
            [own] = cursor.fetchone()
            cursor.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'chat_message%%'", [])
            [beside] = cursor.fetchone()
            return {"seconds": took, "bytes": own, "of_messages": beside}
        own, beside = cursor.fetchone()
    return {"seconds": took, "bytes": own, "of_messages": beside}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.community", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("people", help="people with rooms").add_argument
    add("count", type=int)
    add("--chats", type=int, default=20, help="of each, general among them (20)")
    add("--circle", type=int, default=10, help="people in a room (10)")
    add("--messages", type=int, default=3, help="in each room (3)")
    add("--together", type=int, default=0, help="so many of the rooms are everybody's (0)")
    commands.add_parser("say", help="one message in every chat")
    add = commands.add_parser("fill", help="a chat's log").add_argument
    add("chat_id", type=int)
    add("messages", type=int)
    add = commands.add_parser("write", help="messages of many words, indexed").add_argument
    add("messages", type=int)
    add("words", type=int)
    options = vars(parser.parse_args())
    verbs: dict[str, Callable[..., dict[str, Any]]] = {
        "people": people,
        "say": say,
        "fill": fill,
        "write": write,
    }
    run = verbs[options.pop("command")]
    print(json.dumps(run(**options)))


if __name__ == "__main__":
    main()
