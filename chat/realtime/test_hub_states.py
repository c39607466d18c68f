"""Whatever is lost, doubled, late or slow, and whenever somebody comes or goes: every reader ends with the whole log.

Hypothesis runs the hub against a log in memory, on an event loop whose clock moves only when a rule says so. Rings
wait until a rule delivers, repeats or loses them; reads of the log wait until a rule answers or fails them.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from chat.events import Change, Personal
from chat.log.history import Changes, Since
from chat.realtime import order
from chat.realtime.hub import REPAIR_RETRY, STRAGGLER, TOGETHER, Hub, Position
from chat.realtime.testing import Listener, Log, Reader
from lib.tasks import Tasks

CHATS = (1, 2)
PAGE = 6  # messages in an answer of the log, so that there are often more
RECENT = 3  # changes kept for those who join a moment later, so that many have to read
REPAIR_MOST = 12  # messages: a log of a few dozen is too much to bring a chat along
HOPS = 15  # turns of the event loop in which everything that can go on has gone on
ROUNDS = 200  # of an end that should come long before


class Loop(asyncio.SelectorEventLoop):
    """An event loop with a clock that is set by hand."""

    now = 0.0

    def time(self) -> float:
        return self.now


@dataclass(eq=False)
class Read:
    """A read of the log that is under way: answered with what the log says when it is looked at."""

    since: Since
    answer: "asyncio.Future[Changes]"
    found: Changes | None = None
    ages: int = 0  # since it saw the log


@dataclass(eq=False)
class Known:
    """What somebody has read of a chat, to join from."""

    chat_id: int
    position: Position
    contents: dict[int, str]
    versions: dict[int, int]
    ages: int = 0


@dataclass(eq=False)
class Client:
    """A person's client on one socket, which follows the contract."""

    socket: Listener
    readers: dict[int, Reader] = field(default_factory=dict)  # of the chats it follows, or is to follow soon
    must_sync: set[int] = field(default_factory=set)
    joining: set[Reader] = field(default_factory=set)
    personal: int = 0


