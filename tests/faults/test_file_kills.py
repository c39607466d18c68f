"""A server that is killed while people send files, change their pictures and delete messages: what was acked is there,
byte for byte, and after one cleaning the storage has exactly what rows refer to."""

import asyncio
import os
import random
from base64 import b64encode
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image

from tests.people import PATIENCE, People, Person
from tests.servers import ChatServer

#: Kills in CI. By hand: FILE_KILLS=30 FILE_KILLS_FROM=100 pytest tests/faults/test_file_kills.py
KILLS = int(os.environ.get("FILE_KILLS", "1"))
FIRST_SEED = int(os.environ.get("FILE_KILLS_FROM", "1"))
SOONEST, LATEST = 0.05, 1.5  # seconds until the kill
TUS = {"Tus-Resumable": "1.0.0"}
PART = {**TUS, "Content-Type": "application/offset+octet-stream"}

#: Cleans as if an hour had passed, and prints what is wrong then.
CLEAN = """
import hashlib
import os
from datetime import timedelta
from pathlib import Path
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from accounts.models import User
from chat.log.rows import attachments_of
from chat.models import Chat, Message, ResumableUpload, Upload
from files import keeping
from files.models import Avatar, StoredFile

past = timezone.now() - timedelta(hours=2)
StoredFile.objects.update(changed_at=past)
for left in settings.WORK_DIR.glob("*"):
    os.utime(left, (past.timestamp(),) * 2)
keeping.clean()
for left in settings.WORK_DIR.glob("*"):
    print("WRONG work", left)
rows = {row.path: row for row in StoredFile.objects.all()}
root = Path(settings.MEDIA_ROOT)
files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
for path in files ^ rows.keys():
    print("WRONG in one only:", "folder" if path in files else "rows", path)
for path in files & rows.keys():
    row, content = rows[path], (root / path).read_bytes()
    if (row.state, row.size, row.sha256) != ("kept", len(content), hashlib.sha256(content).hexdigest()):
        print("WRONG content", row.state, row.size, len(content), path)
    if not keeping._is_used(row):
        print("WRONG not used", path)
used = {*User.objects.values_list("avatar", flat=True), *Chat.objects.values_list("avatar", flat=True)}
if left := set(Avatar.objects.values_list("pk", flat=True)) ^ (used - {None}):
    print("WRONG avatars", left)
for message in Message.objects.all():
    said = {one.id for one in attachments_of(message.attachments)} if message.attachments else set()
    if said != set(Upload.objects.filter(message=message).values_list("pk", flat=True)):
        print("WRONG attachments", message.pk, said)
for row in ResumableUpload.objects.all():
    at = 0
    for part in row.parts.select_related("file").order_by("offset"):
        if part.offset != at:
            print("WRONG part", row.pk, part.offset, at)
        at += part.file.size
    if row.upload is None and at != row.offset:
        print("WRONG offset", row.pk, row.offset, at)
print("CHECKED", len(rows))
"""


