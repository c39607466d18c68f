"""Files that arrive in parts (tus): each part counts once, whatever is lost, and the whole becomes one upload."""

from base64 import b64encode
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import cleaning, users
from accounts.models import User
from chat import resumable, uploads
from chat.models import ResumableUpload, Upload, UploadPart
from files import keeping, scanning
from files.models import StoredFile
from lib import errors
from tests.api.clients import signed_in
from tests.api.rooms import api, code, png, room_with, together

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
committing = pytest.mark.django_db(transaction=True)
TEXT = b"A shopping list: tomatoes, basil, bread."
TUS = {"Tus-Resumable": "1.0.0"}
PART = "application/offset+octet-stream"


def described(**about: str) -> str:
    return ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in about.items())


def begin(user: User, size: int | str = len(TEXT), metadata: str = "", **more: Any) -> Any:
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata}
    return api(user).post("/uploads/resumable", headers=headers, **more)


def begun(user: User, size: int = len(TEXT), **about: str) -> str:
    answer = begin(user, size, described(**about))
    assert answer.status_code == 201, answer.data
    return answer["Location"]


def send(user: User, path: str, offset: int | str, content: bytes, kind: str = PART, **headers: str) -> Any:
    headers = {**TUS, "Upload-Offset": str(offset), **headers}
    return api(user).patch(path, content, content_type=kind, headers=headers)


def offset(user: User, path: str) -> int:
    answer = api(user).head(path, headers=TUS)
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    return int(answer["Upload-Offset"])


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def left(folder: Path) -> tuple[int, int, int]:
    return UploadPart.objects.count(), StoredFile.objects.count(), len(files(folder))


@committing
def test_a_file_comes_in_parts_and_is_the_same_as_in_one_piece(ann, folder):
    bars = "[" + ",".join(["7"] * 64) + "]"
    path = begun(ann, filename="Résumé.txt", filetype="text/plain", alt="A list", waveform=bars)
    head = api(ann).head(path, headers=TUS)
    assert (head["Upload-Offset"], head["Upload-Length"]) == ("0", str(len(TEXT)))
    assert head["Upload-Metadata"].startswith("filename ") and head["Tus-Resumable"] == "1.0.0"
    at = 0
    for part in (TEXT[:10], TEXT[10:11], TEXT[11:]):
        assert api(ann).get(path).status_code == 409
        answer = send(ann, path, at, part)
        at += len(part)
        assert (answer.status_code, answer["Upload-Offset"], answer.content) == (204, str(at), b"")
        assert offset(ann, path) == at
    made = api(ann).get(path).json()
    assert (made["name"], made["kind"], made["size"], made["alt"]) == (
        "Résumé.txt",
        "file",
        len(TEXT),
        "A list",
    )
    assert b"".join(api(ann).get(made["url"])) == TEXT
    assert left(folder) == (0, 1, 1), "the parts are gone"
    assert not ResumableUpload.objects.get().about, "nothing of it is kept twice"
    assert api(ann).head(path, headers=TUS)["Upload-Metadata"] == head["Upload-Metadata"]


@committing
def test_a_picture_has_thumbs_and_a_video_the_poster_it_came_with(ann, folder):
    content = png()
    path = begun(ann, len(content), filename="a.png")
    send(ann, path, 0, content[:100])
    assert send(ann, path, 100, content[100:]).status_code == 204
    made = api(ann).get(path).json()
    assert (made["kind"], made["width"], made["thumb"]) == ("image", 640, f"{made['url']}/thumb")
    video = b"\x1a\x45\xdf\xa3" + b"\x42\x82\x84webm" + bytes(200)
    metadata = described(filename="a.webm", filetype="video/webm", duration="2.5", width="20", height="10")
    path = begin(ann, len(video), metadata, data=png(), content_type="image/png")["Location"]
    send(ann, path, 0, video)
    made = api(ann).get(path).json()
    assert (made["kind"], made["duration"], made["width"]) == ("video", 2.5, 20)
    assert api(ann).get(made["thumb"]).status_code == 200
    assert ResumableUpload.objects.get(pk=path.rpartition("/")[2]).poster is None


