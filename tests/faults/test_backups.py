"""Backups are whole, taken while people write, and restored on either database; nothing half is made or taken."""

import asyncio
import io
import json
import os
import resource
import sqlite3
import stat
import uuid
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from accounts import users
from accounts.models import User
from chat.log.rows import Draft
from chat.log.store import store
from chat.models import Chat, ServerProcess
from chatproject.operations import backups
from files.models import StoredFile
from tests.people import People, Person
from tests.servers import POSTGRES, SQLITE, ChatServer, command

EPOCH = "from chat.models import Epoch; print(Epoch.objects.get())"
CALL = "from django.core.management import call_command"
#: Rows of every kind that a database could change on the way.
ODD = r"""
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from django.core.management import call_command
from django.utils import timezone
call_command("migrate", verbosity=0)
from django.contrib.auth.models import Group, Permission
from accounts.models import LoginFailure, Session, User
from chat.models import Chat, Connection, Membership, Message, MessageEdit, ServerProcess
from chat import private
from chat.log.rows import Draft
from chat.log.store import store
from rooms import joining, services
from rooms.models import Ban
ann, bob, eve = [User.objects.create(username=name, email=f"{name}@example.org") for name in ("ann", "bob", "eve")]
room, link = services.create(ann, "Room", "A room", is_public=False)
joining.join(room.pk, bob, link.token)
joining.join(room.pk, eve, link.token)
joining.approve(room.pk, bob.pk, ann)
chat, _ = private.open_private(ann, bob.pk)
store([Draft(room.pk, ann.pk, "ann", f"number {number}", client_id=str(uuid4())) for number in range(120)])
store([Draft(chat.pk, bob.pk, "bob", f"@ann number {number}") for number in range(30)])
group = Group.objects.create(name="helpers \u201cof\u201d all")
group.permissions.add(*Permission.objects.all()[:5])
ann.groups.add(group)
name = "\u05e9\u05dc\u05d5\u05dd \\N \t\n\U0001f600"
User.objects.create(username="\u00c9l\u00e9onore", display_name=name, email=None, is_active=False)
whole = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)  # without microseconds
for address in (None, "192.0.2.7", "2001:db8::1"):
    Session.objects.create(user=ann, refresh_jti=uuid4().hex, address=address, expires_at=whole, revoked_at=None)
LoginFailure.objects.create(key="address:192.0.2.9", count=3)
last = Message.objects.order_by("pk").last()
text = "a\\\"b\r\n\u2028\\.\tc"
Message.objects.filter(pk=last.pk).update(mentions=[1, 2, 2**60], edited_at=whole, content=text)
MessageEdit.objects.create(message=last, content="", replaced_at=whole)
Ban.objects.create(room=room, user=bob, banned_by=None)
Membership.objects.filter(user=bob).update(muted_until=whole)
old = timezone.now() - timedelta(hours=1)
process = ServerProcess.objects.create(id=uuid4(), started_at=old, heartbeat_at=old)
Connection.objects.create(id=uuid4(), process=process, user=ann, session_id=uuid4(), address="192.0.2.7")
"""


def run(environment: dict[str, str], *arguments: str, status: int = 0) -> str:
    """What a command says, when it ends with this status."""
    done = command(environment, *arguments, status=status)
    return done.stdout + done.stderr


def place(folder: Path, url: str = "") -> dict[str, str]:
    """The environment of a server with its data in a folder of its own, and its secret key generated there."""
    folder.mkdir(exist_ok=True)
    return {
        "DATA_DIR": str(folder),
        "SECRET_KEY": "",
        "DATABASE_URL": url or f"sqlite:///{folder}/db.sqlite3",
    }


def rows(path: Path, table: str) -> list[dict]:
    reader = backups.Reader(path)
    columns = reader.manifest.tables[table].columns
    return [dict(zip(columns, row, strict=True)) for row in reader.rows(table)]


def members(path: Path) -> dict[str, str]:
    return backups.Reader(path).manifest.members


async def keep_talking(speaker, acked: list[dict], stop: asyncio.Event) -> None:
    while not stop.is_set():
        acked.append(await speaker.said(f"number {len(acked)}"))


