"""Files that arrive in parts, so that an upload goes on after the connection was lost (tus, chat.api.resumable).

Each part is a file of its own until the last one comes: then the whole becomes an `Upload`. The last part counts only
once that has happened, so that a server that is stopped meanwhile is sent that part again, and nothing else.
"""

import shutil
from datetime import datetime
from functools import partial
from typing import IO, Any
from uuid import UUID

from django.db import close_old_connections, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from chat import uploads
from chat.models import ResumableUpload, Upload, UploadPart
from files import keeping
from files.models import StoredFile
from lib import errors

CHUNK = 5 * 1_048_576  # bytes of a part, at most
MOST = 20  # uploads under way of a person, at most
#: Parts with fewer bytes, but the last, and how many of them an upload may have: a bucket takes as long for each as for
#: a large one, and all are read again before the last part is answered.
SMALL, MOST_SMALL = 65_536, 50
#: Refusals of the file itself: sending it again would not help.
FINAL = {400, 413, 415, 422, 429}


class WrongOffset(errors.Refused):
    """(No `Conflict`: that is what may be tried again.)"""

    status, code, sentence = 409, "conflict", "Upload-Offset is not where this upload goes on."


def create(
    user: User, size: int, about: dict[str, Any], metadata: str = "", poster: IO[bytes] | None = None
) -> ResumableUpload:
    """Begin an upload of so many bytes. `about`: the arguments of `uploads.add`, with `measures` as a list. Raises
    `TooLarge`, `Invalid`, `QuotaExceeded`, `Conflict`; of the poster, which takes up to seconds, `BadImage` and
    `Unavailable`."""
    uploads.check_size(size)
    _check_room(user, size)
    row = ResumableUpload(user=user, size=size, about=about, metadata=metadata)
    if poster is None:
        return _create(row)
    if not connection.in_atomic_block:
        close_old_connections()
    with keeping.workplace() as place:
        uploads.draw_poster(poster, place)  # only to refuse it before the whole file was sent
    return keeping.keep_for(partial(_create, row), poster)


@transaction.atomic
def _create(row: ResumableUpload, poster: StoredFile | None = None) -> ResumableUpload:
    uploads.lock(row.user)
    _check_room(row.user, row.size)
    if poster is not None:
        keeping.hold([poster.pk])
    row.poster = poster
    row.save(force_insert=True)
    return row


def _check_room(user: User, size: int) -> None:
    uploads.check_quota(user, size)
    if uploads.under_way(user).count() >= MOST:
        raise errors.Conflict(
            "Too many of your uploads aren't finished. Finish or delete one first.", code="too_many_uploads"
        )


def find(user: User, id: UUID) -> ResumableUpload:
    """Raises `NotFound`."""
    row = ResumableUpload.objects.select_related("upload", "poster").filter(pk=id, user=user).first()
    if row is None:
        raise errors.NotFound()
    return row


def whole(user: User, id: UUID) -> Upload:
    """The file, once it is whole. Raises `NotFound`, `Conflict`, and why the file was refused."""
    row = find(user, id)
    _check_refusal(row)
    if row.upload is None:
        raise errors.Conflict("This upload is not complete yet.")
    return row.upload


def append(user: User, id: UUID, offset: int, chunk: IO[bytes]) -> int:
    """Add the bytes from `offset` on. Returns the new offset. Of concurrent calls one wins, the others raise
    `WrongOffset`. Raises what `uploads.add` raises with the last part, `NotFound`, `TooLarge`, `Invalid`."""
    row = find(user, id)
    size = chunk.seek(0, 2)
    _check(row, offset)
    if offset + size > row.size:
        raise errors.TooLarge("The file has more bytes than Upload-Length says.")
    if row.upload is not None or (size == 0 and offset < row.size):
        return offset
    if offset + size == row.size:
        _finish(row, chunk)
        return row.size
    if size < SMALL and row.parts.filter(file__size__lt=SMALL).count() >= MOST_SMALL:
        raise errors.Invalid(
            {
                "body": [
                    f"Too many small parts. Send the next ones with at least {SMALL:,} bytes, but the last."
                ]
            }
        )
    return keeping.keep_for(partial(_add, row, offset), chunk)


