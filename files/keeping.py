"""Keep files in the storage, the same content once, and delete what nothing refers to any more.

A file is referred to by foreign keys to `StoredFile`, whichever app has them. Who stores such a key calls `hold` in the
same transaction; who deletes one calls `release`. In between, a file that nothing refers to yet is safe for `GRACE`.
"""

import hashlib
import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TypeVar
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, close_old_connections, connection, models, transaction
from django.utils import timezone

from files.models import StoredFile
from files.serving import Part, Readable
from lib import disk, errors, private_files

logger = logging.getLogger(__name__)
#: How long a file may be written, and be kept without anything that refers to it.
GRACE = timedelta(hours=1)
BLOCK = 1 << 18  # bytes
BATCH = 500  # rows of one transaction
#: Seconds after which a storage that fails to delete is left alone until the next cleaning.
FAILING_TIME = 30
State = StoredFile.State
T = TypeVar("T")
ATTEMPTS = 3


class Deleted(errors.Conflict):
    """What was kept is gone again: the same content has to be kept anew."""

    sentence = "The file was deleted meanwhile. Send it again."


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for one piece of work, which is empty, private, and gone afterwards.

    Raises `Unavailable` if the disk has no room for more files: the rest is for the database.
    """
    private_files.make_folder(settings.WORK_DIR)
    if not disk.has_room(settings.WORK_DIR):
        logger.error("no files are taken: less than %d MB are free", disk.SPARE // 1_000_000)
        raise errors.Unavailable("The server has no room for files now. Try again later.")
    with TemporaryDirectory(dir=settings.WORK_DIR) as folder:
        yield Path(folder)


def is_local() -> bool:
    """Whether the files are on this machine's disks, where nothing waits for them."""
    return not settings.UPLOADS_URL


def keep(content: IO[bytes]) -> StoredFile:
    """Store a file, unless the same content is there already. Call it outside a transaction: the row has to be there
    before the object. Raises `Unavailable` if the storage doesn't take it."""
    sha256, size = _digest(content)
    if (same := _same(sha256)) is not None:
        return same
    name = uuid4().hex
    row = StoredFile.objects.create(path=f"{name[:2]}/{name}")
    if not connection.in_atomic_block:
        close_old_connections()  # a storage that is elsewhere takes seconds
    try:
        _write(row.path, content)
    except Exception as error:
        logger.error("a file could not be stored: %s", error)
        if is_local():  # elsewhere, what was sent may still arrive: cleaning comes after that
            _delete([row])
        raise errors.Unavailable("The server can't store files right now. Try again later.") from error
    try:
        StoredFile.objects.filter(pk=row.pk).update(
            state=State.KEPT, sha256=sha256, size=size, changed_at=timezone.now()
        )
    except IntegrityError:  # somebody else has just stored the same
        _delete([row])
        return _same(sha256) or keep(content)
    row.refresh_from_db()
    return row


def keep_for(work: Callable[..., T], *contents: IO[bytes] | Path) -> T:
    """Store files and have `work` refer to them: it is given them, and calls `hold` in a transaction of its own. That
    happens once more if one of them was just deleted elsewhere. Raises what `keep` and `work` do."""
    for _ in range(ATTEMPTS - 1):
        with suppress(Deleted):
            return work(*map(_keep, contents))
    return work(*map(_keep, contents))


def _keep(content: IO[bytes] | Path) -> StoredFile:
    if isinstance(content, Path):
        with content.open("rb") as opened:
            return keep(opened)
    return keep(content)