async def send_files(person: Person, path: str) -> dict[str, bytes]:
    """Send a message with files, and give others to a draft and to a message for later; what each address answers."""
    picture = io.BytesIO()
    Image.effect_noise((900, 700), 60).save(picture, "PNG")
    ids: list[int] = []
    found: dict[str, bytes] = {}
    for name, content in (
        ("picture.png", picture.getvalue()),
        *((f"{name}.bin", os.urandom(300_000)) for name in ("sent", "draft", "later")),
    ):
        answer = await person.call("POST", "/uploads", files={"file": (name, content)})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        ids.append(made["id"])
        urls = [made["url"], *([made["thumb"], made["thumb"] + "?size=1200"] if made["thumb"] else [])]
        found |= {url: (await person.call("GET", url)).content for url in urls}
    await person.post(f"/chats/{path}/messages", {"content": "", "attachments": ids[:2]}, 201)
    draft = await person.call("PUT", f"/chats/{path}/draft", json={"attachments": ids[2:3], "base": 0})
    assert draft.status_code == 200, draft.text
    send_at = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    chat = path.replace("/", ":")
    await person.post("/scheduled", {"chat": chat, "send_at": send_at, "attachments": ids[3:]}, 201)
    assert len(found) == 6
    return found


async def read_files(person: Person, sent: dict[str, bytes]) -> None:
    """Each of them is there, byte for byte."""
    for url, content in sent.items():
        answer = await person.call("GET", url)
        assert answer.status_code == 200 and answer.content == content, url


async def test_a_backup_taken_while_people_write_is_whole_and_serves_on_the_other_database(
    people: People, server: ChatServer, ann: Person, bob: Person, backing, tmp_path
):
    room = await people.room(ann, bob)
    sent = await send_files(ann, f"room/{room}")
    speakers = [await person.socket(f"/ws/room/{room}") for person in (ann, bob)]
    file, stop = tmp_path / "chat.zip", asyncio.Event()
    acked: list[list[dict]] = [[], []]
    talk = [
        asyncio.create_task(keep_talking(speaker, mine, stop))
        for speaker, mine in zip(speakers, acked, strict=True)
    ]
    while not all(acked):
        await asyncio.sleep(0.05)
    before = {ack["id"] for mine in acked for ack in mine}
    await asyncio.to_thread(server.manage, "backup", str(file))
    stop.set()
    await asyncio.gather(*talk)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = [row for row in rows(file, "chat_message") if row["chat_id"] == room]
    chat = next(row for row in rows(file, "chat_chat") if row["id"] == room)
    assert before <= {row["id"] for row in kept}
    assert sorted(row["seq"] for row in kept) == list(range(1, chat["last_seq"] + 1))
    assert len(before) + 1 <= len(kept) < sum(map(len, acked)) + 1  # and the one with the files

    other = backing.chat_server(SQLITE if server.has_redis else POSTGRES)
    await asyncio.to_thread(other.manage, "restore", str(file))
    other.start()
    try:
        ann.server = bob.server = other  # the same tokens: the sessions were kept, and the key is the same
        said = await ann.history(f"room/{room}")
        assert [(one["seq"], one["content"]) for one in said] == [
            (row["seq"], row["content"]) for row in sorted(kept, key=lambda row: row["seq"])
        ]
        new = await bob.post(f"/chats/room/{room}/messages", {"content": "and on"}, 201)
        assert new["seq"] == chat["last_seq"] + 1 and new["id"] > max(row["id"] for row in kept)
        await read_files(ann, sent)
    finally:
        other.stop()


async def test_files_are_there_after_a_move_to_postgresql(backing):
    with backing.chat_server(SQLITE) as server:
        async with People(server) as people:
            ann = await people.sign_up("ann")
            sent = await send_files(ann, f"room/{await people.room(ann)}")
            await asyncio.to_thread(server.stop)
            target = backing.chat_server(POSTGRES).environment["DATABASE_URL"]
            await asyncio.to_thread(server.manage, "move", "--to", target)
            server.environment["DATABASE_URL"] = target
            await asyncio.to_thread(server.start)
            await read_files(ann, sent)


