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
from chat.models import Chat, Membership
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
        found = mentions.members([(chat.pk, content) for content, _ in TABLE["cases"]])
    assert len(queries) == 1
    wrong = []
    for place, (content, wanted) in enumerate(TABLE["cases"]):
        names = [keys[id] for id in found.get(place, [])]
        if names != [text.key(name) for name in wanted]:
            wrong.append((content, names, wanted))
    assert wrong == []


@pytest.mark.django_db
def test_no_query_is_made_for_messages_that_name_nobody(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert mentions.members([(1, "hello"), (1, "joe@example.org"), (1, "`@ann`"), (1, "@ @@ @")]) == {}


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
    found = mentions.members([(chat.pk, " ".join(f"@p{number}" for number in range(80)))])
    assert found[0] == [person.pk for person in people[:50]]
