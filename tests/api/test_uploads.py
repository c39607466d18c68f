"""Files: uploaded, sent with messages, read by those who may, and deleted for good."""

import os
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from accounts import cleaning
from accounts.models import User
from accounts.throttle import FileThrottle
from chat import erased, messages, policy, scheduled, uploads
from chat.log import store
from chat.models import Chat, Message, Scheduled, Upload
from files import keeping
from files.models import StoredFile
from tests.api.clients import PASSWORD
from tests.api.rooms import api, person, png, room_with, together

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
committing = pytest.mark.django_db(transaction=True)
TEXT = b"A shopping list: tomatoes, basil, bread."


@pytest.fixture
def room(ann: User, bob: User) -> Chat:
    return Chat.objects.get(pk=room_with(ann, bob).rpartition("/")[2])


def send(user: User, content: bytes = TEXT, name: str = "list.txt", **more: Any) -> Any:
    file = SimpleUploadedFile(name, content, "text/html")
    return api(user).post("/uploads", {"file": file, **more}, format="multipart")


def uploaded(user: User, content: bytes = TEXT, name: str = "list.txt", **more: Any) -> dict[str, Any]:
    answer = send(user, content, name, **more)
    assert answer.status_code == 201, answer.data
    return answer.json()


def say(user: User, room: Chat, *ids: int, content: str = "", **more: Any) -> Any:
    body = {"content": content, "attachments": list(ids), **more}
    return api(user).post(f"/chats/room/{room.pk}/messages", body)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def read(user: User, url: str, **headers: str) -> Any:
    answer = api(user).get(url, headers=headers)
    return answer.status_code, b"".join(answer) if answer.streaming else answer.content


def test_a_file_is_sent_with_a_message_that_has_no_text(ann, bob, room):
    made = uploaded(ann)
    assert made == {
        "id": made["id"],
        "kind": "file",
        "name": "list.txt",
        "size": len(TEXT),
        "mime": made["mime"],
        "width": None,
        "height": None,
        "duration": None,
        "thumb": None,
        "url": f"/uploads/{made['id']}",
        "alt": "",
        "waveform": None,
    }
    sent = say(ann, room, made["id"])
    assert sent.status_code == 201 and sent.json()["attachments"] == [made] and sent.json()["content"] == ""
    base = f"/chats/room/{room.pk}"
    for path in (f"{base}/history", f"{base}/changes?since_version=0"):
        assert api(bob).get(path).json()["messages"][-1]["attachments"] == [made]
    assert api(bob).get(f"/messages/{sent.json()['id']}").json()["attachments"] == [made]
    assert read(bob, made["url"]) == (200, TEXT)


