"""Carries the doorbell's items between processes: each process has one channel in the channel layer's group.

Works with any layer of Channels; ours (chat.realtime.layer) also reports for how long nothing could be received.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import msgspec
from channels.layers import BaseChannelLayer, InMemoryChannelLayer, get_channel_layer

from chat.events import Read, Rung
from chat.realtime import metrics
from lib import doorbell

logger = logging.getLogger(__name__)
MOST_WAITING = 20_000  # items not yet sent; more are dropped, and the sweeps find them
RETRY = 0.5  # seconds
JOIN_AGAIN = 3600.0  # seconds; some layers forget members of a group after a day
#: The type of the message that chat.realtime.layer sends to each channel after a reconnect, with the `seconds` it took.
RETURNED = "layer.returned"
OBSERVED = 8  # one ring in so many is timed: recording one costs as much as receiving it
_decode = msgspec.msgpack.Decoder(list[Rung]).decode


class Relay:
    def __init__(
        self,
        accept: Callable[[Sequence[Rung]], None],
        lost: Callable[[set[tuple[int, int]]], None],
        deaf: Callable[[float], None],
    ) -> None:
        """`lost` is called with read positions that could not be sent, `deaf` with the seconds in which nothing could
        be received."""
        self.origin = uuid4().hex
        self._accept = accept
        self._lost = lost
        self._deaf = deaf
        self._waiting: list[Rung] = []
        self._wake = asyncio.Event()
        self._heard = 0
        self._rung: list[dict[str, Any]] = []  # received, but not delivered yet
        self._deaf_since: float | None = None
        #: A single process on the in-memory layer has no other listeners.
        self.alone = isinstance(get_channel_layer(), InMemoryChannelLayer)
        self.is_up = True
        metrics.LAYER.set(1)

    def publish(self, items: Sequence[Rung]) -> None:
        """Send these items soon; items that come while a message is being sent go into the next one."""
        if self.alone:
            return
        if len(self._waiting) > MOST_WAITING:
            metrics.RINGS_DROPPED.inc(len(items))
            self._note_reads(items)
            return
        self._waiting.extend(items)
        self._wake.set()

    async def send(self) -> None:
        """The task that sends: one message per batch."""
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
        """The task that receives."""
        while True:
            try:
                layer = get_channel_layer()
                assert layer is not None
                channel = await layer.new_channel("relay")
                await layer.group_add(doorbell.GROUP, channel)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._stay(layer, channel))
                    tasks.create_task(self._listen(layer, channel))
            except Exception as error:  # as above
                self._deaf_since = self._deaf_since or time.monotonic()
                self._note(False, error)
                await asyncio.sleep(RETRY)

    async def _stay(self, layer: BaseChannelLayer, channel: str) -> None:
        if self._deaf_since is not None:
            self._deaf(time.monotonic() - self._deaf_since)
            self._deaf_since = None
        while True:
            await asyncio.sleep(JOIN_AGAIN)
            await layer.group_add(doorbell.GROUP, channel)

    async def _listen(self, layer: BaseChannelLayer, channel: str) -> None:
        """Deliver rings that came together in one batch: those already there are received without a pause."""
        while True:
            message = await layer.receive(channel)
            if message.get("type") == RETURNED:
                self._deaf(message["seconds"])
                continue
            if not self._rung:
                asyncio.get_running_loop().call_soon(self._deliver)
            self._rung.append(message)

    def _deliver(self) -> None:
        messages, self._rung = self._rung, []
        items: list[Rung] = []
        for message in messages:
            try:
                ring = msgspec.convert(message, doorbell.Envelope)
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
