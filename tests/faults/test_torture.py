"""A short round of each torture, so that what `make torture` does for hours stays able to run and to find nothing."""

import asyncio
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any

import pytest

from benchmarks.processes import Missing
from tests.faults.torture.__main__ import SCENARIOS, table
from tests.faults.torture.crew import crew_on
from tests.faults.torture.records import Record, Row, judge
from tests.faults.torture.world import World, kill, workers
from tests.servers import HINT

#: What needs servers of its own.
SHORT = ["rolling-restart", "big-sync", "resend"]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(seed=7, is_quick=True) as made:
        yield made


def run(scenario: Coroutine[Any, Any, None], row: Row) -> None:
    try:
        asyncio.run(scenario)
    except Missing as missing:
        pytest.skip(f"{missing}. {HINT}")
    assert row.violations == []
    assert row.acked == row.found > 0
    assert row.lost == row.doubled == row.disordered == 0


def test_one_fault_after_the_other_loses_nothing(world: World):
    row = Row("in turn")

    async def in_turn() -> None:
        server = world.server()

        async def kill_one() -> None:
            kill(workers(server)[0])

        async with crew_on(world, server) as crew:
            for fault in (
                kill_one,
                partial(world.restart_redis, 0.5),
                partial(world.restart_postgresql, True, 0.5),
            ):
                await crew.round(row, fault)

    run(in_turn(), row)


@pytest.mark.parametrize("name", SHORT)
def test_a_short_round_finds_nothing_wrong(world: World, name: str):
    row = Row(name)
    run(SCENARIOS[name].run(world, row, 1), row)


def message(seq: int, client_id: str) -> dict:
    return {"seq": seq, "id": 100 + seq, "user_id": 1, "client_id": client_id}


def ack(seq: int, client_id: str) -> dict:
    return {"chat": "general", "seq": seq, "id": 100 + seq, "client_id": client_id}


@pytest.fixture
def record() -> Record:
    """Three messages after seq 5, all acked, all heard by one reader."""
    made = Record({"general": 5})
    for seq, client_id in ((6, "a"), (7, "b"), (8, "c")):
        made.send(client_id, "general", 1)
        made.ack(ack(seq, client_id))
        made.hear("reader", "general", message(seq, client_id), 0.0)
    return made


def judged(record: Record, history: list[dict]) -> Row:
    row = Row("judged")
    judge(record, {"general": history}, {"reader": {"general"}}, row)
    return row


HISTORY = [message(6, "a"), message(7, "b"), message(8, "c")]


def test_the_judge_has_nothing_against_a_round_that_is_right(record: Record):
    row = judged(record, HISTORY)
    assert (row.acked, row.found, row.violations) == (3, 3, [])


def test_the_judge_sees_a_lost_message(record: Record):
    row = judged(record, [message(6, "a"), message(7, "c")])
    assert row.lost >= 1 and row.violations


def test_the_judge_sees_a_message_stored_twice(record: Record):
    record.hear("reader", "general", message(9, "c"), 0.0)
    row = judged(record, [*HISTORY, message(9, "c")])
    assert row.doubled == 1 and row.violations


def test_the_judge_sees_a_message_that_a_reader_missed(record: Record):
    del record.streams["reader", "general"][1]
    row = judged(record, HISTORY)
    assert row.lost == 1 and row.violations


def test_the_judge_sees_a_message_heard_twice_or_out_of_order(record: Record):
    heard = record.streams["reader", "general"]
    heard.append(heard[0])
    row = judged(record, HISTORY)
    assert row.doubled == 1 and row.violations
    heard[:] = [heard[1], heard[0], heard[2]]
    row = judged(record, HISTORY)
    assert row.violations and row.lost == row.doubled == 0


def test_the_judge_sees_an_ack_that_changed_its_mind(record: Record):
    record.ack(ack(9, "c"))
    assert judged(record, HISTORY).violations


def test_the_table_lists_every_scenario():
    text = table([Row("one", rounds=3, acked=10, found=10), Row("two", recovery=1.234)])
    assert [line.split()[0] for line in text.splitlines()] == ["scenario", "one", "two"]
    assert "1.23" in text