def test_a_picture_has_its_size_and_thumbs(ann, bob, room):
    made = uploaded(ann, png(size=(3000, 1500)), "tomatoes.png", alt="Tomatoes")
    assert (made["kind"], made["mime"], made["width"], made["height"]) == ("image", "image/png", 3000, 1500)
    assert made["alt"] == "Tomatoes"
    say(ann, room, made["id"])
    for query, width in (("", 400), ("?size=1200", 1200)):
        status, content = read(bob, made["thumb"] + query)
        picture = Image.open(BytesIO(content))
        assert (status, picture.format, picture.size) == (200, "WEBP", (width, width // 2))


def test_only_those_who_may_read_the_chat_now_get_its_files(ann, bob, room):
    stranger = person("eve")
    made = uploaded(ann, png(), "a.png")
    for other in (bob, stranger):  # not sent yet
        assert read(other, made["url"])[0] == read(other, made["thumb"])[0] == 404
    assert read(ann, made["url"])[0] == 200
    say(ann, room, made["id"])
    assert read(bob, made["url"])[0] == 200
    assert read(stranger, made["url"])[0] == read(stranger, made["thumb"])[0] == 404
    assert api(bob).post(f"/chats/room/{room.pk}/leave").status_code == 204
    assert read(bob, made["url"])[0] == read(bob, made["thumb"])[0] == 404
    assert APIClient().get(made["url"]).status_code == 401
    assert read(ann, "/uploads/999999")[0] == 404


def test_the_page_reads_files_by_its_cookie_whatever_it_accepts(ann, room, client):
    made = uploaded(ann, png(), "a.png")
    assert client.post("/login", {"username": "ann", "password": PASSWORD}).status_code == 302
    answer = client.get(made["thumb"], headers={"Accept": "image/avif,image/webp"})
    assert answer.status_code == 200 and answer["Content-Type"] == "image/webp"


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_another_persons_file_is_not_found(ann, bob, room, method):
    made = uploaded(ann)
    assert getattr(api(bob), method)(made["url"], {"alt": "mine"}).status_code == 404
    assert say(bob, room, made["id"]).json()["error"]["fields"].keys() == {"attachments"}
    say(ann, room, made["id"])
    assert getattr(api(ann), method)(made["url"], {"alt": "later"}).status_code == 404
    assert read(ann, made["url"])[0] == 200


def test_a_file_is_sent_once(ann, bob, room):
    made = uploaded(ann)
    first = say(ann, room, made["id"], client_id="first")
    assert say(ann, room, made["id"], client_id="first").json() == first.json()
    again = say(ann, room, made["id"], client_id="second")
    assert again.status_code == 400 and again.json()["error"]["fields"].keys() == {"attachments"}
    assert Message.objects.filter(chat=room).count() == 1


def test_the_same_file_in_two_messages_of_one_batch_is_refused_for_the_second(ann, room):
    made = uploaded(ann)
    seat = policy.seat(ann, "room", room.pk)
    drafts = [messages.draft(seat, ann.pk, "ann", "", f"c{n}", attachments=[made["id"]]) for n in range(2)]
    first, second = store.store(drafts)
    assert isinstance(first, store.Stored) and getattr(second, "fields", None)


@pytest.mark.parametrize("count", [0, 11])
def test_a_message_has_text_or_one_to_ten_files(ann, room, count):
    ids = [uploaded(ann, b"%d" % n)["id"] for n in range(count)]
    answer = say(ann, room, *ids)
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"].keys() == {"attachments" if count else "content"}


@committing
def test_what_goes_with_a_message(ann, bob, room, folder):
    made = uploaded(ann, png(), "a.png")
    sent = say(ann, room, made["id"], content="Look").json()
    assert len(files(folder)) == StoredFile.objects.count() == 3
    edited = api(ann).patch(f"/messages/{sent['id']}", {"content": ""}).json()
    assert edited["content"] == "" and edited["attachments"]
    messages.delete(ann, sent["id"])
    assert not files(folder) and not StoredFile.objects.exists() and not Upload.objects.exists()
    assert api(bob).get(f"/messages/{sent['id']}").json()["attachments"] == []
    assert erased.report(Message.objects.get(pk=sent["id"]), ["a.png"]).found == []


@committing
def test_the_same_content_is_kept_once_as_long_as_anything_has_it(ann, bob, room, folder):
    sent = [say(who, room, uploaded(who, name=f"{who}.txt")["id"]).json()["id"] for who in (ann, bob)]
    assert len(files(folder)) == 1
    messages.delete(ann, sent[0])
    assert len(files(folder)) == 1
    messages.delete(bob, sent[1])
    assert not files(folder)


@committing
def test_a_discarded_file_is_gone(ann, folder):
    made = uploaded(ann, png(), "a.png")
    assert api(ann).patch(made["url"], {"alt": "A red wall"}).json()["alt"] == "A red wall"
    assert api(ann).delete(made["url"]).status_code == 204
    assert not files(folder) and not Upload.objects.exists() and read(ann, made["url"])[0] == 404


@committing
def test_what_is_not_sent_within_a_day_is_cleaned_away(ann, room, folder, settings):
    kept = uploaded(ann, b"kept")
    say(ann, room, kept["id"])
    late = uploaded(ann, png(), "late.png")
    Upload.objects.filter(pk=late["id"]).update(created_at=timezone.now() - timedelta(hours=25))
    cleaning.clean()
    assert list(Upload.objects.values_list("pk", flat=True)) == [kept["id"]]
    assert keeping.clean() == 0  # nothing is late yet
    StoredFile.objects.update(changed_at=timezone.now() - timedelta(hours=2))
    assert keeping.clean() == 3
    assert len(files(folder)) == StoredFile.objects.count() == 1 and read(ann, kept["url"]) == (200, b"kept")


def test_nothing_is_left_of_work_that_was_killed(ann, folder, settings):
    """A process ends while it writes a file, before something refers to it, and before it deletes one."""
    long_ago = timezone.now() - timedelta(hours=2)
    (folder / "aa").mkdir(parents=True)
    for state, number in ((state, number) for number, state in enumerate(StoredFile.State.values)):
        (folder / "aa" / f"{number}").write_bytes(b"half")
        StoredFile.objects.create(path=f"aa/{number}", state=state, sha256=f"{number}", changed_at=long_ago)
    StoredFile.objects.create(path="aa/never-written", changed_at=long_ago)
    settings.WORK_DIR.mkdir()
    for name in ("old", "new"):
        (settings.WORK_DIR / name).mkdir()
        (settings.WORK_DIR / name / "picture").write_bytes(b"half")
    os.utime(settings.WORK_DIR / "old", (0, 0))
    assert keeping.clean() == 4
    assert not files(folder) and not StoredFile.objects.exists()
    assert [path.name for path in settings.WORK_DIR.iterdir()] == ["new"]


@committing
def test_a_file_that_fails_to_be_deleted_is_tried_again(ann, folder, monkeypatch):
    made = uploaded(ann)
    with monkeypatch.context() as broken:

        def fail(path: str) -> None:
            raise OSError("The storage is away.")

        broken.setattr(default_storage, "delete", fail)
        assert api(ann).delete(made["url"]).status_code == 204
    assert StoredFile.objects.get().state == "going" and len(files(folder)) == 1
    again = uploaded(ann)  # the same content meanwhile
    assert keeping.clean() == 1
    assert read(ann, again["url"]) == (200, TEXT)


def test_quotas(ann, settings):
    settings.UPLOAD_DAILY = 100
    uploaded(ann, b"x" * 60)
    refused = send(ann, b"y" * 41)
    assert refused.status_code == 429 and refused.json()["error"]["code"] == "quota_exceeded"
    Upload.objects.update(created_at=timezone.now() - timedelta(hours=25))
    uploaded(ann, b"y" * 41)
    settings.UPLOAD_QUOTA = 110
    assert send(ann, b"z" * 10).status_code == 429
    settings.UPLOAD_MAX_SIZE = 10
    assert send(ann, b"z" * 11).status_code == 413


def test_who_is_above_the_quota_of_a_day_hears_when_there_is_room_again(ann, settings):
    settings.UPLOAD_DAILY = 100
    for size, hours in ((30, 20), (30, 10), (40, 1)):
        made = uploaded(ann, b"x" * (size - 1) + bytes([hours]))
        Upload.objects.filter(pk=made["id"]).update(
            created_at=timezone.now() - timedelta(hours=hours), size=size
        )
    for size, hours in ((10, 4), (31, 14), (100, 23)):
        wait = int(send(ann, b"y" * size)["Retry-After"])
        assert 0 <= hours * 3600 + 1 - wait < 30
    assert "Retry-After" not in send(ann, b"y" * 101)
    settings.UPLOAD_DAILY, settings.UPLOAD_QUOTA = 0, 100
    assert "Retry-After" not in send(ann, b"y")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("waveform", "[101]"),
        ("waveform", "[" + "1," * 64 + "1]"),
        ("waveform", "nonsense"),
        ("duration", "-1"),
        ("width", "0"),
        ("alt", "x" * 1001),
    ],
)
def test_wrong_fields_are_named(ann, field, value):
    answer = send(ann, **{field: value})
    assert answer.status_code == 400 and answer.json()["error"]["fields"].keys() == {field}
    assert not Upload.objects.exists()


