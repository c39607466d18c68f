"""The channel layer on a real Redis: what it carries, and what it does when Redis dies, hangs or refuses.

The layer stands on inner parts of channels_redis and redis-py; each test here fails when those have changed.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
import redis
from channels.layers import channel_layers
from redis.exceptions import ConnectionError

from accounts.changes import AccessChanged
from benchmarks.processes import Missing, Process
from chat.realtime import layer as layer_module
from chat.realtime.layer import RedisLayer
from chat.realtime.relay import Relay
from lib import doorbell
from tests.people import PATIENCE
from tests.servers import HINT, Backing

GROUP = doorbell.GROUP


@pytest.fixture(scope="module")
def own() -> Iterator[Backing]:
    with Backing() as servers:
        try:
            servers.bench.redis()
        except Missing as missing:
            pytest.skip(f"{missing}. {HINT}")
        yield servers


@pytest.fixture
def url(own: Backing) -> str:
    return own.bench.redis()


@pytest.fixture
def server(own: Backing) -> Process:
    return own.process("redis")


@asynccontextmanager
async def layer(url: str) -> AsyncIterator[RedisLayer]:
    made = RedisLayer(hosts=[{"address": url, "socket_timeout": 2, "socket_connect_timeout": 2}])
    try:
        yield made
    finally:
        await made.flush()


@asynccontextmanager
async def listening(made: RedisLayer, group: str = GROUP) -> AsyncIterator[list[bytes]]:
    heard: list[bytes] = []
    task = asyncio.create_task(made.listen(group, heard.extend))
    try:
        await until(lambda: there(made, group))
        yield heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def there(made: RedisLayer, group: str) -> bool:
    """Whether Redis knows that this layer listens: a later command on its connection is answered after."""
    shard = made._get_layer()._shards[0]
    if not shard._subscribed_to or shard._wire is None:
        return False
    await shard._wire.call("PING")
    return True


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(0.01)


async def heard_again(speaker: RedisLayer, heard: list[bytes]) -> float:
    """Speak until it is heard; the seconds that it took."""
    heard.clear()
    started = time.monotonic()

    async def spoken() -> bool:
        with suppress(ConnectionError):
            await speaker.group_send(GROUP, {"n": "again"})
        return bool(heard)

    await until(spoken)
    return time.monotonic() - started


async def test_a_group_hears_in_order_whether_it_listens_or_receives(url):
    async with layer(url) as one, layer(url) as two, listening(one) as heard:
        channel = await two.new_channel()
        await two.group_add(GROUP, channel)
        big = b"\0\r\n" * 700_000  # comes in many reads
        messages = [{"n": 1, "data": big}, *({"n": n} for n in range(2, 40))]
        for message in messages:
            await two.group_send(GROUP, message)
        assert [await two.receive(channel) for _ in messages] == messages
        await until(lambda: there(one, GROUP))
        assert [one.deserialize(message) for message in heard] == messages


async def test_many_publish_at_once_and_each_gets_its_own_answer(url):
    async with layer(url) as one, listening(one) as heard:
        await asyncio.gather(*(one.group_send(GROUP, {"n": n}) for n in range(100)))
        assert [one.deserialize(message)["n"] for message in heard] == list(range(100))


async def test_a_listener_that_fails_misses_what_came_then_alone(url, caplog):
    async with layer(url) as one, listening(one):
        heard: list[bytes] = []

        def fail_once(messages: Sequence[bytes]) -> None:
            heard.extend(messages)
            if len(heard) == 1:
                raise ValueError("a bug")

        one._get_layer()._shards[0].listeners[one._get_layer()._get_group_channel_name(GROUP)] = fail_once
        await one.group_send(GROUP, {"n": 1})
        await one.group_send(GROUP, {"n": 2})
        assert len(heard) == 2 and "a bug" in caplog.text


async def test_after_a_restart_of_redis_it_hears_again_and_publishing_said_so(url, server):
    async with layer(url) as one, layer(url) as two, listening(one) as heard:
        channel = await one.new_channel()
        await one.group_add("other", channel)
        await two.group_send(GROUP, {"n": 1})
        server.stop()
        try:
            with pytest.raises(ConnectionError):
                await two.group_send(GROUP, {"n": 2})
            with pytest.raises(ConnectionError):
                await two.new_channel()
            assert not two._get_layer().channels, "what could not be made is not kept"
        finally:
            server.start()
        assert await heard_again(two, heard) < PATIENCE
        await two.group_send("other", {"n": 3})
        assert await one.receive(channel) == {"n": 3}


async def test_a_connection_that_redis_ends_is_made_again(url):
    async with layer(url) as one, layer(url) as two, listening(one) as heard:
        with redis.Redis.from_url(url) as admin:
            assert admin.client_kill_filter(_type="pubsub") == 1
        await heard_again(two, heard)


async def test_a_paused_redis_holds_a_ring_for_a_second_and_loses_no_later_one(url, server, settings):
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "chat.realtime.layer.RedisLayer", "CONFIG": {"hosts": [{"address": url}]}}
    }
    async with layer(url) as one, listening(one) as heard:
        await doorbell.send({"n": 1})
        os.kill(server.pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            with pytest.raises(TimeoutError):
                await doorbell.send({"n": 2})
            assert 0.9 < time.monotonic() - started < 3
        finally:
            os.kill(server.pid, signal.SIGCONT)
        await doorbell.send({"n": 3})
        await until(lambda: there(one, GROUP))
        assert [one.deserialize(message)["n"] for message in heard] == [1, 2, 3]
        await channel_layers["default"].flush()


async def test_a_redis_that_says_nothing_is_given_up(url, server, monkeypatch):
    monkeypatch.setattr(layer_module, "PING", 0.2)
    async with layer(url) as one, layer(url) as two, listening(one) as heard:
        await asyncio.sleep(0.7)  # it answers: the connection stays
        first = one._get_layer()._shards[0]._wire
        await one.group_send(GROUP, {"n": 1})
        assert len(heard) == 1 and first is not None
        os.kill(server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(ConnectionError):
                async with asyncio.timeout(PATIENCE):
                    await one.group_send(GROUP, {"n": 2})
        finally:
            os.kill(server.pid, signal.SIGCONT)
        await heard_again(two, heard)
        assert one._get_layer()._shards[0]._wire is not first


async def test_it_signs_in_and_says_what_redis_refuses(url):
    with redis.Redis.from_url(url) as admin:
        admin.acl_setuser("deaf", enabled=True, passwords=["+word"], categories=["+@all"], channels=["fine*"])
        address = url.replace("redis://", "redis://deaf:word@").removesuffix("/0") + "/3"
        try:
            async with layer(address) as one:
                for _ in range(2):  # also on the connection after
                    with pytest.raises(ConnectionError, match="refuses"):
                        await one.group_send(GROUP, {"n": 1})
                shard = one._get_layer()._shards[0]
                await shard.publish("fine", b"")
                await shard.subscribe("refused")
                with pytest.raises(ConnectionError, match="refuses"):
                    # the answer to another's command is not taken for its own
                    await shard.publish("fine", b"")
            with pytest.raises(ConnectionError):
                async with layer(address.replace("word", "wrong")) as one:
                    await one.group_send(GROUP, {"n": 1})
        finally:
            admin.acl_deluser("deaf")


async def test_a_relay_hears_all_but_its_own_rings(url, settings):
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "chat.realtime.layer.RedisLayer", "CONFIG": {"hosts": [{"address": url}]}}
    }
    taken: list = []
    relay = Relay(taken.extend, taken.append, taken.append)
    tasks = [asyncio.create_task(work) for work in (relay.receive(), relay.send())]
    made = channel_layers["default"]
    await until(lambda: there(made, GROUP))
    relay.publish([AccessChanged([1])])
    await doorbell.send(doorbell.encode([AccessChanged([2])], "another"))
    await made.group_send(GROUP, {"type": "doorbell", "origin": "a later version", "what": 1})
    await doorbell.send(doorbell.encode([AccessChanged([3])]))
    await until(lambda: there(made, GROUP))
    assert taken == [AccessChanged([2]), AccessChanged([3])] and relay.is_up
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await made.flush()
