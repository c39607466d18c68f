"""Attachments: the uploads that a message takes when it is stored, and what its readers get of them.

A companion of `chat.log.store`. `Upload` rows are the source of truth; `Message.attachments` repeats what readers get.
"""

from collections.abc import Sequence

import msgspec
from django.db import IntegrityError
from django.db.models import QuerySet

from chat.events import Change
from chat.log.rows import Draft, MessageRow, attachments_of
from chat.models import Message, SavedDraft, Scheduled, Upload
from chat.protocol import MOST_ATTACHMENTS, Attachment
from files import keeping
from lib import errors


class Taken(IntegrityError):
    """Another message has just taken an upload: `store` tries again, and refuses this one."""


def on_the_wire(upload: Upload) -> Attachment:
    address = f"/uploads/{upload.pk}"
    return Attachment(
        id=upload.pk,
        kind=upload.kind,
        name=upload.name,
        size=upload.size,
        mime=upload.mime,
        width=upload.width,
        height=upload.height,
        duration=upload.duration,
        thumb=f"{address}/thumb" if upload.thumb_id is not None else None,
        url=address,
        alt=upload.alt,
        waveform=upload.waveform,
    )


def place(drafts: Sequence[Draft]) -> dict[int, errors.Refused]:
    """Set the attachments of drafts that name uploads. Returns the refusals of those that name others than their
    sender's own, or what a message has."""
    wanted = {id for draft in drafts for id in draft.uploads}
    if not wanted:
        return {}
    free = Upload.objects.filter(message=None).in_bulk(list(wanted))
    refused: dict[int, errors.Refused] = {}
    for index, draft in enumerate(drafts):
        if not draft.uploads:
            continue
        own = [free.pop(id, None) for id in dict.fromkeys(draft.uploads)]
        uploads = [upload for upload in own if upload is not None and upload.user_id == draft.user_id]
        if len(uploads) == len(own):
            draft.attachments = msgspec.json.encode([on_the_wire(upload) for upload in uploads]).decode()
        else:
            refused[index] = errors.Invalid({"attachments": ["There is no such upload."]})
    return refused


def own(user_id: int, ids: Sequence[int]) -> list[Upload]:
    """The person's uploads with these ids, in their order. Raises `Invalid` unless all are theirs, and no message has
    one."""
    free = Upload.objects.filter(user=user_id, message=None).in_bulk(list(ids)) if ids else {}
    if len(ids) > MOST_ATTACHMENTS:
        raise errors.Invalid({"attachments": [f"A message has at most {MOST_ATTACHMENTS} files."]})
    if len(free) < len(set(ids)):
        raise errors.Invalid({"attachments": ["There is no such upload."]})
    return [free[id] for id in dict.fromkeys(ids)]


def keep_with(row: Scheduled | SavedDraft, uploads: Sequence[Upload]) -> None:
    """Let a scheduled message or a draft have these uploads, and no others. In a transaction."""
    name = "scheduled" if isinstance(row, Scheduled) else "draft"
    row.uploads.exclude(pk__in=[upload.pk for upload in uploads]).update(**{name: None})
    for place, upload in enumerate(uploads):
        setattr(upload, name, row)
        upload.place = place
    Upload.objects.bulk_update(uploads, [name, "place"])


def kept_with(row: Scheduled | SavedDraft) -> list[Upload]:
    """The uploads that a scheduled message or a draft has, as far as no message has taken them."""
    return sorted((one for one in row.uploads.all() if one.message_id is None), key=lambda one: one.place)


def find(rows: Sequence[MessageRow]) -> bool:
    return any(row.attachments is not None for row in rows)


def save(rows: Sequence[MessageRow]) -> list[Change]:
    """Let these stored messages have their uploads. Raises `Taken`."""
    for row in rows:
        if row.attachments is not None:
            ids = [attachment.id for attachment in attachments_of(row.attachments)]
            free = Upload.objects.filter(pk__in=ids, user=row.sender_id, message=None)
            if free.update(message=row.id, chat=row.chat_id) < len(ids):
                raise Taken
    return []


def remove(message: Message, only: int | None = None) -> None:
    """Delete the files of a message, or one of them. The chat is locked."""
    uploads = Upload.objects.filter(message=message)
    left = []
    if only is not None and message.attachments is not None:
        uploads = uploads.filter(pk=only)
        left = [each for each in attachments_of(message.attachments) if each.id != only]
    message.attachments = msgspec.json.encode(left).decode() if left else None
    delete(uploads)


def delete(uploads: QuerySet[Upload]) -> None:
    """Delete these uploads, and their files after the commit. In a transaction."""
    files = [id for ids in uploads.values_list("file_id", "thumb_id", "preview_id") for id in ids if id]
    uploads.delete()
    keeping.release(files)
