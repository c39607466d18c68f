"""Group commit: messages that arrive during a transaction are stored together in the next one.

One thread with one connection stores; an ack goes out after the commit, together with the message itself.
"""

import asyncio
import logging
import time
from collections import deque

from chat import protocol, read_marks
from chat.events import Change
from chat.log import statements
from chat.log.rows import Draft
from chat.log.store import Outcome, Stored, store
from chat.realtime import decoding, metrics
from chat.realtime.database import DatabaseThreads
from chat.realtime.hub import Hub
from chat.realtime.sockets import Socket
from lib import errors
from lib.database import pool
from lib.rest import RETRY_AFTER, translate
from lib.threads import Threads

logger = logging.getLogger(__name__)
BATCH = 512  # messages in one transaction, at most
WAITING = 4096  # messages not yet stored; at this many, sockets are not read from
COMMIT_TIMEOUT = 5.0  # seconds from a message's arrival until its sender gets `unavailable`
COMMIT_LEAST = 1.0  # seconds that a batch gets at least, however long it has waited for the one before
READ_DELAY = 0.2  # seconds in which read positions are batched
Put = tuple[Socket, Draft, float]  # its sender, and when it arrived
Answers = list[tuple[Put, Outcome]]


class Writer:
    def __init__(self, hub: Hub, database: DatabaseThreads) -> None:
        self.hub = hub
        self.database = database
        self._queue: deque[Put] = deque()
        self._reads: dict[tuple[int, int], int] = {}
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._reads_wake = asyncio.Event()
        self._reads_idle = asyncio.Event()
        self._reads_idle.set()
        self._thread = Threads(1, "writer")

    def put(self, socket: Socket, draft: Draft) -> None:
        """Queue the draft to be stored; the socket gets an `ack` after the commit, or an `error`."""
        self._queue.append((socket, draft, time.monotonic()))
        self._idle.clear()
        self._wake.set()
        if len(self._queue) >= WAITING:
            self._room.clear()

    @property
    def waiting(self) -> int:
        """Messages not yet stored."""
        return len(self._queue)

    @property
    def is_full(self) -> bool:
        return not self._room.is_set()

    async def room(self) -> None:
        """Wait until there is room for more."""
        await self._room.wait()

    def read(self, chat_id: int, user_id: int, seq: int) -> None:
        """Queue a read position; positions are stored in batches."""
        key = (chat_id, user_id)
        self._reads[key] = max(seq, self._reads.get(key, 0))
        self._reads_idle.clear()
        self._reads_wake.set()

    async def run(self) -> None:
        """The task that stores batch after batch; one is answered while the database stores the next."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            stored: Answers = []
            while self._queue:
                if not stored:  # no answers to send: no task needed
                    stored = await self._batch()
                    continue
                storing = asyncio.create_task(self._batch())
                await asyncio.sleep(0)  # let the task start
                self._answer(stored)
                stored = await storing
            self._answer(stored)
            self._idle.set()

    async def run_reads(self) -> None:
        """The task that stores read positions, a few times a second."""
        while True:
            await self._reads_wake.wait()
            self._reads_wake.clear()
            await asyncio.sleep(READ_DELAY)
            await self._store_reads()
            if not self._reads:
                self._reads_idle.set()

    async def drain(self) -> None:
        """Wait until everything queued is stored and answered."""
        await self._idle.wait()
        await self._reads_idle.wait()

    def stop(self) -> None:
        self._thread.stop()

    async def _batch(self) -> Answers:
        """Store the waiting drafts. Returns their outcomes."""
        batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
        if len(self._queue) < WAITING // 2:
            self._room.set()
        drafts = [draft for _, draft, _ in batch]
        metrics.BATCH.observe(len(batch))
        metrics.WAITING.set(len(self._queue))
        try:
            with metrics.COMMIT.time():
                outcomes = await self._in_thread(drafts, batch[0][2])
        except Exception as error:  # none of the batch counts as stored: each sender gets an error
            refusal = translate(error)
            if refusal is None or isinstance(error, TimeoutError):
                logger.error("a batch of %d messages was not stored", len(batch), exc_info=error)
                refusal = errors.Unavailable("The message couldn't be stored. Send it again.", RETRY_AFTER)
            if isinstance(refusal, errors.Unavailable):
                batch += self._waiting()  # else each batch in turn would wait seconds for the same error
            outcomes = [refusal] * len(batch)
        return list(zip(batch, outcomes, strict=True))

    def _waiting(self) -> list[Put]:
        """Take everything out of the queue."""
        waiting = list(self._queue)
        self._queue.clear()
        self._room.set()
        return waiting

    def _answer(self, stored: Answers) -> None:
        if not stored:
            return
        changes: list[Change] = []
        replies: list[tuple[Socket, bytes]] = []
        for (socket, draft, _), outcome in stored:
            if isinstance(outcome, Stored):
                if outcome.change is not None:
                    changes += (outcome.change, *outcome.others)
                replies.append((socket, _ack(draft, outcome)))
            else:
                metrics.REFUSALS.labels(outcome.code).inc()
                replies.append((socket, decoding.error_frame(outcome, draft.client_id)))
        metrics.STORED.inc(sum(change.seq > 0 for change in changes))
        self.hub.publish(changes, replies)
        metrics.ACK.observe(time.monotonic() - stored[0][0][2])

    async def _in_thread(self, drafts: list[Draft], since: float) -> list[Outcome]:
        waited = time.monotonic() - since
        async with asyncio.timeout(max(COMMIT_LEAST, COMMIT_TIMEOUT - waited)):
            return await self._thread.run(lambda: _store(drafts))

    async def _store_reads(self) -> None:
        reads, self._reads = self._reads, {}
        try:
            await self.database(read_marks.mark, reads)
        except Exception as error:
            logger.warning("%d read positions were not stored: %s", len(reads), error)
            if isinstance(translate(error), errors.Unavailable):  # they wait for the database to be back
                for key, seq in reads.items():
                    self._reads[key] = max(seq, self._reads.get(key, 0))
                self._reads_wake.set()


def _store(drafts: list[Draft]) -> list[Outcome]:
    try:
        statements.only_store()
        return store(drafts)
    except Exception:
        pool.renew()
        statements.leave()  # the next batch starts with a new connection
        raise


def _ack(draft: Draft, stored: Stored) -> bytes:
    return protocol.encode(
        protocol.Ack(
            chat=stored.chat_key,
            client_id=draft.client_id,
            id=stored.id,
            seq=stored.seq,
            version=stored.version,
            timestamp=stored.timestamp,
        )
    )
