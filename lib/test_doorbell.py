"""A transaction rings once, after its commit, for what it did and did not take back."""

from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest
from django.db import transaction

from lib import doorbell
from lib.doorbell import ring_on_commit

pytestmark = pytest.mark.django_db(transaction=True)


class Item(msgspec.Struct):
    number: int


class TakenBack(Exception):
    pass


@pytest.fixture
def rings() -> Iterator[list[list[int]]]:
    """The numbers of the items of each ring."""
    heard: list[list[int]] = []
    doorbell.attach(lambda items: heard.append([item.number for item in items if isinstance(item, Item)]))
    yield heard
    doorbell.attach(None)


def roll_back(*numbers: int) -> None:
    with suppress(TakenBack), transaction.atomic():
        for number in numbers:
            ring_on_commit(Item(number))
        raise TakenBack


def test_a_transaction_rings_once_in_order_after_its_commit(rings: list[list[int]]) -> None:
    with transaction.atomic():
        ring_on_commit(Item(1))
        with transaction.atomic():
            ring_on_commit(Item(2), Item(3))
        with transaction.atomic(savepoint=False):
            ring_on_commit(Item(4))
        ring_on_commit(Item(5))
        assert rings == []
    assert rings == [[1, 2, 3, 4, 5]]


def test_outside_of_a_transaction_it_rings_at_once(rings: list[list[int]]) -> None:
    ring_on_commit(Item(1), Item(2))
    ring_on_commit(Item(3))
    assert rings == [[1, 2], [3]]


@pytest.mark.parametrize("last", ["kept", "rolled back"])
def test_what_a_savepoint_rolled_back_is_not_rung_for(rings: list[list[int]], last: str) -> None:
    with transaction.atomic():
        ring_on_commit(Item(1))
        roll_back(2, 3)
        with transaction.atomic():
            roll_back(4)
            ring_on_commit(Item(5))
        if last == "kept":
            ring_on_commit(Item(6))
        else:
            roll_back(6)
    assert rings == [[1, 5, 6] if last == "kept" else [1, 5]]


def test_a_transaction_rolled_back_rings_for_nothing_and_leaves_nothing_to_the_next(
    rings: list[list[int]],
) -> None:
    roll_back(1)
    with transaction.atomic():
        roll_back(2)
    assert rings == []
    with transaction.atomic():
        ring_on_commit(Item(3))
    assert rings == [[3]]


def test_a_transaction_in_a_commit_hook_of_another_rings_for_itself(rings: list[list[int]]) -> None:
    def later() -> None:
        with transaction.atomic():
            ring_on_commit(Item(2))

    with transaction.atomic():
        ring_on_commit(Item(1))
        transaction.on_commit(later)
        ring_on_commit(Item(3))
    assert rings == [[2], [1, 3]]