def test_all_rows_survive_sqlite_to_postgresql_to_a_file_to_sqlite(backing, tmp_path):
    first, third = place(tmp_path / "first"), place(tmp_path / "third")
    second = place(tmp_path / "second", backing.chat_server(POSTGRES).environment["DATABASE_URL"])
    uploads = {"a/b/picture.bin": os.urandom(300_000), "empty": b""}
    for name, content in uploads.items():
        path = tmp_path / "first/uploads" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    a, b, c = (tmp_path / f"{name}.zip" for name in "abc")

    run(first, "shell", "-c", f"{ODD}\ncall_command('backup', {str(a)!r})")
    assert "chat_connection" not in backups.Reader(a).manifest.tables
    said = run({**first, "TARGET_DATABASE_URL": second["DATABASE_URL"]}, "move")
    assert "150 messages" in said and "DATABASE_URL" in said
    epochs = [run(one, "shell", "-c", EPOCH).split()[-1] for one in (first, second)]
    assert epochs[0] == epochs[1], "a move keeps the epoch"
    run({**second, "DATA_DIR": first["DATA_DIR"]}, "backup", str(b))
    assert members(b) == members(a)
    assert backups.Reader(b).manifest.database == "postgresql"

    run(
        third,
        "shell",
        "-c",
        f"{CALL}; call_command('restore', {str(b)!r}); call_command('backup', {str(c)!r})",
    )
    assert run(third, "shell", "-c", EPOCH).split()[-1] != epochs[0], "a restore begins another"
    assert members(c) | {backups.SECRET: members(a)[backups.SECRET]} == members(a)  # the files too
    assert (tmp_path / "third/secret_key").read_text() == (tmp_path / "first/secret_key").read_text()
    assert {name: (tmp_path / "third/uploads" / name).read_bytes() for name in uploads} == uploads
    assert not (tmp_path / "third/uploads" / backups.ASIDE).exists()
    assert "isn't empty (4 people and 150 messages)" in run(
        first, "move", "--to", second["DATABASE_URL"], status=1
    )


def test_a_backup_of_an_older_release_is_migrated_after_it_is_loaded(tmp_path):
    old, new = place(tmp_path / "old"), place(tmp_path / "new")
    file = tmp_path / "old.zip"
    script = f"""
{CALL}
call_command("migrate", "accounts", verbosity=0)
call_command("migrate", "chat", "0001", verbosity=0)
from accounts.models import User
User.objects.bulk_create([User(username="ann", email="ann@example.org")])  # general is not there yet to be entered
call_command("backup", {str(file)!r})
"""
    run(old, "shell", "-c", script)
    assert ("chat", "0002_general") not in backups.Reader(file).manifest.migrations
    assert "1 person and 0 messages" in run(new, "restore", str(file))
    with sqlite3.connect(tmp_path / "new/db.sqlite3") as database:
        assert database.execute("SELECT title FROM chat_chat").fetchall() == [("General",)]
        assert database.execute("SELECT username FROM accounts_user").fetchall() == [("ann",)]
    database.close()


@pytest.fixture
def here(transactional_db, settings, tmp_path) -> Path:
    """A database with somebody and something in it, uploads, and a key."""
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "uploads"
    (tmp_path / "secret_key").write_text(settings.SECRET_KEY)
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "picture").write_bytes(b"a picture")
    chat, _ = Chat.objects.get_or_create(kind=Chat.Kind.GENERAL, defaults={"title": "General"})
    user = users.sign_up("ann", "ann@example.org", "a long password 4 tests")
    store([Draft(chat.pk, user.pk, user.username, "Hello")])
    return tmp_path


@pytest.fixture
def file(here) -> Path:
    call_command("backup", str(here / "chat.zip"), verbosity=0)
    return here / "chat.zip"


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command(*arguments)
    return str(error.value)


def with_manifest(path: Path, **changes) -> Path:
    """A copy of the backup that says something else of itself."""
    changed = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == backups.MANIFEST:
                content = json.dumps({**json.loads(content), **changes}).encode()
            new.writestr(name, content)
    return changed


def test_a_restore_over_people_needs_force_and_deletes_what_came_later(here, file, capsys):
    users.sign_up("bob", "bob@example.org", "a long password 4 tests")
    (here / "uploads/later").write_bytes(b"later")
    assert "2 people and 1 message, and 2 uploaded files" in refused("restore", str(file))
    assert "--yes" in refused("restore", str(file), "--force")  # nobody to ask
    assert User.objects.count() == 2
    call_command("restore", str(file), "--force", "--yes")
    assert "This deletes 2 people" in capsys.readouterr().out
    assert User.objects.get().username == "ann"
    assert [path.name for path in (here / "uploads").iterdir()] == ["picture"]