@pytest.mark.parametrize(("name", "count"), [("fields", 2000), ("files", 200)])
def test_a_form_with_too_many_parts_is_refused_as_a_whole(ann, name, count):
    part = SimpleUploadedFile("a.txt", b"a") if name == "files" else "a"
    answer = api(ann).post("/uploads", {f"a{number}": part for number in range(count)}, format="multipart")
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"] == {"body": [f"This form has too many {name}."]}


def form(filename: str) -> bytes:
    """A form with a file, of a client that sends every name as it is."""
    head = f'Content-Disposition: form-data; name="file"; {filename}'
    return b"--x\r\n" + head.encode() + b"\r\n\r\n" + TEXT + b"\r\n--x--\r\n"


@pytest.mark.parametrize(
    "name",
    [
        ".",
        "..",
        "...",
        "/",
        "\\\\",
        "a/",
        "a/..",
        "..\\\\.",
        "&#46;",
        "   ",
        "\u202e\u2066",
        "\u200b",
        "\t",
        ". ",
        " ..",
    ],
)
def test_a_file_with_a_name_of_no_use_is_called_file(ann, name):
    answer = api(ann).post(
        "/uploads", form(f'filename="{name}"'), content_type="multipart/form-data; boundary=x"
    )
    assert (answer.status_code, answer.json().get("name")) == (201, "file")


