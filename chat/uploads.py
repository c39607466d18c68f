"""Files that people upload, until a message takes them (chat.log.attachments), and the files of a chat."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounts import audit
from accounts.models import User
from chat import messages, policy
from chat.log.attachments import delete
from chat.log.attachments import remove as remove_from
from chat.models import ALT_LENGTH, Chat, ResumableUpload, Scheduled, Upload
from files import images, keeping, kinds, names, scanning
from files.models import StoredFile
from lib import errors, text

DAY = timedelta(days=1)
#: How long a file waits for a message to take it.
UNSENT_KEPT = DAY
State = Scheduled.State
LONGEST = 7 * 86_400  # seconds of sound or video
BARS = 64  # of a waveform
HEAD = 4096  # bytes that tell the type of a file


class Measures(NamedTuple):
    """What the sender's client says of sound and video: for show only."""

    duration: float | None = None  # seconds
    width: int | None = None  # pixels
    height: int | None = None
    waveform: Sequence[int] | None = None


UNMEASURED = Measures()


def add(
    user: User,
    content: IO[bytes],
    name: str,
    *,
    claimed: str = "",
    alt: str = "",
    original: bool = False,
    measures: Measures = UNMEASURED,
    poster: IO[bytes] | None = None,
    reserved: int = 0,
    then: Callable[[Upload], None] | None = None,
) -> Upload:
    """Store a file for its uploader. Pictures are drawn anew without their metadata, unless `original`; the thumbs
    always are. `claimed`: the type that the client gives it, which only tells sound from video.
    `reserved`: bytes of it that count for the quota already. `then` is called in the transaction that stores it.

    Raises `Invalid`, `TooLarge`, `QuotaExceeded`, `Unavailable`, and what the scanner and the decoder raise. Takes up
    to seconds, during which it holds no database connection.
    """
    alt = text.clean("alt", alt, ALT_LENGTH)
    name = names.clean(name)
    size = _size(content)
    check_size(size)
    check_quota(user, size - reserved)
    if not connection.in_atomic_block:
        close_old_connections()
    scanning.scan(content)
    kind = kinds.of(content.read(HEAD), name, claimed)
    with keeping.workplace() as place:
        picture = None
        if kind.kind == Upload.Kind.IMAGE:
            picture = images.process(_copy(content, place / "picture"), place, original=original)
        elif poster is not None and kind.kind != Upload.Kind.FILE:
            picture = draw_poster(poster, place)
        image = picture if kind.kind == Upload.Kind.IMAGE else None
        row = Upload(user=user, name=name, kind=kind.kind, mime=kind.mime, is_inline=kind.inline, alt=alt)
        if image is not None:
            row.mime, row.width, row.height = image.mime, image.width, image.height
            row.name = names.fitting(name, image.mime)
            row.is_inline = not original
        elif kind.kind != Upload.Kind.FILE:
            row.duration, row.width, row.height = measures.duration, measures.width, measures.height
            row.waveform = list(measures.waveform) if measures.waveform else None

        def refer(file: StoredFile, *thumbs: StoredFile) -> Upload:
            row.file, row.size = file, file.size
            row.thumb, row.preview = thumbs or (None, None)
            return _create(row, reserved, then)

        thumbs = picture.thumbs if picture is not None else ()
        return keeping.keep_for(refer, image.path if image is not None else content, *thumbs)


def check_size(size: int) -> None:
    """Raises `TooLarge`, `Invalid`."""
    if size > settings.UPLOAD_MAX_SIZE:
        raise errors.TooLarge(too_large())
    if size == 0:
        raise errors.Invalid({"file": ["This file is empty."]})


def too_large() -> str:
    return f"A file may have at most {settings.UPLOAD_MAX_SIZE // 1_000_000:,} MB."


def draw_poster(content: IO[bytes], place: Path) -> images.Picture:
    """The thumbs of sound or video. Raises `BadImage`, naming the poster, and `Unavailable`."""
    try:
        return images.process(_copy(content, place / "poster"), place, original=True)
    except errors.BadImage as error:
        raise errors.BadImage(f"poster: {error.detail}", fields={"poster": [error.detail]}) from None


def _size(content: IO[bytes]) -> int:
    size = content.seek(0, 2)
    content.seek(0)
    return size


def _copy(content: IO[bytes], path: Path) -> Path:
    content.seek(0)
    with path.open("wb") as out:
        while block := content.read(keeping.BLOCK):
            out.write(block)
    return path


@transaction.atomic
def _create(row: Upload, reserved: int = 0, then: Callable[[Upload], None] | None = None) -> Upload:
    lock(row.user)
    check_quota(row.user, row.size - reserved)
    keeping.hold([id for id in (row.file_id, row.thumb_id, row.preview_id) if id is not None])
    row.save(force_insert=True)
    if then is not None:
        then(row)
    return row


def lock(user: User) -> None:
    """Until the transaction ends, so that concurrent requests can't exceed the quota."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def under_way(user: User) -> QuerySet[ResumableUpload]:
    """The person's uploads in parts that are neither whole nor refused."""
    return ResumableUpload.objects.filter(user=user, upload=None, refusal__isnull=True)


