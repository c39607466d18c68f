"""The doorbell: tells every server process that something changed, after it was committed.

It carries opaque items (bytes) to the hub of each process. Inside a server process the local hub is rung
directly, and passes the items on to the other processes; elsewhere (a command, a test) they go through the
channel layer. A lost ring loses nothing: the database is the log, and each hub sweeps it about once a second.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

GROUP = "chat"
RING_TIMEOUT = 1.0  # seconds
logger = logging.getLogger(__name__)


Ring = Callable[[Sequence[msgspec.Struct]], None]
_local: Ring | None = None


def attach(ring: Ring | None) -> None:
    """Called by the hub of this process when it starts (its thread-safe entrance) and stops (None)."""
    global _local
    _local = ring


def ring(items: Sequence[msgspec.Struct]) -> None:
    """Deliver `items` to every process. Call after the commit; never raises for a layer that is away."""
    if _local is not None:
        _local(items)
        return
    try:
        async_to_sync(send)(encode(items))
    except Exception as error:  # whatever the layer's driver raises: the sweep finds the change
        logger.warning("no doorbell, the sweep will deliver: %r", error)


def ring_on_commit(*items: msgspec.Struct) -> None:
    transaction.on_commit(lambda: ring(items))


class Message(msgspec.Struct):
    """What `encode` makes, as the process hears it that reads it off the channel layer."""

    origin: str
    at: float
    items: bytes


def encode(items: Sequence[msgspec.Struct], origin: str = "") -> dict[str, object]:
    """The message on the channel layer; `at` is when it was sent, in seconds since the epoch."""
    return {"type": "doorbell", "origin": origin, "at": time.time(), "items": msgspec.msgpack.encode(items)}


async def send(message: dict[str, object]) -> None:
    """One message to the group of all processes, bounded in time. Raises what the layer raises."""
    layer = get_channel_layer()
    assert layer is not None
    async with asyncio.timeout(RING_TIMEOUT):
        await layer.group_send(GROUP, message)
