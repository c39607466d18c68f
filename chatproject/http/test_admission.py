"""Places: whatever people ask for and give up, none is lost or given twice, and nobody starves."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from chatproject.http.admission import Places

COUNT = 2
PEOPLE = 3
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(0, PEOPLE - 1)),
        st.tuples(st.just("leave"), st.integers(0, 9)),
        st.tuples(st.just("give up"), st.integers(0, 9)),
        st.tuples(st.just("leave and give up"), st.integers(0, 9)),  # in the same moment
    ),
    max_size=40,
)


async def settle() -> None:
    for _ in range(5):  # a turn passes through a future, a timeout and a task
        await asyncio.sleep(0)


class House:
    """People who take places and leave them, and what must hold meanwhile."""

    def __init__(self) -> None:
        self.places = Places(COUNT, longest=100)
        self.waiting: list[tuple[int, asyncio.Task[None]]] = []
        self.inside: list[int] = []
        self.passed_over = [0] * PEOPLE  # turns of others since this person began to wait

    async def take(self, person: int) -> None:
        task = asyncio.create_task(self.places.take(lambda: person, patience=60))
        self.waiting.append((person, task))
        await self.look()

    async def leave(self, which: int) -> None:
        if self.inside:
            self.inside.pop(which % len(self.inside))
            self.places.leave()

    def give_up(self, which: int) -> None:
        if self.waiting:
            self.waiting[which % len(self.waiting)][1].cancel()

    async def look(self) -> None:
        """Who came in, and that nothing is wrong."""
        await settle()
        came = [person for person, task in self.waiting if task.done() and not task.cancelled()]
        self.waiting = [(person, task) for person, task in self.waiting if not task.done()]
        self.inside += came
        wait = {person for person, _ in self.waiting}
        for person in range(PEOPLE):
            others = sum(one != person for one in came)
            self.passed_over[person] = (
                self.passed_over[person] + others if person in wait and person not in came else 0
            )
        assert self.places.free + len(self.inside) == COUNT
        assert not (self.places.free and self.waiting), "a place is free, and somebody waits"
        assert max(self.passed_over) < PEOPLE + COUNT, "somebody waits while others come again and again"


async def run(steps: list[tuple[str, int]]) -> None:
    house = House()
    for step, which in steps:
        if step == "take":
            await house.take(which)
            continue
        if "leave" in step:
            await house.leave(which)
        if "give up" in step:
            house.give_up(which)
        await house.look()
    while house.inside:
        await house.leave(0)
        await house.look()
    assert not house.waiting and house.places.free == COUNT


@settings(deadline=None, max_examples=300)
@given(STEPS)
def test_no_place_is_lost_or_given_twice_and_nobody_starves(steps: list[tuple[str, int]]) -> None:
    asyncio.run(run(steps))
