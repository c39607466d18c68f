"""Files in a bucket: what uploads do on a disk they do there too, whatever the network does meanwhile."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from accounts.models import User
from benchmarks.processes import HERE, free_port
from chat import messages
from chat.models import Chat, Upload
from files import bucket, checks, keeping
from files.models import StoredFile
from lib import errors
from tests.api.rooms import api, person, png, room_with
from tests.api.test_uploads import read, say, send, uploaded
from tests.buckets import KEYS, Storage

pytestmark = pytest.mark.django_db(transaction=True)
BIG = os.urandom(2_000_000)


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    storage = Storage(tmp_path_factory.mktemp("moto"))
    yield storage
    storage.close()


@pytest.fixture
def use(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    # No shorter than what a storage that works takes on a busy machine.
    monkeypatch.setattr(bucket, "CONNECT_TIME", 2)
    monkeypatch.setattr(bucket, "READ_TIME", 1.5)
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "uploads", tmp_path / "work"

    def use(url: str, endpoint: str) -> None:
        name, _, prefix = url.removeprefix("s3://").partition("/")
        options = {"bucket_name": name, "location": prefix, "endpoint_url": endpoint, **KEYS}
        backend = {"BACKEND": "files.bucket.Bucket", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "default": backend}
        settings.UPLOADS_URL = url

    return use


@pytest.fixture
def storage(moto: Storage, use: Any) -> Iterator[Storage]:
    moto.proxy.become("pass")
    moto.empty()
    moto.proxy.asked.clear()
    use(moto.url, moto.proxy.url)
    yield moto
    moto.proxy.become("pass")


@pytest.fixture
def ann(db: None) -> User:
    return person("ann")


@pytest.fixture
def room(ann: User) -> Chat:
    return Chat.objects.get(pk=room_with(ann, person("bob")).rpartition("/")[2])


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_nothing_left(storage: Storage) -> bool:
    return not StoredFile.objects.exists() and not storage.objects()


def cleaned_later() -> None:
    StoredFile.objects.update(changed_at=timezone.now() - timedelta(hours=2))
    keeping.clean()


def test_a_file_is_sent_read_and_deleted_with_its_message(ann, room, storage, settings):
    sent = [uploaded(ann, BIG, "big.bin"), uploaded(ann, png(size=(1000, 500)), "a.png")]
    assert len(storage.objects()) == 4
    assert all(key.startswith("chat/files/") for key in storage.objects())
    message = say(ann, room, *(one["id"] for one in sent))
    assert read(ann, sent[0]["url"]) == (200, BIG)
    status, thumb = read(ann, sent[1]["thumb"])
    assert status == 200 and Image.open(BytesIO(thumb)).size == (400, 200)
    assert not list(settings.MEDIA_ROOT.rglob("*")) and not list(settings.WORK_DIR.iterdir())
    messages.delete(ann, message.json()["id"])
    until(lambda: is_nothing_left(storage))


def test_the_objects_belong_to_the_bucket_alone_and_are_no_pages(ann, storage):
    uploaded(ann, b"<script>alert(1)</script>", "page.html")
    [put] = [head for head in storage.proxy.asked if head.startswith("PUT")]
    assert "acl" not in put.lower() and "content-type: application/octet-stream" in put.lower()


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("100-199", 100, 199), ("-7", -7, -1), ("1999990-", -10, -1)]
)
def test_a_range_is_read_from_there(ann, storage, asked, first, last):
    made = uploaded(ann, BIG, "big.bin")
    storage.proxy.asked.clear()
    before = storage.proxy.sent
    status, content = read(ann, made["url"], Range=f"bytes={asked}")
    first, last = (place % len(BIG) for place in (first, last))
    assert status == 206 and content == BIG[first : last + 1]
    [head] = storage.proxy.asked
    assert f"range: bytes={first}-{last}" in head.lower() and storage.proxy.sent - before < 5000


def test_what_the_client_has_is_not_asked_for(ann, storage):
    made = uploaded(ann, BIG, "big.bin")
    storage.proxy.asked.clear()
    etag = f'"{hashlib.sha256(BIG).hexdigest()}"'
    assert read(ann, made["url"], **{"If-None-Match": etag})[0] == 304
    assert api(ann).head(made["url"])["Content-Length"] == str(len(BIG))
    assert storage.proxy.asked == []


def test_the_same_content_is_kept_once(ann, storage):
    first, second = uploaded(ann), uploaded(ann)
    assert len(storage.objects()) == 1
    api(ann).delete(first["url"])
    assert read(ann, second["url"])[0] == 200
    api(ann).delete(second["url"])
    until(lambda: is_nothing_left(storage))


def test_a_download_whose_connection_breaks_goes_on_from_there(ann, storage):
    made = uploaded(ann, BIG, "big.bin")
    storage.proxy.cut_after = storage.proxy.sent + 1_000_000
    assert read(ann, made["url"]) == (200, BIG)
    assert len([head for head in storage.proxy.asked if head.startswith("GET")]) == 2


@pytest.mark.parametrize("way", ["hang", "slow", 500, 403])
def test_while_the_storage_does_not_work_files_are_refused_and_leave_nothing(ann, storage, way, monkeypatch):
    made = uploaded(ann, b"from before")
    storage.proxy.become(way)
    started = time.monotonic()
    with monkeypatch.context() as limits:
        limits.setattr(bucket, "WRITE_TIME", 1)
        assert send(ann, BIG).status_code == 503
    if way != "slow":
        with pytest.raises(errors.Unavailable):
            read(ann, made["url"])
    assert time.monotonic() - started < 15
    storage.proxy.become("pass")
    assert read(ann, made["url"]) == (200, b"from before")
    cleaned_later()
    assert list(storage.objects().values()) == [b"from before"] and StoredFile.objects.count() == 1
    assert uploaded(ann, BIG)


def test_while_the_storage_is_away_nobody_waits_for_deletions_which_come_later(
    ann, room, storage, use, monkeypatch
):
    made = [uploaded(ann, b"%d" % number)["id"] for number in range(3)]
    message = say(ann, room, *made).json()["id"]
    use(storage.url, f"http://{HERE}:{free_port()}")
    started = time.monotonic()
    assert send(ann, b"more").status_code == 503
    assert time.monotonic() - started < 5, "what refuses connections is not waited for"
    storage.proxy.become("hang")
    use(storage.url, storage.proxy.url)
    started = time.monotonic()
    messages.delete(ann, message)
    assert time.monotonic() - started < 0.5
    assert not Upload.objects.exists() and StoredFile.objects.filter(state="going").count() == 3
    monkeypatch.setattr(keeping, "FAILING_TIME", 0)
    cleaned_later()  # gives up at the first
    storage.proxy.become("pass")
    cleaned_later()
    assert is_nothing_left(storage)


def test_files_that_were_copied_to_the_bucket_by_their_paths_are_found(ann, moto, use, settings, tmp_path):
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "uploads", tmp_path / "work"
    made = uploaded(ann, BIG, "big.bin")
    moto.empty()
    for path in (path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()):
        key = f"chat/files/{path.relative_to(settings.MEDIA_ROOT).as_posix()}"
        moto.client.upload_file(str(path), moto.name, key)
    use(moto.url, moto.proxy.url)
    assert read(ann, made["url"]) == (200, BIG)


def test_the_checks_say_what_is_wrong_with_the_bucket(storage, use, monkeypatch):
    assert checks.check_packages() == checks.check_bucket() == [] and storage.objects() == {}
    use("s3://no-such-bucket", storage.proxy.url)
    [error] = checks.check_bucket()
    assert "UPLOADS_URL=s3://no-such-bucket" in error.msg and "NoSuchBucket" in error.msg
    monkeypatch.setattr(checks, "find_spec", lambda name: None if name == "boto3" else find_spec(name))
    [error] = checks.check_packages()
    assert "needs django-storages and boto3" in error.msg and "requirements-s3.txt" in str(error.hint)
    assert checks.check_bucket() == []


def test_without_a_bucket_there_is_nothing_to_check(settings):
    assert checks.check_packages() == checks.check_bucket() == []
    assert type(default_storage._wrapped).__name__ != "Bucket"  # type: ignore[attr-defined]
