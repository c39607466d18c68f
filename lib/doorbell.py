"""The doorbell: tells every server process that something changed, after it was committed.

A verb calls `ring_on_commit` with items that mean nothing here. They go to the hub of this process, which passes them
on to the other processes (`send`); from a command, which has no hub, they go to the processes directly.
A lost ring loses nothing: the database is the log, and each process sweeps it about once a second.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

GROUP = "chat"
RING_TIMEOUT = 1.0  # seconds
logger = logging.getLogger(__name__)

Deliver = Callable[[Sequence[msgspec.Struct]], None]
_local: Deliver | None = None


def attach(deliver: Deliver | None) -> None:
    """Set the thread-safe function that hands items to this process's hub; None when the hub stops."""
    global _local
    _local = deliver


class _Ring:
    """A commit hook that delivers the items of its transaction, if it is the transaction's last one."""

    def __init__(self, earlier: "_Ring | None") -> None:
        self.items: list[msgspec.Struct] = earlier.items if earlier else []
        self.is_last = True
        if earlier:
            earlier.is_last = False

    def __call__(self) -> None:
        if self.is_last:
            items = list(self.items)
            self.items.clear()
            _deliver(items)


def ring_on_commit(*items: msgspec.Struct) -> None:
    """Deliver `items` to every process: once for a whole transaction after its commit, at once outside of one.

    The order is kept. Items of a rolled-back transaction or savepoint are not delivered.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        _deliver(items)
        return
    earlier = next(
        (hook for _, hook, _ in reversed(connection.run_on_commit) if isinstance(hook, _Ring)), None
    )
    ring = _Ring(earlier)
    transaction.on_commit(partial(ring.items.extend, items))  # Django drops it with its savepoint
    connection.run_on_commit.append(
        (set(), ring, False)
    )  # in no savepoint: items rung before a savepoint survive its rollback


def _deliver(items: Sequence[msgspec.Struct]) -> None:
    """Never raises, even if the channel layer can't be reached."""
    if not items:
        return
    if _local is not None:
        _local(items)
        return
    try:
        async_to_sync(send)(encode(items))
    except Exception as error:  # whatever the layer's driver raises: the sweep finds the change
        logger.warning("no doorbell, the sweep will deliver: %r", error)


class Envelope(msgspec.Struct):
    """A message of the channel layer, without its `type`."""

    origin: str  # the process that sent it, which has delivered it to its own sockets
    at: float  # seconds since the epoch
    items: bytes


def encode(items: Sequence[msgspec.Struct], origin: str = "") -> dict[str, object]:
    """The channel layer's message around these items (see `Envelope`)."""
    return {"type": "doorbell", "origin": origin, "at": time.time(), "items": msgspec.msgpack.encode(items)}


async def send(message: dict[str, object]) -> None:
    """Send one message to the group of all processes, bounded in time. Raises what the layer raises."""
    layer = get_channel_layer()
    assert layer is not None
    async with asyncio.timeout(RING_TIMEOUT):
        await layer.group_send(GROUP, message)