def test_a_field_without_a_file_name_is_no_file(ann):
    for name in ('filename=""', ""):
        answer = api(ann).post("/uploads", form(name), content_type="multipart/form-data; boundary=x")
        assert answer.status_code == 400 and answer.json()["error"]["fields"].keys() == {"file"}


def test_no_file_and_an_empty_file_are_refused(ann):
    for body in ({}, {"file": "text"}):
        answer = api(ann).post("/uploads", body, format="multipart")
        assert answer.status_code == 400 and answer.json()["error"]["fields"].keys() == {"file"}
    answer = send(ann, b"")
    assert answer.status_code == 400 and answer.json()["error"]["fields"].keys() == {"file"}


def test_the_files_of_a_chat(ann, bob, room):
    names = ["Résumé.txt", "plan.txt", "Plan B.txt"]
    for name in names:
        say(ann, room, uploaded(ann, name.encode(), name)["id"])
    say(bob, room, uploaded(bob, png(), "plan.png")["id"])
    uploaded(bob, b"not sent", "plan C.txt")
    base = f"/chats/room/{room.pk}/files"

    def found(query: str = "") -> list[str]:
        return [row["attachment"]["name"] for row in api(bob).get(base + query).json()["results"]]

    assert found() == ["plan.png", *reversed(names)]
    assert found("?kind=image") == ["plan.png"]
    assert found("?q=PLAN&kind=file") == ["Plan B.txt", "plan.txt"]
    assert found("?q=resume") == ["Résumé.txt"]
    first = api(bob).get(f"{base}?limit=3").json()
    assert len(first["results"]) == 3 and found(f"?before={first['next']}") == ["Résumé.txt"]
    row = first["results"][0]
    assert (row["username"], row["seq"]) == ("bob", 4)
    assert api(bob).get(f"{base}?kind=cat").status_code == 400
    assert api(person("eve")).get(base).status_code in (403, 404)
    messages.delete(bob, row["message_id"])
    assert found("?kind=image") == []