@committing
def test_a_repeat_of_any_part_changes_nothing(ann, folder):
    path = begun(ann)
    send(ann, path, 0, TEXT[:10])
    assert code(send(ann, path, 0, TEXT[:10])) == (409, "conflict") and offset(ann, path) == 10
    send(ann, path, 10, TEXT[10:])
    assert code(send(ann, path, 10, TEXT[10:])) == (409, "conflict") and offset(ann, path) == len(TEXT)
    assert send(ann, path, len(TEXT), b"").status_code == 204
    assert send(ann, path, len(TEXT), b"more").status_code == 413
    assert api(ann).get(path).json() == api(ann).get(path).json()
    assert Upload.objects.count() == 1


@committing
@pytest.mark.parametrize("at", [0, 10])
def test_of_the_same_part_sent_at_once_one_wins(ann, folder, at):
    path = begun(ann)
    part = TEXT[:10] if at == 0 else TEXT[10:]
    if at:
        send(ann, path, 0, TEXT[:10])
    answers: list[Any] = together(*[partial(send, ann, path, at, part)] * 4)
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409, 409]
    assert offset(ann, path) == at + len(part) and Upload.objects.count() == (1 if at else 0)
    assert UploadPart.objects.count() == (0 if at else 1)


@committing
def test_a_server_that_is_stopped_before_the_last_part_counts_is_sent_that_part_again(
    ann, folder, monkeypatch
):
    path = begun(ann)
    send(ann, path, 0, TEXT[:10])
    for name in ("hold", "release"):  # while the file is stored, and when it just was
        with monkeypatch.context() as stopped:

            def stop(*_: Any) -> None:
                raise SystemExit

            stopped.setattr(keeping, name, stop)
            with pytest.raises(SystemExit):
                send(ann, path, 10, TEXT[10:])
        if name == "hold":
            assert offset(ann, path) == 10 and not Upload.objects.exists()
    assert offset(ann, path) == len(TEXT) and Upload.objects.count() == 1
    assert api(ann).get(path).status_code == 200
    StoredFile.objects.update(changed_at=timezone.now() - timedelta(hours=2))
    keeping.clean()
    assert left(folder) == (0, 1, 1)


def test_a_server_that_can_not_look_at_the_file_now_takes_the_last_part_later(ann, monkeypatch):
    path = begun(ann)
    with monkeypatch.context() as away:

        def fail(content: Any) -> None:
            raise errors.Unavailable

        away.setattr(scanning, "scan", fail)
        assert send(ann, path, 0, TEXT).status_code == 503
    assert offset(ann, path) == 0 and api(ann).get(path).status_code == 409
    assert send(ann, path, 0, TEXT).status_code == 204


@committing
def test_a_part_that_can_not_be_stored_does_not_count(ann, folder, monkeypatch):
    path = begun(ann)
    with monkeypatch.context() as full:

        def fail(*_: Any) -> None:
            raise OSError("No space left on device")

        full.setattr(default_storage, "save", fail)
        assert send(ann, path, 0, TEXT[:10]).status_code == 503
    assert offset(ann, path) == 0 and left(folder) == (0, 0, 0)


@committing
def test_a_refused_file_is_refused_again_and_its_parts_go(ann, folder):
    content = png()[:-40]
    path = begun(ann, len(content), filename="a.png")
    send(ann, path, 0, content[:100])
    for answer in (send(ann, path, 100, content[100:]), send(ann, path, 100, b"x"), api(ann).get(path)):
        assert code(answer) == (422, "bad_image")
    assert offset(ann, path) == 100
    assert left(folder) == (0, 0, 0) and not uploads.under_way(ann).exists()


@pytest.mark.parametrize("method", ["get", "head", "patch", "delete"])
def test_another_persons_upload_is_not_found(ann, bob, method):
    path = begun(ann)
    headers = {**TUS, "Upload-Offset": "0"}
    call = partial(getattr(api(bob), method), headers=headers)
    assert (call(path, TEXT, content_type=PART) if method == "patch" else call(path)).status_code == 404
    assert offset(ann, path) == 0


