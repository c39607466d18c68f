"""Whom a message names. The web client marks the same: both read tests/mentions.json."""

import json
import time
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat import mentions
from chat.models import Chat, Group, Membership
from lib import text

TABLE = json.loads((Path(__file__).parent.parent / "tests/mentions.json").read_text(encoding="utf-8"))


@pytest.fixture
def chat(db: None) -> Chat:
    made = Chat.objects.create(kind="room", title="Names")
    for name in TABLE["members"]:
        Membership.objects.create(chat=made, user=User.objects.create_user(name))
    return made


@pytest.mark.django_db
def test_a_message_names_whom_the_table_says(chat: Chat) -> None:
    keys = dict(User.objects.values_list("pk", "username_key"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = mentions.look_up([(chat.pk, 0, content) for content, _ in TABLE["cases"]])
    assert len(queries) == 1
    wrong = []
    for place, (content, wanted) in enumerate(TABLE["cases"]):
        names = [keys[id] for id in found.get(place, mentions.Named()).user_ids]
        if names != [text.key(name) for name in wanted]:
            wrong.append((content, names, wanted))
    assert wrong == []


@pytest.mark.django_db
def test_a_message_mentions_all_where_the_table_says_so(chat: Chat) -> None:
    sender = Membership.objects.filter(chat=chat).order_by("pk")[0].user_id
    Membership.objects.filter(user=sender).update(role="moderator")
    with CaptureQueriesContext(connection) as queries:
        found = mentions.look_up([(chat.pk, sender, content) for content, _ in TABLE["to_all"]])
    assert len(queries) == 2, "one for the names, one for who may"
    told = {place: named.to_all for place, named in found.items()}
    assert [told.get(place) for place in range(len(TABLE["to_all"]))] == [
        wanted for _, wanted in TABLE["to_all"]
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "rule", "size", "role", "is_allowed"),
    [
        ("room", None, 15, "member", True),
        ("room", None, 16, "member", False),
        ("room", None, 16, "moderator", True),
        ("room", None, 16, "owner", True),
        ("room", "all", 16, "member", True),
        ("room", "moderators", 3, "member", False),
        ("room", "moderators", 3, "owner", True),
        ("room", "nobody", 3, "owner", False),
        ("general", None, 15, "member", True),
        ("general", None, 16, "member", False),
        ("general", None, 16, "staff", True),
        ("private", None, 2, "member", False),
        ("private", "all", 2, "member", False),
    ],
)
def test_who_may_mention_all(kind: str, rule: str | None, size: int, role: str, is_allowed: bool) -> None:
    chat = Chat.objects.filter(kind=kind).first() or Chat(kind=kind)
    people = User.objects.bulk_create(User(username=f"p{number}") for number in range(size))
    if kind == "private":
        chat.user_low, chat.user_high = people
    chat.mention_everyone = rule
    chat.save()
    Membership.objects.bulk_create(Membership(chat=chat, user=person) for person in people)
    writer = people[0]
    if role == "staff":
        User.objects.filter(pk=writer.pk).update(is_staff=True, is_superuser=True)
    else:
        Membership.objects.filter(user=writer).update(role=role)
    gone = User.objects.create_user("gone")
    Membership.objects.filter(user=gone).delete()
    Membership.objects.create(chat=chat, user=gone, state="left")
    found = mentions.look_up([(chat.pk, writer.pk, "@everyone"), (chat.pk, gone.pk, "@here")])
    assert found == ({0: mentions.Named([], "everyone")} if is_allowed else {}), "who left may not either"


@pytest.mark.django_db
def test_a_group_names_its_members_who_are_in_the_chat(
    chat: Chat, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ann, bob = (User.objects.get(username=name) for name in ("ann", "Bob"))
    elsewhere = User.objects.create_user("elsewhere")
    group = Group.objects.create(name="Crew")
    group.members.set([elsewhere, bob, ann])
    with django_assert_num_queries(1):
        found = mentions.look_up([(chat.pk, ann.pk, "@crew, @Bob"), (chat.pk, ann.pk, "@zoë and ＠CREW")])
    assert found[0].user_ids == sorted([ann.pk, bob.pk])
    assert found[1].user_ids == [User.objects.get(username="zoë").pk, *sorted([ann.pk, bob.pk])]


@pytest.mark.django_db
def test_no_query_is_made_for_messages_that_name_nobody(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        texts = ("hello", "joe@example.org", "`@ann`", "@ @@ @", "`@everyone`", "a@here")
        assert mentions.look_up([(1, 1, text) for text in texts]) == {}


@pytest.mark.parametrize(
    "content",
    [
        "@" * 4000,
        "@ann" * 1000,
        "@ann " * 800,
        "_@" * 2000,
        "@" + "看" * 3999,
        "@看" * 2000,
        "@" + "." * 3999,
        "@" + "a\u0301" * 1999,
        "`" * 3999 + "@",
        "`@``@```" * 500,
        "a." * 1999 + "@",
        "[a](http:" * 444 + "@",
        "[" * 3999 + "@",
        "> " * 1999 + "@",
        "- " * 1999 + "@",
        "\\" * 3998 + "`@",
        "1. " * 1333 + "@",
        "~~~\n@" * 700,
    ],
    ids=lambda content: content[:9],
)
def test_the_work_for_a_message_is_bounded_whatever_it_holds(content: str) -> None:
    begun = time.process_time()
    found = mentions.named(content)
    assert time.process_time() - begun < 0.1
    assert sum(map(len, found)) <= mentions.TRIED and len(found) <= 2 * mentions.MOST


@pytest.mark.django_db
def test_a_message_names_fifty_people_at_most() -> None:
    chat = Chat.objects.create(kind="room", title="Many")
    people = User.objects.bulk_create(User(username=f"p{number}") for number in range(80))
    Membership.objects.bulk_create(Membership(chat=chat, user=person) for person in people)
    found = mentions.look_up([(chat.pk, 1, " ".join(f"@p{number}" for number in range(80)))])
    assert found[0].user_ids == [person.pk for person in people[:50]]