class Crowd:
    """People who do everything one can do with files, until the server is killed; and what was acked to them."""

    def __init__(self, people: People, one: Person, seed: int) -> None:
        self.people, self.one = people, one
        self.random = random.Random(seed)
        self.content: dict[int, bytes] = {}  # of uploads, unless they are drawn anew
        self.there: dict[int, dict[str, Any]] = {}  # acked attachments that nobody is deleting
        self.gone: set[int] = set()  # acked deletions
        self.messages: dict[int, list[int]] = {}  # acked messages, and their attachments
        self.parts: dict[
            str, tuple[bytes, int]
        ] = {}  # uploads in parts: what they are of, and the acked offset
        self.unsent: list[int] = []  # of those that are there: what no message is to take
        self.avatar: str | None = None  # the last acked one
        self.is_changing = False  # it
        self.is_killed = False

    async def until_killed(self, server: ChatServer) -> None:
        doing = [
            self.leave,
            self.send,
            self.send,
            self.in_parts,
            self.in_parts,
            self.change_avatar,
            self.delete,
        ]
        tasks = [asyncio.create_task(self._again(each)) for each in doing]
        await asyncio.sleep(self.random.uniform(SOONEST, LATEST))
        await asyncio.to_thread(server.kill)
        self.is_killed = True
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*tasks)

    async def _again(self, each: Callable[[], Awaitable[None]]) -> None:
        try:
            while not self.is_killed:
                await each()
        except httpx.TransportError:  # killed
            pass

    def some_bytes(self) -> bytes:
        return self.random.randbytes(self.random.choice([1000, 50_000, 400_000]))

    def picture(self) -> bytes:
        made = BytesIO()
        color = tuple(self.random.randbytes(3))
        Image.new("RGB", (self.random.randint(20, 900), self.random.randint(20, 900)), color).save(
            made, "PNG"
        )
        return made.getvalue()

    async def upload(self) -> dict[str, Any]:
        if self.random.random() < 0.5:
            made = await self.one.upload(self.picture(), "a.png")
        else:
            content = self.some_bytes()
            made = await self.one.upload(content, "a.bin")
            self.content[made["id"]] = content
        self.there[made["id"]] = made
        return made

    async def leave(self) -> None:
        self.unsent.append((await self.upload())["id"])

    async def send(self) -> None:
        made = [await self.upload() for _ in range(self.random.randint(1, 2))]
        ids = [one["id"] for one in made]
        said = await self.one.post(
            "/chats/general/messages", {"content": "", "attachments": ids, "client_id": str(uuid4())}
        )
        self.messages[said["id"]] = ids

    async def in_parts(self) -> None:
        is_picture = self.random.random() < 0.3
        content = self.picture() if is_picture else self.some_bytes()
        name = b64encode(b"a.png" if is_picture else b"a.bin").decode()
        headers = {**TUS, "Upload-Length": str(len(content)), "Upload-Metadata": f"filename {name}"}
        made = await self.one.call("POST", "/uploads/resumable", headers=headers)
        assert made.status_code == 201, made.text
        self.parts[made.headers["Location"]] = content, 0
        await self.go_on(made.headers["Location"])

    async def go_on(self, path: str) -> None:
        content, at = self.parts[path]
        while at < len(content):
            part = content[at : at + max(1, len(content) // 4)]
            answer = await self.one.call(
                "PATCH", path, headers={**PART, "Upload-Offset": str(at)}, content=part
            )
            assert answer.status_code == 204, answer.text
            at = int(answer.headers["Upload-Offset"])
            self.parts[path] = content, at
        made = await self.one.get(path)
        del self.parts[path]
        self.there[made["id"]] = made
        if made["kind"] == "file":
            self.content[made["id"]] = content
        self.unsent.append(made["id"])

    async def change_avatar(self) -> None:
        self.is_changing = True
        if self.random.random() < 0.2:
            answer = await self.one.call("DELETE", "/users/me/avatar")
        else:
            files = {"file": ("me.png", self.picture())}
            answer = await self.one.call("PUT", "/users/me/avatar", files=files)
        assert answer.is_success, answer.text
        self.avatar = answer.json()["avatar"] if answer.content else None
        self.is_changing = False

    async def delete(self) -> None:
        """A message, or a file that was not sent."""
        await asyncio.sleep(0.05)
        if self.messages and self.random.random() < 0.7:
            message_id = self.random.choice(list(self.messages))
            path, ids = f"/messages/{message_id}", self.messages.pop(message_id)
        elif self.unsent:
            ids = [self.unsent.pop()]
            path = f"/uploads/{ids[0]}"
        else:
            return
        for id in ids:
            del self.there[id]
        answer = await self.one.call("DELETE", path)
        assert answer.status_code == 204, answer.text
        self.gone |= set(ids)

    async def check(self) -> None:
        """Everything that was acked is as it was acked."""
        me = await self.one.get("/users/me")
        assert me["avatar"] == self.avatar or self.is_changing
        if me["avatar"]:
            assert (await self.people.http.get(self.one.server.http + me["avatar"])).status_code == 200
        history = {message["id"]: message for message in await self.one.history()}
        for message_id, ids in self.messages.items():
            assert [one["id"] for one in history[message_id]["attachments"]] == ids
        for id, made in self.there.items():
            answer = await self.one.call("GET", made["url"])
            assert answer.status_code == 200 and len(answer.content) == made["size"], made
            assert id not in self.content or answer.content == self.content[id], made
            if made["thumb"]:
                for query in ("", "?size=1200"):
                    thumb = await self.one.call("GET", made["thumb"] + query)
                    assert Image.open(BytesIO(thumb.content)).format == "WEBP"
        for id in self.gone:
            assert (await self.one.call("GET", f"/uploads/{id}")).status_code == 404
        for message in history.values():
            for one in message.get("attachments") or []:
                answer = await self.one.call("GET", one["url"])
                assert answer.status_code == 200 and len(answer.content) == one["size"], (
                    "a message lacks its file"
                )
        for path, (_, at) in list(self.parts.items()):
            found = await self.one.call("HEAD", path, headers=TUS)
            assert found.status_code == 200 and int(found.headers["Upload-Offset"]) >= at, (path, at)

    async def finish(self) -> None:
        """What was under way goes on where the server says."""
        for path, (content, _) in list(self.parts.items()):
            found = await self.one.call("HEAD", path, headers=TUS)
            self.parts[path] = content, int(found.headers["Upload-Offset"])
            await self.go_on(path)


async def test_a_kill_at_any_moment_loses_no_file_and_leaves_none_behind(mortal_server: ChatServer):
    server = mortal_server
    for seed in range(FIRST_SEED, FIRST_SEED + KILLS):
        async with People(server) as people:
            crowd = Crowd(people, await people.sign_up("ann"), seed)
            await crowd.until_killed(server)
            cleaning = asyncio.to_thread(server.manage, "shell", "-c", CLEAN)
            said, _ = await asyncio.gather(cleaning, asyncio.to_thread(server.start))
            assert "CHECKED" in said and "WRONG" not in said, (seed, said)
            await crowd.check()
            await crowd.finish()
            await crowd.check()