def test_files_in_a_bucket_are_said_to_be_elsewhere(here, settings, capsys):
    settings.UPLOADS_URL = "s3://bucket/prefix"
    StoredFile.objects.create(path="aa/file", state="kept", size=1)
    call_command("backup", str(here / "chat.zip"))
    assert "The uploads are in s3://bucket/prefix, not in the backup" in capsys.readouterr().out
    assert not backups.Reader(here / "chat.zip").uploads()
    restore = ("restore", str(here / "chat.zip"), "--force", "--yes")
    call_command(*restore)
    assert "The uploads of then have to be in s3://bucket/prefix." in capsys.readouterr().out
    settings.UPLOADS_URL = ""
    call_command(*restore)
    assert "1 uploaded file isn't in the backup" in capsys.readouterr().out
    (here / "uploads/aa").mkdir()
    (here / "uploads/aa/file").write_bytes(b"x")
    call_command("backup", str(here / "whole.zip"))
    settings.UPLOADS_URL = "s3://bucket/prefix"
    call_command("restore", str(here / "whole.zip"), "--force", "--yes")
    assert f"The uploads are in {here / 'uploads'} now: copy them to s3://" in capsys.readouterr().out


def test_a_restore_and_a_move_are_refused_while_a_server_runs(file):
    ServerProcess.objects.create(id=uuid.uuid4())
    assert "A server is running" in refused("restore", str(file), "--force", "--yes")
    assert "A server is running" in refused("move", "--to", "postgres://chat@127.0.0.1:1/chat")


def test_a_move_needs_an_address_and_never_repeats_its_password(here, monkeypatch):
    assert "TARGET_DATABASE_URL or --to must be postgres://" in refused("move")
    monkeypatch.setenv("TARGET_DATABASE_URL", "mysql://chat:hidden@127.0.0.1/chat")
    said = refused("move")
    assert "TARGET_DATABASE_URL or --to must be postgres://" in said and "hidden" not in said


def test_a_damaged_backup_is_refused_and_changes_nothing(here, file):
    packed = bytearray(file.read_bytes())
    packed[packed.index(b"a picture")] ^= 1
    damaged = here / "damaged.zip"
    damaged.write_bytes(packed)
    assert "damaged at uploads/picture" in refused("restore", str(damaged), "--force", "--yes")
    damaged.write_bytes(packed[: len(packed) // 2])
    assert "not a whole one" in refused("restore", str(damaged), "--force", "--yes")
    assert (here / "uploads/picture").read_bytes() == b"a picture" and User.objects.count() == 1


def test_another_file_and_one_of_a_newer_version_are_refused(here, file):
    text = here / "notes.txt"
    text.write_text("not a backup")
    assert "not a backup" in refused("restore", str(text))
    assert "No such file" in refused("restore", str(here / "nowhere.zip"))
    migrations = [*backups.Reader(file).manifest.migrations, ("chat", "9999_tomorrow")]
    newer = with_manifest(file, migrations=migrations, version="9.9.9")
    said = refused("restore", str(newer), "--force", "--yes")
    assert "version 9.9.9" in said and "chat.9999_tomorrow" in said
    assert "newer" in refused("restore", str(with_manifest(file, format=2)), "--force", "--yes")


def test_rows_that_do_not_add_up_are_not_loaded(file):
    assert "nothing was changed" in refused(
        "restore", str(with_manifest(file, chats="0" * 64)), "--force", "--yes"
    )
    assert User.objects.get().username == "ann"


def test_the_secret_can_be_left_out(here, file):
    call_command("backup", str(here / "open.zip"), "--without-secret")
    assert backups.SECRET in members(file) and backups.SECRET not in members(here / "open.zip")


def test_a_backup_goes_through_pipes(file, monkeypatch, capsysbinary):
    capsysbinary.readouterr()
    call_command("backup", "-")
    piped = capsysbinary.readouterr()
    assert b"1 person and 1 message" in piped.err
    User.objects.update(username="eve")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(piped.out)))
    call_command("restore", "-", "--force", "--yes")
    assert User.objects.get().username == "ann"


def test_a_backup_never_replaces_a_file_and_leaves_no_half_one(here, file):
    assert "there already" in refused("backup", str(file))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))  # as if the disk were full
    try:
        said = refused("backup", str(here / "backups/new.zip"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "No backup was made: File too large" in said
    assert list((here / "backups").iterdir()) == []