def _check_refusal(row: ResumableUpload) -> None:
    if row.refusal is not None:
        error = errors.Refused(row.refusal["detail"], code=row.refusal["code"], fields=row.refusal["fields"])
        error.status = row.refusal["status"]
        raise error


def _check(row: ResumableUpload, offset: int) -> None:
    _check_refusal(row)
    if row.offset != offset:
        raise WrongOffset


def _locked(row: ResumableUpload, offset: int) -> ResumableUpload:
    """The row as it is now. Raises `NotFound`, `WrongOffset`."""
    found = ResumableUpload.objects.select_for_update(no_key=True).filter(pk=row.pk).first()
    if found is None:
        raise errors.NotFound()
    _check(found, offset)
    return found


@transaction.atomic
def _add(row: ResumableUpload, offset: int, file: StoredFile) -> int:
    row = _locked(row, offset)
    keeping.hold([file.pk])
    UploadPart.objects.create(whole=row, offset=offset, file=file)
    row.offset += file.size
    row.changed_at = timezone.now()
    row.save(update_fields=["offset", "changed_at"])
    return row.offset


def _finish(row: ResumableUpload, last: IO[bytes]) -> None:
    about = {**row.about, "measures": uploads.Measures(*row.about["measures"])}
    with (
        keeping.workplace() as place,
        (place / "whole").open("w+b") as content,
        (place / "poster").open("w+b") as poster,
    ):
        for part in row.parts.select_related("file").order_by("offset"):
            keeping.copy(part.file, content)
        last.seek(0)
        shutil.copyfileobj(last, content)
        if row.poster is not None:
            keeping.copy(row.poster, poster)
        try:
            uploads.add(
                row.user,
                content,
                **about,
                poster=poster if row.poster is not None else None,
                reserved=row.size,
                then=lambda upload: _close(_locked(row, row.offset), upload=upload, offset=row.size),
            )
        except errors.Refused as error:
            if error.status in FINAL:
                _refuse(row, error)
            raise


@transaction.atomic
def _refuse(row: ResumableUpload, error: errors.Refused) -> None:
    refusal = {
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "fields": error.fields,
    }
    _close(_locked(row, row.offset), refusal=refusal)


def _close(row: ResumableUpload, **result: Any) -> None:
    """Nothing comes any more: its parts go, and all but its metadata that it said of the file. In a transaction."""
    _release(ResumableUpload.objects.filter(pk=row.pk))
    values = {"about": {}, "poster": None, "changed_at": timezone.now(), **result}
    for name, value in values.items():
        setattr(row, name, value)
    row.parts.all().delete()
    row.save(update_fields=list(values))


def _release(rows: QuerySet[ResumableUpload]) -> None:
    """Delete the files of these uploads after the commit, by when nothing may refer to them. Call it before that."""
    parts = UploadPart.objects.filter(whole__in=rows).values_list("file_id", flat=True)
    posters = StoredFile.objects.filter(pk__in=rows.values("poster")).values_list("pk", flat=True)
    files = [*parts, *posters]
    transaction.on_commit(lambda: keeping.release(files))


@transaction.atomic
def discard(user: User, id: UUID) -> None:
    """Delete what has arrived, and the file it became, unless a message has that. Raises `NotFound`."""
    rows = ResumableUpload.objects.select_for_update(no_key=True, of=("self",))
    row = rows.filter(pk=id, user=user).first()
    if row is None:
        raise errors.NotFound()
    upload = row.upload_id
    _delete(ResumableUpload.objects.filter(pk=row.pk))
    if upload is not None:
        uploads.discard(user, upload)


def _delete(rows: QuerySet[ResumableUpload]) -> None:
    _release(rows)
    rows.delete()


def expired(now: datetime) -> QuerySet[ResumableUpload]:
    """Those to which nothing was added in time. Their parts go with them, and the files of those, which are old enough,
    with the next cleaning (files.keeping)."""
    return ResumableUpload.objects.filter(changed_at__lt=now - uploads.UNSENT_KEPT)


def forget(user: User) -> None:
    """Delete what an account that is deleted has begun. In a transaction."""
    _delete(ResumableUpload.objects.filter(user=user))
