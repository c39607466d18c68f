"""Queries compiled once: the same rows as the queryset gives, with other parameters each time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext

from accounts import tokens
from accounts.models import Session, User
from lib.database.compiled import Compiled, UUIDs, among

pytestmark = pytest.mark.django_db


def of_user(user_id: int, session_ids: UUIDs) -> QuerySet[Session, tuple[object, ...]]:
    return Session.objects.filter(user_id=user_id, pk__in=among(session_ids)).values_list(
        "pk", "expires_at", "user__username"
    )


def people(least: int, shape: int) -> QuerySet[User, tuple[object, ...]]:
    return User.objects.filter(pk__gte=least).order_by("pk").values_list("pk", F("pk") - least)[:shape]


@pytest.fixture
def users() -> list[User]:
    return [User.objects.create_user(f"user{n}", f"{n}@example.org") for n in range(5)]


def test_the_rows_are_those_of_the_queryset_for_each_parameter(users: list[User]) -> None:
    query = Compiled(of_user, (int, UUIDs))
    for user in users:
        own = UUIDs([tokens.issue(user).session_id])
        assert list(map(tuple, query(user.pk, own))) == list(of_user(user.pk, own))
        assert query(user.pk + 1, own) == []


def test_a_limit_is_a_shape_of_its_own(users: list[User]) -> None:
    query = Compiled(people, (int,))
    for shape in (2, 3):
        found = list(map(tuple, query(users[1].pk, shape=shape)))
        assert found == list(people(users[1].pk, shape)) and len(found) == shape


def test_it_is_compiled_once_also_for_other_threads(users: list[User]) -> None:
    built: list[int] = []

    def build(least: int) -> QuerySet[User, tuple[object, ...]]:
        built.append(least)
        return User.objects.filter(pk=least).values_list("date_joined")

    query = Compiled(build, (int,))
    with CaptureQueriesContext(connection) as captured:
        first = query(users[0].pk)

    def again() -> list[list[object]]:
        try:
            return query(users[0].pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(again).result()  # on PostgreSQL it sees nothing of this test's transaction
    assert len(built) == 1 and len(captured) == 1 and first == [[users[0].date_joined]]


def test_a_parameter_that_does_not_reach_the_query_is_an_error() -> None:
    with pytest.raises(TypeError):
        Compiled(lambda user_id: User.objects.filter(pk=user_id + 1).values_list("pk"), (int,))(1)


def test_what_the_database_refuses_is_one_of_djangos_errors() -> None:
    query = Compiled(lambda user_id: Session.objects.filter(user_id=user_id).values_list("pk"), (int,))
    assert query(1) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_session RENAME TO gone")
    with pytest.raises(DatabaseError), transaction.atomic():
        query(1)


def test_a_transaction_that_has_failed_reads_nothing_more() -> None:
    query = Compiled(people, (int,))
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            query(1, shape=1)