def test_limits_and_quotas_hold_from_the_beginning(ann, settings):
    settings.UPLOAD_MAX_SIZE, settings.UPLOAD_DAILY = 100, 150
    answer = begin(ann, 101)
    assert code(answer) == (413, "too_large") and answer["Tus-Max-Size"] == "100"
    path = begun(ann, 100)
    assert code(begin(ann, 51)) == (429, "quota_exceeded")
    with pytest.raises(errors.QuotaExceeded):
        uploads.add(ann, BytesIO(bytes(51)), "a.txt")
    send(ann, path, 0, bytes(100))
    assert api(ann).get(path).status_code == 200
    assert code(begin(ann, 51)) == (429, "quota_exceeded") and begin(ann, 50).status_code == 201


def test_a_file_that_no_longer_fits_in_the_quota_is_refused(ann, settings):
    path = begun(ann, 100)
    settings.UPLOAD_DAILY = 50
    for answer in (send(ann, path, 0, bytes(100)), api(ann).get(path)):
        assert code(answer) == (429, "quota_exceeded")


@committing
def test_an_upload_that_becomes_whole_meanwhile_does_not_count_twice(ann, settings):
    settings.UPLOAD_QUOTA = 2 * len(TEXT)
    one, other = begun(ann), begun(ann)
    answers: list[Any] = []

    def finish_the_other(execute: Any, sql: str, *more: Any) -> Any:
        found = execute(sql, *more)
        if "SUM(" in sql and not answers:
            answers.append(None)
            answers[:] = together(partial(send, ann, other, 0, TEXT))
        return found

    with connection.execute_wrapper(finish_the_other):
        assert send(ann, one, 0, TEXT).status_code == 204
    assert answers[0].status_code == 204
    assert code(api(ann).post("/uploads", {"file": BytesIO(b"x")}, format="multipart")) == (
        429,
        "quota_exceeded",
    )


def test_twenty_uploads_are_under_way_at_most(ann, bob):
    paths = [begun(ann) for _ in range(resumable.MOST)]
    assert code(begin(ann)) == (409, "too_many_uploads") and begin(bob).status_code == 201
    assert api(ann).delete(paths[0], headers=TUS).status_code == 204
    send(ann, begun(ann), 0, TEXT)
    assert begin(ann).status_code == 201


@committing
def test_many_beginnings_at_once_stay_within_the_limit(ann):
    for _ in range(resumable.MOST - 2):
        begun(ann)
    answers: list[Any] = together(*[partial(begin, ann)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409]


@pytest.mark.parametrize("size", ["", "-1", "+1", "1.5", "١٢", "²", "1" * 20, "0x10", "1 2", "0"])
def test_a_length_is_a_whole_number_of_at_least_one(ann, size):
    answer = begin(ann, size)
    assert answer.status_code == 400 and len(answer.json()["error"]["fields"]) == 1
    assert not ResumableUpload.objects.exists()


@pytest.mark.parametrize("at", ["", "-1", "²", "1e1", "9" * 30])
def test_an_offset_is_a_whole_number(ann, at):
    answer = send(ann, begun(ann), at, TEXT)
    assert answer.json()["error"]["fields"].keys() == {"Upload-Offset"}


def test_a_huge_length_or_offset_is_refused_as_such(ann):
    assert begin(ann, 2**62).status_code == 413
    assert send(ann, begun(ann), 2**62, b"x").status_code == 409


@pytest.mark.parametrize(
    "metadata",
    [
        "filename",
        "",
        "alt ",
        "filename,filetype",
        described(filename="a.txt", colour="red"),
        "relativePath bnVsbA==",
    ],
)
def test_metadata_may_be_missing_empty_or_of_unknown_names(ann, metadata):
    assert begin(ann, metadata=metadata).status_code == 201


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ("filename a", "Upload-Metadata"),
        ("filename !!!!", "Upload-Metadata"),
        ("filename YQ==,filename YQ==", "Upload-Metadata"),
        (",", "Upload-Metadata"),
        ("filename YQ==,,alt YQ==", "Upload-Metadata"),
        ("filename " + b64encode(b"\xff").decode(), "Upload-Metadata"),
        ("filename é", "Upload-Metadata"),
        (described(filename="a\0b"), "filename"),
        (described(alt="x" * 1001), "alt"),
        (described(duration="nan"), "duration"),
        (described(duration="-1"), "duration"),
        (described(duration="-0.0"), "duration"),
        (described(duration="1_0"), "duration"),
        (described(duration="١"), "duration"),
        (described(duration="1e1"), "duration"),
        (described(duration="inf"), "duration"),
        (described(width="1_0"), "width"),
        (described(height="١"), "height"),
        (described(width="0"), "width"),
        (described(original="perhaps"), "original"),
        (described(waveform="[101]"), "waveform"),
    ],
)
def test_broken_metadata_is_named(ann, metadata, field):
    answer = begin(ann, metadata=metadata)
    assert answer.status_code == 400 and answer.json()["error"]["fields"].keys() == {field}
    assert not ResumableUpload.objects.exists()


