"""Work that follows a commit: at least once, in order, in one process at a time, whatever dies meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import followers, users
from accounts.models import FollowerPosition, User
from benchmarks.processes import HERE, free_port
from chat import followers as log
from chat import messages, policy
from chat.log.rows import Draft
from chat.log.store import store
from chat.models import Chat, Followed
from chat.protocol import Message
from tests.people import PATIENCE, People
from tests.servers import BACKENDS, Backing

ME, OTHER = uuid4(), uuid4()


class Index(log.LogFollower):
    """Writes down what it is told; fails when it is told to."""

    name = "index"
    from_the_beginning = True

    def __init__(self) -> None:
        self.told: list[tuple[int, int, str]] = []
        self.fails_at: str | None = None

    def handle(self, chat: Chat, messages: Sequence[Message]) -> None:
        for message in messages:
            if message.content == self.fails_at:
                raise RuntimeError("the disk is full")
            self.told.append((chat.pk, message.version, message.content))

    def texts(self) -> list[str]:
        return [content for _, _, content in self.told]


class Push(Index):
    name = "push"
    from_the_beginning = False


@pytest.fixture
def ann(transactional_db) -> User:
    return users.sign_up("ann", "ann@example.org", "a long password 4 tests")


def say(user: User, *contents: str) -> list[int]:
    general = policy.general_id()
    return [messages.post(Draft(general, user.pk, user.username, content)).id for content in contents]


def test_a_follower_from_the_beginning_is_told_everything_and_then_what_comes(ann: User):
    index = Index()
    say(ann, "one", "two")
    assert followers.run(index, ME)
    assert index.texts() == ["one", "two"]
    say(ann, "three")
    assert followers.run(index, ME)
    assert index.texts() == ["one", "two", "three"]
    assert followers.run(index, ME) and len(index.told) == 3


def test_another_one_starts_with_what_is_said_from_then_on(ann: User):
    push = Push()
    first, _ = say(ann, "before", "also before")
    assert followers.run(push, ME) and push.told == []
    say(ann, "after")
    messages.edit(ann, first, "before, edited")
    assert followers.run(push, ME)
    assert push.texts() == ["after", "before, edited"]


def test_edits_and_deletions_come_as_changes_in_the_order_of_versions(ann: User):
    index = Index()
    first, second = say(ann, "one", "two")
    assert followers.run(index, ME)
    messages.edit(ann, first, "one, edited")
    messages.delete(ann, second)
    assert followers.run(index, ME)
    versions = [version for _, version, _ in index.told]
    assert versions == sorted(versions)
    assert index.texts()[2:] == ["one, edited", ""]


def test_a_step_that_fails_is_repeated_from_where_the_position_is(ann: User):
    index = Index()
    say(ann, "one")
    assert followers.run(index, ME)
    say(ann, "two", "three")
    index.fails_at = "three"
    with pytest.raises(RuntimeError):
        followers.run(index, ME)
    index.fails_at = None
    assert followers.run(index, ME)
    assert index.texts() == ["one", "two", "two", "three"]  # at least once


def test_only_the_process_with_the_lease_works_until_it_is_given_back_or_runs_out(ann: User):
    index = Index()
    assert followers.run(index, ME)
    say(ann, "one")
    assert not followers.run(index, OTHER) and index.told == []
    followers.release(ME)
    assert followers.run(index, OTHER) and index.texts() == ["one"]
    assert not followers.run(index, ME)
    FollowerPosition.objects.update(leased_until=timezone.now() - timedelta(seconds=1))  # it died
    assert followers.run(index, ME)


def test_many_chats_are_followed_over_several_steps(ann: User, monkeypatch):
    monkeypatch.setattr(log, "CHATS", 3)
    monkeypatch.setattr(log, "MARKED", 2)
    monkeypatch.setattr(log, "MESSAGES", 2)
    chats = Chat.objects.bulk_create(Chat(kind=Chat.Kind.ROOM, title=f"Room {number}") for number in range(8))
    index, push = Index(), Push()
    assert followers.run(push, ME)
    assert Followed.objects.filter(name="push").count() == len(chats) + 1  # general
    store([Draft(chat.pk, ann.pk, "ann", f"{number}") for chat in chats for number in range(5)])
    for follower in (index, push):
        assert followers.run(follower, ME)
        for chat in chats:
            assert [text for told, _, text in follower.told if told == chat.pk] == ["0", "1", "2", "3", "4"]


@asynccontextmanager
async def mail_server(port: int) -> AsyncIterator[asyncio.Queue[str]]:
    """Takes mails by SMTP (RFC 5321), and gives their texts."""
    mails: asyncio.Queue[str] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                mails.put_nowait((await reader.readuntil(b"\r\n.\r\n")).decode())
            writer.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 fine\r\n")
        writer.close()

    server = await asyncio.start_server(talk, HERE, port)
    async with server:
        yield mails


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_mail_outlives_a_mail_server_that_is_away_and_a_server_that_is_killed(
    backing: Backing, backend: str
):
    port = free_port()
    past = "'2020-01-01T00:00Z'"
    models = "from accounts.models import FollowerPosition as F, WaitingMail as W"
    due = f"{models}; F.objects.update(leased_until={past}); print(W.objects.update(due_at={past}))"
    tries = f"{models}; print(list(W.objects.values_list('tries', flat=True)))"
    shell = ("shell", "--verbosity=0", "-c")
    with backing.chat_server(backend, EMAIL_URL=f"smtp://{HERE}:{port}") as server:
        async with People(server) as people:
            await people.sign_up("ann")  # a mail to prove the address: nothing listens there
        async with asyncio.timeout(PATIENCE):
            while json.loads(await asyncio.to_thread(server.manage, *shell, tries)) != [1]:
                await asyncio.sleep(0.1)
        server.kill()
        assert server.manage(*shell, due).strip() == "1"
        async with mail_server(port) as mails:
            await asyncio.to_thread(server.start)
            async with asyncio.timeout(PATIENCE):
                assert "/email/verify?token=" in (await mails.get()).replace("=\r\n", "").replace("=3D", "=")
            async with asyncio.timeout(PATIENCE):
                while json.loads(await asyncio.to_thread(server.manage, *shell, tries)):
                    await asyncio.sleep(0.1)
            assert mails.empty()
