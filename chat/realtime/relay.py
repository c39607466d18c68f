"""The doorbell between processes: this process as the one member of the channel layer's group."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from uuid import uuid4

import msgspec
from channels.layers import get_channel_layer

from chat.events import Read, Rung
from chat.realtime import metrics
from chat.realtime.layer import RedisLayer
from lib import doorbell

logger = logging.getLogger(__name__)
MOST_WAITING = 20_000  # items not yet rung for; past that they are dropped, and the sweeps find them
RETRY = 0.5  # seconds
OBSERVED = 8  # one ring in so many is timed: noting it costs as much as taking it
_decode = msgspec.msgpack.Decoder(list[Rung]).decode
_decode_ring = msgspec.msgpack.Decoder(doorbell.Envelope).decode


class Relay:
    def __init__(
        self,
        accept: Callable[[Sequence[Rung]], None],
        lost: Callable[[set[tuple[int, int]]], None],
        deaf: Callable[[float], None],
    ) -> None:
        """`lost` is told of read positions that could not be rung for, `deaf` of seconds without hearing rings."""
        self.origin = uuid4().hex
        self._accept = accept
        self._lost = lost
        self._deaf = deaf
        self._waiting: list[Rung] = []
        self._wake = asyncio.Event()
        self._heard = 0
        layer = get_channel_layer()
        self._layer = layer if isinstance(layer, RedisLayer) else None
        #: In one process on the in-memory layer nobody else is listening.
        self.alone = self._layer is None
        self.is_up = True
        metrics.LAYER.set(1)

    def publish(self, items: Sequence[Rung]) -> None:
        """Ring for these items soon; what gathers while one ring is under way goes with the next."""
        if self.alone:
            return
        if len(self._waiting) > MOST_WAITING:
            metrics.RINGS_DROPPED.inc(len(items))
            self._note_reads(items)
            return
        self._waiting.extend(items)
        self._wake.set()

    async def send(self) -> None:
        """The task that rings: one message per batch."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            items, self._waiting = self._waiting, []
            try:
                await doorbell.send(doorbell.encode(items, self.origin))
                self._note(True)
            except Exception as error:  # whatever the layer's driver raises; the sweeps deliver meanwhile
                self._note(False, error)
                self._note_reads([*items, *self._waiting])

    def _note_reads(self, items: Sequence[Rung]) -> None:
        if lost := {(item.chat_id, item.user_id) for item in items if isinstance(item, Read)}:
            self._lost(lost)

    async def receive(self) -> None:
        """The task that listens."""
        while self._layer is not None:
            try:
                await self._layer.listen(doorbell.GROUP, self._hear, self._deaf)
            except Exception as error:  # as above
                self._note(False, error)
                await asyncio.sleep(RETRY)

    def _hear(self, messages: Sequence[bytes]) -> None:
        """Rings that came together are delivered together."""
        items: list[Rung] = []
        for message in messages:
            try:
                ring = _decode_ring(message)
                if ring.origin == self.origin:
                    continue
                items += _decode(ring.items)
            except msgspec.DecodeError as error:
                logger.error("a message of another version of this server was passed over: %s", error)
                continue
            if self._heard % OBSERVED == 0:
                metrics.DOORBELL.observe(max(0.0, time.time() - ring.at))
            self._heard += 1
        if items:
            self._accept(items)

    def _note(self, is_up: bool, error: Exception | None = None) -> None:
        if is_up != self.is_up:
            self.is_up = is_up
            metrics.LAYER.set(is_up)
            if is_up:
                logger.info("the channel layer is back")
            else:
                logger.warning("the channel layer is away, messages come through the database: %r", error)