def _digest(content: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while block := content.read(BLOCK):
        digest.update(block)
        size += len(block)
    content.seek(0)
    return digest.hexdigest(), size


def _same(sha256: str) -> StoredFile | None:
    kept = StoredFile.objects.filter(sha256=sha256, state=State.KEPT)
    # The new time keeps it from the next cleaning.
    return kept.first() if kept.update(changed_at=timezone.now()) else None


def _write(path: str, content: IO[bytes]) -> None:
    default_storage.save(path, File(content))
    if not is_local():
        return
    place = default_storage.path(path)
    # What is acked outlasts a power failure: the content, and its name in both folders.
    for each in (place, os.path.dirname(place), os.path.dirname(os.path.dirname(place))):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(file: StoredFile, start: int, count: int) -> Readable:
    """So many bytes of the content from `start`, to be read once and closed.

    Raises `Unavailable` if the storage doesn't give it. One that is elsewhere is asked by the first `read`, which then
    raises this: that may take seconds, and nothing else is to wait for it.
    """
    if not is_local():
        return open_remote(file.path, start, count)
    try:
        opened = default_storage.open(file.path, "rb")
        opened.seek(start)
        return Part(opened, count)
    except Exception as error:
        logger.error("the file %s could not be read: %s", file.path, error)
        raise errors.Unavailable("This file isn't available right now. Try again later.") from error


def copy(file: StoredFile, out: IO[bytes]) -> None:
    """Write the content into a file. Raises `Unavailable`."""
    if not connection.in_atomic_block:
        close_old_connections()
    content = read(file, 0, file.size)
    try:
        while block := content.read(BLOCK):
            out.write(block)
    finally:
        content.close()


def open_remote(path: str, start: int, count: int) -> Readable:
    opened: Readable = default_storage.read(path, start, count)  # type: ignore[attr-defined]
    return opened


def hold(ids: Collection[int]) -> None:
    """Lock these files until the transaction ends, so that they can be referred to. Raises `Deleted` if one is
    being deleted."""
    rows = StoredFile.objects.select_for_update(no_key=True).order_by("pk")
    if len(rows.filter(pk__in=ids, state=State.KEPT)) < len(set(ids)):  # (to count them would lock none)
        raise Deleted


def release(ids: Collection[int]) -> None:
    """Delete those of these files that nothing refers to any more, after the transaction's commit."""
    with transaction.atomic():
        rows = StoredFile.objects.select_for_update(no_key=True).filter(pk__in=ids, state=State.KEPT)
        going = [row for row in rows.order_by("pk") if not _is_used(row)]
        _let_go(going)
        transaction.on_commit(lambda: _delete(going) if is_local() else _sweeper.wake())


def _let_go(rows: Collection[StoredFile]) -> None:
    keys = [row.pk for row in rows]
    StoredFile.objects.filter(pk__in=keys).update(state=State.GOING, changed_at=timezone.now())


def _references() -> list[models.ForeignObjectRel]:
    fields = StoredFile._meta.get_fields(include_hidden=True)
    return [relation for relation in fields if isinstance(relation, models.ManyToOneRel)]


def _is_used(row: StoredFile) -> bool:
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: row}).exists()
        for relation in _references()
    )


def clean() -> int:
    """Delete what was left over: files that were not written to the end, that nothing refers to, and whose deletion
    failed. Returns their number. Several processes may run it at once."""
    late = timezone.now() - GRACE
    StoredFile.objects.filter(state=State.WRITING, changed_at__lt=late).update(state=State.GOING)
    unused = StoredFile.objects.filter(state=State.KEPT, changed_at__lt=late)
    for relation in _references():
        rows = relation.related_model._default_manager.filter(**{relation.field.name: models.OuterRef("pk")})
        unused = unused.filter(~models.Exists(rows))
    for row in list(unused[:BATCH]):
        with transaction.atomic():
            mine = StoredFile.objects.select_for_update(no_key=True)
            locked = mine.filter(pk=row.pk, state=State.KEPT, changed_at__lt=late).first()
            if locked is not None and not _is_used(locked):
                _let_go([locked])
    _clear_work(late.timestamp())
    return _delete_going()


def _delete_going() -> int:
    return _delete(StoredFile.objects.filter(state=State.GOING).order_by("changed_at")[:BATCH])


def _clear_work(before: float) -> None:
    """Remove what processes that were killed have left in `WORK_DIR`."""
    for left in settings.WORK_DIR.glob("*"):
        with suppress(OSError):
            if left.stat().st_mtime < before:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _delete(rows: Iterable[StoredFile]) -> int:
    """Delete these objects, then their rows. What fails is tried again by the next cleaning, after all others. Returns
    the number of those that are gone."""
    count, started = 0, time.monotonic()
    for row in rows:
        try:
            default_storage.delete(row.path)
        except Exception as error:
            logger.error("the file %s could not be deleted: %s", row.path, error)
            StoredFile.objects.filter(pk=row.pk).update(state=State.GOING, changed_at=timezone.now())
            if time.monotonic() - started > FAILING_TIME:
                break
        else:
            StoredFile.objects.filter(pk=row.pk).delete()
            count += 1
    return count


class _Sweeper:
    """A thread that deletes what is going from a storage that is elsewhere: no request waits for that. The rows say
    what there is to do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        self._wanted.set()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()
            try:
                while _delete_going() == BATCH:
                    pass
            except DatabaseError as error:
                logger.warning("deleted files wait for the database: %s", error)
            finally:
                connection.close()


_sweeper = _Sweeper()
