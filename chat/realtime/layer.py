"""The channel layer on Redis: channels_redis' pub/sub layer on a connection with less work for each message.

channels_redis receives through redis-py, which takes a timer, a lock and several coroutines for each message, and polls
ten times a second when idle. Here redis-py only connects (address, TLS, password, database) and hands the connection to
`Wire`: one connection both publishes and subscribes, which needs RESP3 and so Redis 6, and nothing polls.
Messages sent while a connection is down are lost, as with channels_redis; the sweeps find the changes. After a
reconnect, channels of this process that were made by `new_channel("relay")` get a message of the type
`layer.returned`, whose `seconds` say how long they received nothing.

Only CHANNEL_LAYERS in the settings names this module: any other layer of Channels can be used instead.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import hiredis
from channels_redis.pubsub import RedisPubSubChannelLayer, RedisSingleShardConnection
from channels_redis.utils import create_pool
from redis.exceptions import ConnectionError
from redis.maint_notifications import MaintNotificationsConfig

logger = logging.getLogger(__name__)
TOLD = "relay"  # the prefix of channels that are notified when the connection is back
RETRY = 0.5  # seconds between attempts to connect again
PING = 15.0  # seconds; without a reply for as long again, the connection counts as lost
_MORE = object()


class Wire(asyncio.Protocol):
    """A connection after redis-py's handshake: replies come in the order of the commands, messages go to `hear`."""

    def __init__(
        self,
        connection: Any,
        hear: Callable[[bytes, bytes], None],
        lost: Callable[[Exception], None],
    ) -> None:
        self._connection = connection  # keep a reference: it closes the socket when it is garbage-collected
        self._hear = hear
        self._lost: Callable[[Exception], None] | None = lost
        self._reader = hiredis.Reader(notEnoughData=_MORE)
        self._waiting: deque[asyncio.Future[object] | None] = deque()
        self._loop = asyncio.get_running_loop()
        self._is_quiet = False  # nothing received since the last PING
        self._timer = self._loop.call_later(PING, self._ping)
        self._transport: asyncio.Transport = connection._writer.transport
        # Redis sends nothing unsolicited before the first SUBSCRIBE: redis-py's reader has no bytes left.
        self._transport.set_protocol(self)

    def write(self, *command: str | bytes) -> None:
        self._transport.write(hiredis.pack_command(command))  # type: ignore[arg-type]  # its type takes one part only

    def call(self, *command: str | bytes) -> "asyncio.Future[object]":
        """Send a command and await its reply. Raises ConnectionError if the connection ends before."""
        future = self._loop.create_future()
        self._waiting.append(future)
        self.write(*command)
        return future

    def data_received(self, data: bytes) -> None:
        self._is_quiet = False
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not _MORE:
            if not isinstance(reply, hiredis.PushNotification):
                self._answer(reply)
            elif reply[0] == b"message":
                self._hear(reply[1], reply[2])

    def _answer(self, reply: object) -> None:
        if isinstance(reply, hiredis.HiredisError):
            # SUBSCRIBE has a reply only if it is refused: it is unknown which command this error, and the next reply,
            # belong to.
            self._end(ConnectionError(f"Redis refuses a command: {reply}"))
        elif self._waiting and (future := self._waiting.popleft()) is not None and not future.done():
            future.set_result(reply)

    def _ping(self) -> None:
        if self._is_quiet:
            self._end(ConnectionError("Redis does not answer"))
            return
        self._is_quiet = True
        self._waiting.append(None)
        self.write("PING")
        self._timer = self._loop.call_later(PING, self._ping)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(ConnectionError(f"the connection to Redis ended: {error!r}"))

    def _end(self, error: Exception) -> None:
        """Fail all waiting calls with this error; the connection is not used again."""
        self._timer.cancel()
        self._transport.abort()
        while self._waiting:
            if (future := self._waiting.popleft()) is not None and not future.done():
                future.set_exception(error)
        if self._lost is not None:
            lost, self._lost = self._lost, None
            lost(error)

    async def close(self) -> None:
        """Close in order: data already written still goes out."""
        self._lost = None
        self._timer.cancel()
        await self._connection.disconnect(nowait=True)


class Shard(RedisSingleShardConnection):
    """channels_redis' connection to one Redis, with a Wire for redis-py's two connections and its reading task."""

    def __init__(self, host: dict[str, Any], channel_layer: Any) -> None:
        super().__init__(host, channel_layer)
        quiet = MaintNotificationsConfig(enabled=False)  # a Wire would not understand them
        self._pool = create_pool({**host, "protocol": 3, "maint_notifications_config": quiet})
        self._wire: Wire | None = None
        self._returning: asyncio.Task[None] | None = None
        self._lost_at = 0.0

    async def publish(self, channel: str, message: bytes) -> None:
        await (self._wire or await self._connected()).call("PUBLISH", channel, message)

    async def subscribe(self, channel: str) -> None:
        if channel in self._subscribed_to:
            return
        try:
            wire = await self._connected()
        except BaseException:
            # `new_channel` has registered it already, and no one else knows it.
            self.channel_layer.channels.pop(channel, None)
            raise
        wire.write("SUBSCRIBE", channel)
        self._subscribed_to.add(channel)

    async def unsubscribe(self, channel: str) -> None:
        self._subscribed_to.discard(channel)
        if self._wire is not None:
            self._wire.write("UNSUBSCRIBE", channel)

    async def flush(self) -> None:
        if self._returning is not None:
            self._returning.cancel()
            await asyncio.wait([self._returning])
        async with self._lock:
            self._subscribed_to.clear()
            if self._wire is not None:
                wire, self._wire = self._wire, None
                await wire.close()

    async def _connected(self) -> Wire:
        async with self._lock:
            if self._wire is None:
                connection = self._pool.make_connection()
                try:
                    await connection.connect()
                    if connection._reader.at_eof() or connection._writer.transport.is_closing():
                        # nothing would await the error later
                        raise ConnectionError("Redis closed the connection at once")
                    self._wire = Wire(connection, self._heard, self._lost)
                except BaseException:
                    await connection.disconnect(nowait=True)
                    raise
                if self._subscribed_to:
                    self._wire.write("SUBSCRIBE", *self._subscribed_to)
                    self._tell_returned(time.monotonic() - self._lost_at)
            return self._wire

    def _heard(self, channel: bytes, message: bytes) -> None:
        self._receive_message({"channel": channel, "data": message})

    def _tell_returned(self, seconds: float) -> None:
        layer = self.channel_layer
        told = layer.channel_layer.serialize({"type": "layer.returned", "seconds": seconds})
        for channel, queue in layer.channels.items():
            if channel.startswith(layer.prefix + TOLD):
                queue.put_nowait(told)

    def _lost(self, error: Exception) -> None:
        self._wire = None
        self._lost_at = time.monotonic()
        logger.warning("%s", error)
        if self._subscribed_to and (self._returning is None or self._returning.done()):
            self._returning = asyncio.get_running_loop().create_task(self._return())

    async def _return(self) -> None:
        """Reconnect and subscribe again, unless a publisher reconnects first."""
        while self._wire is None:
            await asyncio.sleep(RETRY)
            with contextlib.suppress(Exception):  # whatever redis-py raises while Redis is unreachable
                await self._connected()
        logger.info("connected to Redis again")


class RedisLayer(RedisPubSubChannelLayer):
    def _get_layer(self) -> Any:
        layer = self._layers.get(asyncio.get_running_loop())
        if layer is None:
            layer = super()._get_layer()
            layer._shards = [Shard(shard.host, layer) for shard in layer._shards]
        return layer