def test_other_versions_types_and_surplus_bytes_are_refused(ann):
    path = begun(ann)
    for answer in (
        send(ann, path, 0, TEXT, **{"Tus-Resumable": "0.2.2"}),
        api(ann).head(path),
        api(ann).delete(path),
        api(ann).post("/uploads/resumable", headers={"Upload-Length": "1"}),
    ):
        assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")
    assert send(ann, path, 0, TEXT, kind="text/plain").status_code == 415
    assert send(ann, path, 0, TEXT + b"!").status_code == 413
    assert offset(ann, path) == 0


def test_a_client_is_told_what_the_server_speaks(ann, settings):
    for client, path in (
        (APIClient(), "/uploads/resumable"),
        (APIClient(), begun(ann)),
        (api(ann), begun(ann)),
    ):
        answer = client.options(path, headers={"Tus-Resumable": "7"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["Tus-Version"] == answer["Tus-Resumable"] == "1.0.0"
        assert answer["Tus-Extension"] == "creation,termination"
        assert answer["Tus-Max-Size"] == str(settings.UPLOAD_MAX_SIZE)


@pytest.mark.parametrize(
    "kind", ["Application/Offset+Octet-Stream", f"{PART}; charset=utf-8", f"{PART} ;a=b"]
)
def test_the_type_of_a_part_may_be_written_in_any_way(ann, kind):
    path = begun(ann)
    assert send(ann, path, 0, TEXT, kind=kind).status_code == 204


def test_what_the_server_does_not_do_is_refused_instead_of_left_out(ann):
    for name, value in (
        ("Upload-Defer-Length", "1"),
        ("Upload-Concat", "partial"),
        ("Upload-Checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="),
    ):
        answer = api(ann).post("/uploads/resumable", headers={**TUS, "Upload-Length": "1", name: value})
        assert answer.status_code == 400 and answer.json()["error"]["fields"].keys() == {name}
    assert not ResumableUpload.objects.exists()
    path = begun(ann)
    assert send(ann, path, 0, TEXT, **{"Content-Encoding": "gzip"}).status_code == 415
    assert send(ann, path, 0, TEXT, **{"Upload-Checksum": "sha1 AA=="}).status_code == 400
    assert offset(ann, path) == 0
    assert send(ann, path, 0, TEXT, **{"Content-Encoding": "identity"}).status_code == 204


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"


@pytest.mark.parametrize(
    ("content", "kind", "refusal"),
    [
        (SVG, "image/svg+xml", (422, "bad_image")),
        (b"a text", "image/jpeg", (422, "bad_image")),
        (png(size=(16_385, 1)), "image/png", (422, "bad_image")),
        (png()[:200], "IMAGE/PNG", (422, "bad_image")),
        (b"<p>", "text/html", (415, "unsupported_media_type")),
        (b"part", PART, (415, "unsupported_media_type")),
        (bytes(1_048_577), "image/png", (413, "too_large")),
    ],
)
def test_a_poster_that_is_no_picture_is_refused_before_the_file_is_sent(ann, folder, content, kind, refusal):
    answer = begin(ann, data=content, content_type=kind)
    assert code(answer) == refusal
    assert list(answer.json()["error"].get("fields", {})) == (["poster"] if refusal[0] == 422 else [])
    assert left(folder) == (0, 0, 0) and not ResumableUpload.objects.exists()


def test_only_sound_and_video_have_the_thumb_that_was_sent_with_them(ann):
    answer = begin(ann, data=png(), content_type="Image/PNG; x=y")
    send(ann, answer["Location"], 0, TEXT)
    made = api(ann).get(answer["Location"]).json()
    assert (made["kind"], made["thumb"]) == ("file", None)


def test_parts_may_be_small_but_not_without_end(ann, monkeypatch):
    monkeypatch.setattr(resumable, "MOST_SMALL", 3)
    path = begun(ann)
    assert [send(ann, path, at, b"x").status_code for at in range(4)] == [204, 204, 204, 400]
    monkeypatch.setattr(resumable, "SMALL", 10)
    assert send(ann, path, 3, TEXT[3:13]).status_code == 204
    assert send(ann, path, 13, TEXT[13:22]).status_code == 400
    assert send(ann, path, 13, TEXT[13:23]).status_code == 204
    assert send(ann, path, 23, TEXT[23:]).status_code == 204, "the last"


@committing
def test_a_cancelled_upload_is_gone_whole_or_not(ann, folder):
    for parts in ([TEXT[:10]], [TEXT[:10], TEXT[10:]]):
        path, at = begun(ann), 0
        for part in parts:
            send(ann, path, at, part)
            at += len(part)
        assert api(ann).delete(path, headers=TUS).status_code == 204
        assert left(folder) == (0, 0, 0) and not Upload.objects.exists()
        assert {api(ann).get(path).status_code, api(ann).delete(path, headers=TUS).status_code} == {404}


@committing
def test_what_a_message_has_is_not_cancelled(ann, bob):
    room = room_with(ann, bob)
    path = begun(ann)
    send(ann, path, 0, TEXT)
    made = api(ann).get(path).json()
    sent = api(ann).post(f"{room}/messages", {"content": "", "attachments": [made["id"]]})
    assert api(ann).delete(path, headers=TUS).status_code == 404
    assert api(ann).get(path).json() == made
    assert api(ann).delete(f"/messages/{sent.json()['id']}").status_code == 204
    assert api(ann).get(path).status_code == 404 and not ResumableUpload.objects.exists()


@committing
def test_a_cancelled_upload_does_not_become_a_file_that_is_just_looked_at(ann, folder, monkeypatch):
    path = begun(ann)
    scan = scanning.scan

    def cancel(content: Any) -> None:
        resumable.discard(ann, UUID(path.rpartition("/")[2]))
        scan(content)

    monkeypatch.setattr(scanning, "scan", cancel)
    assert send(ann, path, 0, TEXT).status_code == 404
    assert not Upload.objects.exists()


@committing
def test_what_is_not_finished_a_day_after_its_last_part_is_cleaned_away(ann, folder):
    late, kept = begun(ann), begun(ann)
    for path, part in ((late, b"late"), (kept, b"kept")):
        send(ann, path, 0, part)
    ResumableUpload.objects.update(changed_at=timezone.now() - timedelta(hours=25))
    send(ann, kept, 4, b"kept")
    StoredFile.objects.update(changed_at=timezone.now() - timedelta(hours=25))
    assert keeping.clean() == 0
    cleaning.clean()
    keeping.clean()
    assert api(ann).head(late, headers=TUS).status_code == 404 and offset(ann, kept) == 8
    assert left(folder) == (2, 1, 1)  # both parts are the same
    assert send(ann, kept, 8, bytes(len(TEXT) - 8)).status_code == 204


@committing
def test_nothing_of_it_is_left_of_an_account_that_is_deleted(ann, folder):
    path = begun(ann, filename="secret.txt")
    send(ann, path, 0, TEXT[:10])
    uploads.add(ann, BytesIO(b"whole"), "not sent.txt")
    users.delete(ann)
    assert not ResumableUpload.objects.exists() and not Upload.objects.exists()
    assert left(folder) == (0, 0, 0)


def test_a_token_is_needed_and_a_program_with_one_gets_through(ann):
    headers = {**TUS, "Upload-Length": "1"}
    assert APIClient().post("/uploads/resumable", headers=headers).status_code == 401
    assert signed_in(ann).post("/uploads/resumable", headers=headers).status_code == 201