@committing
def test_a_file_is_forwarded_by_who_may_read_it_and_outlives_the_first_message(ann, bob, room, folder):
    made = uploaded(ann, png(), "a.png", alt="Red")
    first = say(ann, room, made["id"]).json()["id"]
    stored = len(files(folder))
    copy = api(bob).post(f"/uploads/{made['id']}/copy")
    assert copy.status_code == 201
    mine = copy.json()
    address = f"/uploads/{mine['id']}"
    assert mine == {**made, "id": mine["id"], "url": address, "thumb": f"{address}/thumb"} and mine != made
    content = read(ann, made["url"])
    assert read(bob, address) == content and read(ann, address)[0] == 404 and len(files(folder)) == stored
    other = room_with(bob).rpartition("/")[2]
    assert say(bob, Chat.objects.get(pk=other), mine["id"]).status_code == 201
    messages.delete(ann, first)
    assert read(bob, address) == content and read(ann, made["url"])[0] == 404
    assert api(person("cem")).post(f"{address}/copy").status_code == 404


def test_copies_count_as_uploads(ann, settings):
    made = uploaded(ann)
    settings.UPLOAD_DAILY = int(1.5 * len(TEXT))
    refused = api(ann).post(f"/uploads/{made['id']}/copy")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "quota_exceeded")


@committing
def test_two_messages_at_once_take_a_file_once(ann, room):
    made = uploaded(ann)
    tasks = [partial(say, ann, room, made["id"], client_id=f"c{n}") for n in range(4)]
    answers: list[Any] = together(*tasks)
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
    assert Message.objects.filter(chat=room).exclude(attachments=None).count() == 1


@committing
def test_a_file_that_is_deleted_and_uploaded_at_once_stays_for_who_has_it(ann, bob, folder):
    for _ in range(5):
        made = uploaded(ann)
        together(partial(api(ann).delete, made["url"]), partial(send, bob))
        [upload] = Upload.objects.all()
        assert read(bob, f"/uploads/{upload.pk}") == (200, TEXT)
        uploads.discard(bob, upload.pk)
        keeping.clean()
        assert not files(folder)


def test_a_message_for_later_keeps_its_files_and_is_sent_with_them(ann, bob, room):
    ids = [uploaded(ann, b"%d" % n, f"{n}.txt")["id"] for n in range(3)]
    later = timezone.now() + timedelta(days=3)
    body = {"chat": room.key, "send_at": later.isoformat(), "attachments": [ids[1], ids[0]]}
    made = api(ann).post("/scheduled", body)
    assert made.status_code == 201, made.json()
    assert [one["id"] for one in made.json()["attachments"]] == [ids[1], ids[0]] and made.json()[
        "content"
    ] == ""
    Upload.objects.update(created_at=timezone.now() - timedelta(days=2))
    cleaning.clean()
    assert set(Upload.objects.values_list("pk", flat=True)) == set(ids[:2]), "what nothing keeps is gone"
    path = f"/scheduled/{made.json()['id']}"
    assert api(ann).patch(path, {"attachments": []}).json()["error"]["fields"].keys() == {"content"}
    changed = api(ann).patch(path, {"attachments": [ids[0]], "content": "Look"}).json()
    assert [one["id"] for one in changed["attachments"]] == ids[:1] and changed["content"] == "Look"
    assert api(bob).post("/scheduled", body).json()["error"]["fields"].keys() == {"attachments"}
    Scheduled.objects.update(send_at=timezone.now() - timedelta(seconds=1))
    assert scheduled.send_due() == 1
    message = api(bob).get(f"/chats/room/{room.pk}/history").json()["messages"][-1]
    assert [one["id"] for one in message["attachments"]] == ids[:1] and read(
        bob, message["attachments"][0]["url"]
    )[0] == 200


def test_a_message_for_later_whose_file_was_sent_meanwhile_fails_unless_it_has_text(ann, room):
    made = uploaded(ann)
    body = {
        "chat": room.key,
        "send_at": (timezone.now() + timedelta(days=1)).isoformat(),
        "attachments": [made["id"]],
    }
    api(ann).post("/scheduled", body)
    say(ann, room, made["id"])
    Scheduled.objects.update(send_at=timezone.now() - timedelta(seconds=1))
    scheduled.send_due()
    [row] = api(ann).get("/scheduled").json()["results"]
    assert row["state"] == "failed" and row["failure"] and row["attachments"] == []