class Delivery(RuleBasedStateMachine):
    clients = Bundle("clients")
    known = Bundle("known")
    rings = Bundle("rings")

    def __init__(self) -> None:
        super().__init__()
        self.short = patch.object(order, "RECENT", RECENT)
        self.short.start()
        self.loop = Loop()
        self.tasks = Tasks()
        self.hub = Hub(self.read, self.tasks.spawn, REPAIR_MOST)
        self.logs = {chat_id: Log(chat_id) for chat_id in CHATS}
        self.reads: list[Read] = []
        self.everybody: list[Client] = []
        self.positions: list[Known] = []
        self.undelivered: list[Change] = []
        self.is_lossy: set[int] = set()  # chats of which a ring was lost
        self.told: dict[int, int] = {}  # personal frames, by user

    # ------------------------------------------------------------ the world around the hub

    async def read(self, since: Since) -> Changes:
        read = Read(since._replace(limit=PAGE), self.loop.create_future())
        self.reads.append(read)
        return await read.answer

    def run(self, act: Callable[[], object] | None = None) -> None:
        """Do something in the event loop, and let everything go on as far as it can without a read or the clock."""

        async def work() -> None:
            if act is not None:
                act()
            for _ in range(HOPS):
                await asyncio.sleep(0)

        self.loop.run_until_complete(work())
        for client in self.everybody:
            self.hear(client)

    def hear(self, client: Client) -> None:
        """Take the frames that reached a client; it forgets nothing, and believes nothing twice."""
        for frame in client.socket.take():
            told = json.loads(frame)
            if told["type"] == "lagged":
                for key in told["chats"]:
                    chat_id = int(key.removeprefix("room:"))
                    assert chat_id in client.readers
                    client.must_sync.add(chat_id)
            elif told["type"] == "personal":
                client.personal += 1
                assert told["number"] > client.personal - 1
            else:
                chat_id = int(told["chat"].removeprefix("room:"))
                assert chat_id in client.readers, "nothing comes of a chat that was left"
                assert chat_id not in client.must_sync, (
                    "nothing comes of a chat between `lagged` and the sync"
                )
                client.readers[chat_id].take([frame])

    def begin_join(self, client: Client, chat_id: int, since: Position | None = None) -> None:
        reader = client.readers[chat_id]
        client.joining.add(reader)
        self.tasks.spawn(self.join(client, chat_id, reader, since))

    async def join(self, client: Client, chat_id: int, reader: Reader, since: Position | None) -> None:
        """As a connection does it: without a position, all pages of a sync come first."""
        try:
            since = since or await self.catch_up(chat_id, reader)
            if client.readers.get(chat_id) is reader:
                await self.hub.join(client.socket, chat_id, self.logs[chat_id].key, since)
        except ConnectionError:
            self.hear(client)
            if client.readers.get(chat_id) is reader:  # it is told that it did not work, and does not follow
                del client.readers[chat_id]
                client.must_sync.discard(chat_id)
        client.joining.discard(reader)

    async def catch_up(self, chat_id: int, reader: Reader) -> Position:
        while True:
            page = await self.read(Since(chat_id, reader.version))
            for message in page.messages:
                reader.contents[message.seq], reader.versions[message.seq] = message.content, message.version
            if not page.has_more:
                return Position(page.version, page.last_seq)

    # ------------------------------------------------------------ what happens

    @rule(target=rings, chat_id=st.sampled_from(CHATS), which=st.integers(0, 4), reacts=st.booleans())
    def say_or_change(self, chat_id: int, which: int, reacts: bool = False) -> Change:
        log = self.logs[chat_id]
        seq = 1 + which % len(log.messages) if log.messages else 0
        change = log.post() if not which or not seq else log.react(seq) if reacts else log.edit(seq)
        self.undelivered.append(change)
        return change

    @rule(chat_id=st.sampled_from(CHATS), order=st.lists(st.integers(1, 3), min_size=2, max_size=6))
    def react_at_once(self, chat_id: int, order: list[int]) -> None:
        """Many people, to the same few messages, and all is told at once."""
        if log := self.logs[chat_id].messages:
            changes = [self.logs[chat_id].react(1 + seq % len(log)) for seq in order]
            self.run(partial(self.accept, changes))

    @rule(target=rings, chat_id=st.sampled_from(CHATS), count=st.integers(2, 2 * REPAIR_MOST))
    def say_much(self, chat_id: int, count: int) -> object:
        changes = [self.logs[chat_id].post() for _ in range(count)]
        self.undelivered += changes
        return multiple(*changes)

    @rule(changes=st.lists(consumes(rings), min_size=1, max_size=5))
    def deliver(self, changes: list[Change]) -> None:
        """In any order; the bundle's order is not the log's."""
        self.delivered(changes)
        self.run(partial(self.accept, changes))

    @rule(change=rings)
    def deliver_not_for_the_last_time(self, change: Change) -> None:
        self.delivered([change])
        self.run(partial(self.accept, [change]))

    def accept(self, changes: list[Change]) -> None:
        self.hub.accept(changes)
        for client in self.everybody:
            assert not (client.socket.is_slow and client.socket.frames), "a full socket takes nothing more"

    def delivered(self, changes: list[Change]) -> None:
        self.undelivered = [change for change in self.undelivered if change not in changes]

    @rule(change=consumes(rings))
    def lose(self, change: Change) -> None:
        if change in self.undelivered:
            self.undelivered.remove(change)
            self.is_lossy.add(change.chat_id)

    @rule(seconds=st.sampled_from([STRAGGLER / 2, STRAGGLER, TOGETHER, REPAIR_RETRY]))
    def wait(self, seconds: float) -> None:
        self.loop.now += seconds
        self.run()

    @rule(data=st.data())
    def look_into_the_log(self, data: st.DataObject) -> None:
        """A read sees what is committed now; its answer may take longer."""
        waiting = [read for read in self.reads if read.found is None]
        if waiting:
            read = data.draw(st.sampled_from(waiting))
            read.found = self.logs[read.since.chat_id].read(read.since)

    @rule(data=st.data(), fails=st.integers(0, 4))
    def answer(self, data: st.DataObject, fails: int) -> None:
        if self.reads:
            read = data.draw(st.sampled_from(self.reads))
            self.run(partial(self.end_read, read, fails == 4))

    def end_read(self, read: Read, fails: bool = False) -> None:
        self.reads.remove(read)
        if read.answer.done():
            return  # whoever asked is gone
        if fails:
            read.answer.set_exception(ConnectionError("the database is away"))
        else:
            if read.ages > 1 and read.since.chat_id not in self.hub.chats:
                self.is_lossy.add(read.since.chat_id)  # as in `follow`
            read.answer.set_result(read.found or self.logs[read.since.chat_id].read(read.since))

    @rule(chat_id=st.sampled_from(CHATS), phantom=st.integers(0, 2))
    def sweep(self, chat_id: int, phantom: int) -> None:
        """Or, with a phantom, hear of a version that was rolled back."""
        version = self.logs[chat_id].version + phantom
        if phantom:
            self.is_lossy.add(
                chat_id
            )  # a version that comes to be later may be taken for it, until the next sweep
        self.run(partial(self.hub.behind, [(chat_id, version)]))

    @rule()
    def age(self) -> None:
        """What is remembered for a while is forgotten in two steps."""
        for position in self.positions:
            position.ages += 1
        for read in self.reads:
            read.ages += read.found is not None
        self.hub.recent.age()

    @initialize(target=clients)
    def some_follow_from_the_start(self) -> object:
        """So that every run has something to lose; the other chat is followed by nobody yet."""
        first, second = self.connect(1), self.connect(2)
        for client in (first, second):
            self.follow(client, self.read_a_chat(1))
        return multiple(first, second)

    @rule(target=clients, user_id=st.integers(1, 3))
    def connect(self, user_id: int) -> Client:
        client = Client(Listener(*self.logs.values(), user_id=user_id))
        client.personal = self.told.get(user_id, 0)
        self.everybody.append(client)
        self.hub.add(client.socket)
        return client

    @rule(target=known, chat_id=st.sampled_from(CHATS))
    def read_a_chat(self, chat_id: int) -> Known:
        log = self.logs[chat_id]
        versions = {seq: message.version for seq, message in log.messages.items()}
        found = Known(chat_id, Position(log.version, len(log.messages)), dict(log.contents), versions)
        self.positions.append(found)
        return found

    @rule(client=clients, known=known)
    def follow(self, client: Client, known: Known) -> None:
        if client.socket.closed or known.chat_id in client.readers:
            return
        if known.ages > 1 and known.chat_id not in self.hub.chats:
            self.is_lossy.add(known.chat_id)  # so late, only the sweep knows that something came meanwhile
        reader = client.readers[known.chat_id] = Reader()
        reader.contents, reader.versions = dict(known.contents), dict(known.versions)
        self.run(partial(self.begin_join, client, known.chat_id, known.position))

    @rule(
        target=rings,
        client=clients,
        chat_id=st.sampled_from(CHATS),
        count=st.integers(1, 4),
        lost=st.integers(0, 4),
    )
    def follow_a_moment_after_reading(self, client: Client, chat_id: int, count: int, lost: int) -> object:
        known = self.read_a_chat(chat_id)
        changes = [self.say_or_change(chat_id, number, reacts=number % 2 == 0) for number in range(count)]
        self.deliver([change for number, change in enumerate(changes) if number != lost])
        self.follow(client, known)
        return multiple(*changes)

    @rule()
    def put_out_whoever_waits(self) -> None:
        for client in self.everybody:
            for chat_id, reader in list(client.readers.items()):
                if reader in client.joining:
                    self.leave(client, chat_id)

    @rule(client=clients, chat_id=st.sampled_from(CHATS))
    def sync(self, client: Client, chat_id: int) -> None:
        """Go on from what came, whether it was told to or not."""
        reader = client.readers.get(chat_id)
        if not (client.socket.closed or reader is None or reader in client.joining):
            self.run(partial(self.begin_sync, client, chat_id))

    def begin_sync(self, client: Client, chat_id: int) -> None:
        self.hub.leave(client.socket, chat_id)
        client.socket.lagging.discard(chat_id)
        self.hear(client)
        client.must_sync.discard(chat_id)
        self.begin_join(client, chat_id)

    @rule(client=clients, chat_id=st.sampled_from(CHATS))
    def leave(self, client: Client, chat_id: int) -> None:
        if not client.socket.closed and chat_id in client.readers:
            self.hub.leave(client.socket, chat_id)
            client.socket.lagging.discard(chat_id)
            self.hear(client)
            del client.readers[chat_id]
            client.must_sync.discard(chat_id)
            self.run()

    @rule(client=clients)
    def become_slow(self, client: Client) -> None:
        client.socket.is_slow = True

    @rule(client=clients)
    def read_on(self, client: Client) -> None:
        if client.socket.is_slow and not client.socket.closed:
            self.run(partial(client.socket.read_on))

    @rule(user_id=st.integers(1, 3))
    def tell_a_person(self, user_id: int) -> None:
        number = self.told[user_id] = self.told.get(user_id, 0) + 1
        frame = json.dumps({"type": "personal", "number": number}).encode()
        self.run(partial(self.hub.accept, [Personal([user_id], frame)]))

    @rule(client=consumes(clients))
    def disconnect(self, client: Client) -> None:
        self.everybody.remove(client)
        self.hub.remove(client.socket)
        self.run()

    # ------------------------------------------------------------ what holds

    @invariant()
    def nobody_is_kept_who_is_gone(self) -> None:
        sockets = {client.socket for client in self.everybody}
        for chat in self.hub.chats.values():
            assert chat.sockets and chat.sockets <= sockets
        assert {socket for own in self.hub.users.values() for socket in own} == sockets

    @invariant()
    def nobody_follows_what_they_left(self) -> None:
        for client in self.everybody:
            assert client.socket.following.keys() <= client.readers.keys()

    def teardown(self) -> None:
        try:
            if self.undelivered:
                self.run(partial(self.accept, self.undelivered))
            for client in self.everybody:
                self.read_on(client)
            self.settle()
            self.check([chat_id for chat_id in CHATS if chat_id not in self.is_lossy])
            versions = [(chat_id, log.version) for chat_id, log in self.logs.items()]
            self.run(partial(self.hub.behind, versions))
            self.settle()
            self.check(CHATS)
            for client in self.everybody:
                for chat_id in list(client.must_sync):
                    self.sync(client, chat_id)
            self.settle()
            assert not any(client.must_sync for client in self.everybody)
            self.check(CHATS)
            assert all(
                client.personal == self.told.get(client.socket.user_id, 0) for client in self.everybody
            )
        finally:
            self.loop.run_until_complete(self.tasks.cancel())
            self.loop.close()
            self.short.stop()

    def settle(self) -> None:
        """Answer what is read, and let time go on, until nothing is under way or held back."""
        for _ in range(ROUNDS):
            if not self.tasks.running and not any(chat.releasing for chat in self.hub.chats.values()):
                assert not any(chat.stream.held for chat in self.hub.chats.values())
                return
            for read in list(self.reads):
                self.run(partial(self.end_read, read))
            self.loop.now += REPAIR_RETRY
            self.run()
        raise AssertionError("it never comes to rest")

    def check(self, chat_ids: Sequence[int]) -> None:
        """Everybody who follows a chat has what the log has."""
        for client in self.everybody:
            for chat_id, reader in client.readers.items():
                if chat_id in chat_ids and chat_id not in client.must_sync:
                    assert chat_id in client.socket.following
                    assert reader.contents == self.logs[chat_id].contents


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(max_examples=300, stateful_step_count=50, deadline=None)


def test_a_reaction_that_came_while_a_gap_before_it_was_filled_is_sent_in_time() -> None:
    state = Delivery()
    first, second = state.connect(1), state.connect(2)
    state.follow(first, state.read_a_chat(2))
    state.lose(state.say_or_change(2, 0))
    state.follow(second, state.read_a_chat(2))  # knows more than this process, which reads the log
    [read] = state.reads
    read.found = state.logs[2].read(read.since)
    state.leave(second, 2)
    state.deliver([state.say_or_change(2, which, reacts=which == 2) for which in range(3)])
    state.teardown()
