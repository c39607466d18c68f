"""The channel layer on a real Redis: what it carries, and what it does when Redis dies, hangs or refuses.

The layer stands on inner parts of channels_redis and redis-py; each test here fails when those have changed.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

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
from tests.people import PATIENCE, People
from tests.servers import HINT, SQLITE, Backing

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
async def listening(made: RedisLayer) -> AsyncIterator[list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []
    channel = await made.new_channel("relay")
    await made.group_add(GROUP, channel)

    async def listen() -> None:
        while True:
            heard.append(await made.receive(channel))

    task = asyncio.create_task(listen())
    try:
        await until(lambda: there(made))
        yield heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def there(made: RedisLayer) -> bool:
    """Whether Redis knows that this layer listens, and all that was sent to it is heard: a later command on its
    connection is answered after."""
    shard = made._get_layer()._shards[0]
    if not any(GROUP in channel for channel in shard._subscribed_to) or shard._wire is None:
        return False
    await shard._wire.call("PING")
    await asyncio.sleep(0)  # whoever receives has received
    return True


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(0.01)


async def heard_again(speaker: RedisLayer, heard: list[dict[str, Any]]) -> float:
    """Speak until it is heard; the seconds that it took."""
    heard.clear()
    started = time.monotonic()

    async def spoken() -> bool:
        with suppress(ConnectionError):
            await speaker.group_send(GROUP, {"n": "again"})
        return {"n": "again"} in heard

    await until(spoken)
    return time.monotonic() - started


async def test_all_members_of_a_group_hear_in_order(url):
    async with layer(url) as one, layer(url) as two, listening(one) as heard:
        channel = await two.new_channel()
        await two.group_add(GROUP, channel)
        big = b"\0\r\n" * 700_000  # comes in many reads
        messages = [{"n": 1, "data": big}, *({"n": n} for n in range(2, 40))]
        for message in messages:
            await two.group_send(GROUP, message)
        assert [await two.receive(channel) for _ in messages] == messages
        await until(lambda: there(one))
        assert heard == messages


async def test_many_publish_at_once_and_each_gets_its_own_answer(url):
    async with layer(url) as one, listening(one) as heard:
        await asyncio.gather(*(one.group_send(GROUP, {"n": n}) for n in range(100)))
        await until(lambda: there(one))
        assert [message["n"] for message in heard] == list(range(100))


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
        assert heard[0]["type"] == "layer.returned" and 0 < heard[0]["seconds"] < PATIENCE


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
        await until(lambda: there(one))
        assert [message["n"] for message in heard] == [1, 2, 3]
        await channel_layers["default"].flush()


async def test_a_redis_that_says_nothing_is_given_up(url, server, monkeypatch):
    monkeypatch.setattr(layer_module, "PING", 0.2)
    async with layer(url) as one, layer(url) as two, listening(one) as heard:
        await asyncio.sleep(0.7)  # it answers: the connection stays
        first = one._get_layer()._shards[0]._wire
        await one.group_send(GROUP, {"n": 1})
        await until(lambda: there(one))
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


LAYERS = [
    "chat.realtime.layer.RedisLayer",
    "channels_redis.pubsub.RedisPubSubChannelLayer",
    "channels_redis.core.RedisChannelLayer",
]


@pytest.fixture(params=LAYERS)
async def relay(request, url, settings) -> AsyncIterator[tuple[Relay, list[Any]]]:
    """One that listens and rings on this layer, and what it takes."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": request.param, "CONFIG": {"hosts": [{"address": url}]}}}
    taken: list[Any] = []

    def take(items: Sequence[Any]) -> None:
        taken.extend(items)
        if AccessChanged([0]) in items:
            raise ValueError("a bug")

    made = Relay(take, taken.append, taken.append)
    tasks = [asyncio.create_task(work) for work in (made.receive(), made.send())]

    async def heard() -> bool:
        await doorbell.send(doorbell.encode([AccessChanged([99])]))
        await asyncio.sleep(0.01)
        return bool(taken)

    await until(heard)
    yield made, taken
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await channel_layers["default"].flush()


async def test_a_relay_hears_all_but_its_own_rings_on_any_layer(relay):
    one, taken = relay
    one.publish([AccessChanged([1])])
    await doorbell.send(doorbell.encode([AccessChanged([2])], "another"))
    await channel_layers["default"].group_send(
        GROUP, {"type": "doorbell", "origin": "a later version", "what": 1}
    )
    await doorbell.send(doorbell.encode([AccessChanged([3])]))

    async def heard_last() -> bool:
        return AccessChanged([3]) in taken

    await until(heard_last)
    assert [item for item in taken if item != AccessChanged([99])] == [AccessChanged([2]), AccessChanged([3])]
    assert one.is_up


async def test_a_relay_whose_hub_fails_misses_what_came_then_alone(relay):
    _, taken = relay
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: failed.append(context))
    failed: list[Any] = []
    await doorbell.send(doorbell.encode([AccessChanged([0])]))

    async def has_failed() -> bool:
        return bool(failed)

    await until(has_failed)
    await doorbell.send(doorbell.encode([AccessChanged([5])]))

    async def heard_last() -> bool:
        return AccessChanged([5]) in taken

    await until(heard_last)


async def test_two_processes_hear_each_other_on_a_plain_layer_of_channels_redis(own, url):
    """Who types is said over the layer alone: no sweep of the database would find it."""
    environment = {
        "REDIS_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.plain_layer",
        "CHANNEL_LAYER": "channels_redis.pubsub.RedisPubSubChannelLayer",
    }
    with own.chat_server(SQLITE, **environment) as first:
        second = own.chat_server(SQLITE, **environment, DATABASE_URL=first.environment["DATABASE_URL"])
        second.start()
        try:
            async with People(first) as here, People(second) as there:
                ann, bob = await here.sign_up("ann"), await there.sign_up("bob")
                watching, typing = await ann.socket("/ws"), await bob.socket("/ws")
                await typing.send({"type": "typing", "chat": "general"})
                await watching.get("user_typing", user_id=bob.id, typing=True)
                await typing.said("hello", chat="general")
                await watching.get("message", content="hello")
        finally:
            second.stop()