def test_a_draft_keeps_files(ann, bob, room):
    ids = [uploaded(ann, b"%d" % n, f"{n}.txt")["id"] for n in range(2)]
    path = f"/chats/room/{room.pk}/draft"
    first = api(ann).put(path, {"attachments": ids[::-1], "base": 0}).json()
    assert [one["id"] for one in first["draft"]["attachments"]] == ids[::-1]
    assert api(ann).get(path).json() == first == api(ann).get("/drafts").json()["results"][0]
    assert api(ann).put(path, {"attachments": ids[::-1], "base": 0}).json() == first, "a repeat"
    assert api(ann).put(path, {"attachments": ids, "base": 0}).status_code == 409
    assert api(bob).put(path, {"attachments": ids, "base": 0}).json()["error"]["fields"].keys() == {
        "attachments"
    }
    Upload.objects.update(created_at=timezone.now() - timedelta(days=2))
    cleaning.clean()
    assert Upload.objects.count() == 2
    say(ann, room, ids[0])
    assert [one["id"] for one in api(ann).get(path).json()["draft"]["attachments"]] == ids[1:]
    gone = api(ann).delete(f"{path}?base=1").json()
    assert gone == {"chat": room.key, "draft": None, "revision": 2}
    cleaning.clean()
    assert set(Upload.objects.values_list("pk", flat=True)) == {ids[0]}


def test_a_draft_saved_without_a_word_of_files_keeps_them_until_they_are_sent(ann, room):
    ids = [uploaded(ann, b"%d" % n, f"{n}.txt")["id"] for n in range(2)]
    path = f"/chats/room/{room.pk}/draft"

    def kept(content: str, base: int, **more: Any) -> list[int]:
        answer = api(ann).put(path, {"content": content, "base": base, **more}).json()
        assert answer["revision"] == base + 1 and api(ann).get(path).json() == answer
        return [one["id"] for one in (answer["draft"] or {"attachments": []})["attachments"]]

    assert kept("", 0, attachments=ids) == ids
    assert kept("look", 1) == ids == kept("look", 1), "a repeat"
    assert kept("", 2) == ids, "the words alone are gone"
    say(ann, room, ids[0])
    assert kept("look again", 3) == ids[1:]
    assert kept("look again", 4, attachments=[]) == []
    assert kept("bye", 5, attachments=ids[1:]) == ids[1:]
    api(ann).post(f"/chats/room/{room.pk}/messages", {"content": "bye"})
    assert kept("", 6) == [], "what was sent is no draft"
    Upload.objects.update(created_at=timezone.now() - timedelta(days=2))
    cleaning.clean()
    assert set(Upload.objects.values_list("pk", flat=True)) == {ids[0]}


def test_who_may_not_post_any_more_may_empty_the_words_of_a_draft_with_files(ann, bob, room):
    id = uploaded(bob, b"x", "x.txt")["id"]
    path = f"/chats/room/{room.pk}/draft"
    assert api(bob).put(path, {"content": "x", "attachments": [id], "base": 0}).status_code == 200
    Chat.objects.filter(pk=room.pk).update(archived_at=timezone.now())
    assert api(bob).put(path, {"content": "y", "base": 1}).status_code == 403
    assert api(bob).put(path, {"content": "", "base": 1}).status_code == 200
    assert api(bob).delete(path).json()["draft"] is None


def test_pictures_of_a_long_scroll_leave_the_api_what_a_person_may_ask(ann, settings, monkeypatch):
    settings.RATE_LIMITS = True
    cache.clear()
    monkeypatch.setitem(FileThrottle.THROTTLE_RATES, "user", "10/min")
    made = uploaded(ann, png(), "a.png")
    assert {read(ann, made["thumb"])[0] for _ in range(20)} == {200}
    assert api(ann).get("/chats").status_code == 200