def check_quota(user: User, size: int) -> None:
    """Raises `QuotaExceeded` if so many bytes more are too many for the person; with `retry_after` if they won't be
    once some of the last 24 hours' are older. Uploads in parts count with their whole size from their beginning.
    """
    own, now = Upload.objects.filter(user=user), timezone.now()
    today = own.filter(created_at__gt=now - DAY)
    limits = [
        (most, rows, rows.aggregate(sum=Sum("size"))["sum"] or 0, per)
        for most, rows, per in ((settings.UPLOAD_QUOTA, own, ""), (settings.UPLOAD_DAILY, today, " a day"))
        if most
    ]
    # Counted last: an upload that becomes whole in between must not count twice. Without the lock it may be missed,
    # until who stores something asks again.
    size += under_way(user).aggregate(sum=Sum("size"))["sum"] or 0
    for most, rows, stored, per in limits:
        if size + stored > most:
            raise errors.QuotaExceeded(
                f"You can upload at most {most // 1_000_000:,} MB{per}.",
                retry_after=_until_free(rows, most - size, now) if per else None,
            )


def _until_free(rows: QuerySet[Upload], most: int, now: datetime) -> int | None:
    """Seconds until those of these uploads that are younger than a day have at most so many bytes together."""
    left = rows.aggregate(sum=Sum("size"))["sum"] or 0
    for created_at, size in rows.order_by("created_at").values_list("created_at", "size").iterator():
        left -= size
        if left <= most:
            return int((created_at + DAY - now).total_seconds()) + 1
    return None  # the file alone is too large


def waveform_of(typed: str) -> list[int] | None:
    """A waveform from JSON. Raises `Invalid`."""
    if not typed:
        return None
    try:
        bars = json.loads(typed[:1000])
    except ValueError:
        bars = None
    if (
        not isinstance(bars, list)
        or not 1 <= len(bars) <= BARS
        or not all(type(bar) is int and 0 <= bar <= 100 for bar in bars)
    ):
        raise errors.Invalid(
            {"waveform": [f"This must be a JSON list of 1 to {BARS} whole numbers, 0 to 100."]}
        )
    return bars


def readable(user: User, id: int) -> Upload:
    """An upload with its files: the person's own that was not sent, or one of a chat they may read now. Raises
    `NotFound`."""
    upload = Upload.objects.select_related("file", "thumb", "preview", "chat").filter(pk=id).first()
    if upload is None or (upload.chat is None and upload.user_id != user.pk):
        raise errors.NotFound()
    if upload.chat is not None:
        policy.seat_to_read(user, upload.chat)
    return upload


def copy(user: User, id: int) -> Upload:
    """Make an upload of the person's own of a file that they may read, to send it elsewhere. Its content is not stored
    again. Raises `NotFound`, `QuotaExceeded`, and `Conflict` if it is deleted at this moment."""
    row = readable(user, id)
    row.pk, row.user, row.created_at, row.place = None, user, timezone.now(), 0
    row.message = row.chat = row.scheduled = row.draft = None
    row._state.adding = True
    return _create(row)


def _own(user: User, id: int) -> Upload:
    """Locked. Raises `NotFound`, also if a message has it."""
    rows = Upload.objects.select_for_update(of=("self",), no_key=True)
    upload = rows.filter(pk=id, user=user, message=None).first()
    if upload is None:
        raise errors.NotFound()
    return upload


@transaction.atomic
def describe(user: User, id: int, alt: str) -> Upload:
    """Change the text that describes a file which was not sent yet. Raises `Invalid`, `NotFound`."""
    upload = _own(user, id)
    upload.alt = text.clean("alt", alt, ALT_LENGTH)
    upload.save(update_fields=["alt"])
    return upload


@transaction.atomic
def discard(user: User, id: int) -> None:
    """Delete a file that was not sent. Raises `NotFound`."""
    delete(Upload.objects.filter(pk=_own(user, id).pk))


@transaction.atomic
def remove(staff: User, upload: Upload) -> None:
    """Delete a file, sent or not, as staff in the admin. A message that has nothing else is deleted with it."""
    audit.note(staff, "delete file", upload.user, upload.name, _room_of(upload))
    if upload.message_id is None:
        delete(Upload.objects.filter(pk=upload.pk))
        return
    with messages.changing(None, upload.message_id, policy.check_may_delete) as message:
        remove_from(message, upload.pk)
        is_empty = message.attachments is None and not message.content
    if is_empty:
        messages.delete(staff, upload.message_id, as_staff=True)


def _room_of(upload: Upload) -> int | None:
    chat = upload.chat
    return chat.pk if chat is not None and chat.kind == Chat.Kind.ROOM else None


def listed(chat_id: int, kind: str = "", search: str = "") -> QuerySet[Upload]:
    """The files of a chat's messages, the newest first; `search`: part of their names."""
    rows = Upload.objects.filter(chat=chat_id).select_related("message__sender").order_by("-pk")
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(search_text__contains=text.fold(search)) if search else rows


def unsent(now: datetime) -> QuerySet[Any]:
    """What no message has taken in time, and no draft or scheduled message keeps."""
    late = Upload.objects.filter(message=None, created_at__lt=now - UNSENT_KEPT)
    return late.filter(draft=None).exclude(scheduled__state__in=[State.WAITING, State.FAILED])


def forget(user: User) -> None:
    """Delete the files that an account which is deleted has not sent. In a transaction."""
    delete(Upload.objects.filter(user=user, message=None))
