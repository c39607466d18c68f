"""Post, edit and delete messages: check, store, and publish after the commit.

REST, sockets, the admin and commands all call these functions. The one exception is the realtime writer, which stores
what `draft` returns itself, in batches.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import User
from chat import events, mentions, policy, protocol, read_marks
from chat.events import Change, Posted
from chat.log import attachments, history, index, threads
from chat.log.rows import Draft, message_of, row_of
from chat.log.store import Stored, store
from chat.models import (
    CLIENT_ID_LENGTH,
    CONTENT_LENGTH,
    REASON_LENGTH,
    Chat,
    Message,
    MessageEdit,
    Reaction,
    Reminder,
    Scheduled,
    Star,
    ThreadFollow,
)
from chat.policy import Seat
from chat.protocol import MOST_ATTACHMENTS
from lib import doorbell, errors, text


def check_content(content: str, has_files: bool = False) -> str:
    """The content without leading blank lines and trailing whitespace: 1 to 4,000 characters, any Unicode except NUL.

    Raises `Invalid`, also if no character is visible; a message with files needs no text.
    """
    content = text.trim(content)
    if text.is_blank(content):
        if has_files:
            return ""
        raise errors.Invalid({"content": ["A message needs at least one visible character."]})
    if len(content) > CONTENT_LENGTH:
        raise errors.Invalid(
            {
                "content": [
                    f"A message has at most {CONTENT_LENGTH:,} characters; this one has {len(content):,}."
                ]
            }
        )
    if "\0" in content:
        raise errors.Invalid({"content": ["A message can't contain the NUL character."]})
    if not content.isascii() and any("\ud800" <= character <= "\udfff" for character in content):
        raise errors.Invalid({"content": ["A message can't contain half of a surrogate pair."]})
    return content


def draft(
    seat: Seat,
    user_id: int,
    username: str,
    content: str,
    client_id: str | None = None,
    reply_to: int | None = None,
    attachments: Sequence[int] = (),
    display_name: str = "",
    avatar_id: str | None = None,
) -> Draft:
    """A message ready to be stored. Raises `Invalid`, or `Forbidden` if the person may not post in the chat.

    With a `client_id`, `store` refuses it instead: the message may have been stored while posting was allowed.
    """
    try:
        policy.check_may_post(seat)
        refusal = None
    except errors.Forbidden as error:
        if client_id is None:
            raise
        refusal = error
    check_client_id(client_id)
    if len(attachments) > MOST_ATTACHMENTS:
        raise errors.Invalid({"attachments": [f"A message has at most {MOST_ATTACHMENTS} files."]})
    return Draft(
        seat.chat_id,
        user_id,
        username,
        check_content(content, bool(attachments)),
        client_id,
        reply_to,
        display_name=display_name,
        avatar_id=avatar_id,
        uploads=attachments,
        refusal=refusal,
    )


def check_client_id(client_id: str | None) -> None:
    if client_id is not None and (not 1 <= len(client_id) <= CLIENT_ID_LENGTH or "\0" in client_id):
        raise errors.Invalid(
            {"client_id": [f"This must be a string of 1 to {CLIENT_ID_LENGTH} characters without NUL."]}
        )


def check_reply(chat_id: int, reply_to: int | None) -> None:
    """Raises `Invalid` unless the message that is answered is in the chat. For messages that are stored later: `store`
    checks those that it stores."""
    if reply_to is not None and not Message.objects.filter(pk=reply_to, chat=chat_id).exists():
        raise errors.Invalid({"reply_to": ["There is no such message in this chat."]})


def draft_of_outsider(chat_id: int, user_id: int, client_id: str | None, refusal: errors.NotAMember) -> Draft:
    """A message by a person who is not in the chat: refused, unless it was stored while they were a member."""
    if client_id is None or "\0" in client_id or len(client_id) > CLIENT_ID_LENGTH:
        raise refusal
    return Draft(chat_id, user_id, "", "", client_id, refusal=refusal)


def post(ready: Draft) -> protocol.Message:
    """Store one message and publish it; a repeated `client_id` returns the first message. Raises `Refused`."""
    [outcome] = store([ready])
    if not isinstance(outcome, Stored):
        raise outcome
    if outcome.change is not None:
        doorbell.ring_on_commit(outcome.change, *outcome.others, Posted(ready.chat_id, ready.user_id))
    if outcome.message is not None:
        return protocol.plain(outcome.message)
    stored = history.one(outcome.id)
    assert stored is not None
    return stored


def readable(user: User, message_id: int) -> tuple[Message, Seat]:
    """The message and the person's seat in its chat. Raises `NotFound` unless they may read it."""
    message = Message.objects.select_related("chat").filter(pk=message_id).first()
    if message is None:
        raise errors.NotFound()
    return message, policy.seat_to_read(user, message.chat)


def keeping(user: User, message_id: int) -> tuple[Message, Seat]:
    """What `readable` returns; call it before storing a row about the message. Until the transaction ends nobody can
    delete the message, so a later deletion also deletes that row. Raises `NotFound`, and `Conflict` if it was deleted.
    """
    message, seat = readable(user, message_id)
    policy.lock(message.chat_id)
    if not Message.objects.filter(pk=message_id, deleted_at=None).exists():
        raise errors.Conflict("This message was deleted.")
    return message, seat


Check = Callable[[int, Message, Seat], None]  # raises `Forbidden` if the user may not change the message


@contextmanager
def changing(user: User | None, message_id: int, check: Check) -> Iterator[Message]:
    """Change a message by setting its fields in the `with` block.

    The block runs in a transaction that has locked the chat. After it, fields that changed are saved under the chat's
    next version and published at the commit; nothing happens if none did. `user`: None for staff in the admin, who
    may change everything. Raises `NotFound` if the user may not read the message, and what `check` raises.
    """
    with transaction.atomic():
        if user is None:
            seat, chat_id = None, Message.objects.values_list("chat_id", flat=True).get(pk=message_id)
        else:
            readable_message, seat = readable(user, message_id)
            chat_id = readable_message.chat_id
        chat = policy.lock(chat_id)
        message = Message.objects.select_related("sender").get(pk=message_id)
        message.chat = chat
        if user is not None and seat is not None:
            check(user.pk, message, seat)
        before = _values(message)
        yield message
        changed = [name for name, value in _values(message).items() if value != before[name]]
        if changed:
            message.version = chat.version = chat.version + 1
            Chat.objects.filter(pk=chat.pk).update(
                version=chat.version, last_deleted_seq=chat.last_deleted_seq, changed_at=Now()
            )
            message.save(update_fields=[*changed, "version"])
            shown = on_the_wire(message)
            if not {"content", "attachments"}.isdisjoint(changed):
                index.put([index.of(message.chat_id, shown)])
            frame = protocol.encode(protocol.as_change(shown))
            reacted = message.pk if changed == ["reactions"] else 0
            doorbell.ring_on_commit(Change(chat.pk, message.version, 0, frame, reacted))


def _values(message: Message) -> dict[str, Any]:
    return {
        field.attname: deepcopy(getattr(message, field.attname)) for field in Message._meta.concrete_fields
    }


def on_the_wire(message: Message) -> protocol.Message:
    """A message whose chat and sender are loaded, as its readers get it."""
    return message_of(row_of(message), protocol.Message)


def edit(user: User, message_id: int, content: str) -> protocol.Message:
    """Replace a message's content; the old one is kept as an edit. The same content changes nothing.

    People whom only the new content mentions are notified; those whom it no longer mentions have one unread mention
    fewer.
    """
    with changing(user, message_id, policy.check_may_edit) as message:
        content = check_content(content, message.attachments is not None)
        if message.deleted_at is not None:
            raise errors.Conflict("This message was deleted.")
        if message.content != content:
            message.edited_at = _now(message)
            MessageEdit.objects.create(
                message=message, content=message.content, replaced_at=message.edited_at
            )
            message.content = content
            before = {*message.mentions, message.sender_id}
            named = mentions.look_up([(message.chat_id, message.sender_id, content)]).get(0, mentions.Named())
            message.mention_all = named.to_all
            _set_mentions(message, named.user_ids)
            _tell_mentioned(message, [id for id in message.mentions if id not in before])
            threads.mentioned(message, message.mentions)
    return on_the_wire(message)


def _tell_mentioned(message: Message, user_ids: list[int]) -> None:
    """Notify people whom an edit mentions: they may have read the message long ago."""
    detail = f"{message.sender.name} mentioned you in an edited message."
    frame = protocol.Notification(kind="mention", detail=detail, chat=message.chat.key, message_id=message.pk)
    events.to_people(user_ids, frame)


#: Rows about a message that are deleted with it.
_GOING = (MessageEdit, Reaction, Reminder, Star)


def delete(user: User, message_id: int, reason: str = "", *, as_staff: bool = False) -> protocol.Message:
    """Empty a message, and delete everything stored about it; its row stays in the chat. Idempotent.

    Allowed for its sender, the room's moderators, and staff in the admin (`as_staff`). If it is somebody else's, the
    row keeps who deleted it and the reason, and the audit log gets an entry. `manage.py verify_erased` proves that
    nothing else is left.
    """
    reason = text.clean("reason", reason, REASON_LENGTH)
    with transaction.atomic():
        with changing(None if as_staff else user, message_id, policy.check_may_delete) as message:
            if is_new := message.deleted_at is None:
                message.content, message.deleted_at = "", _now(message)
                message.chat.last_deleted_seq = max(message.chat.last_deleted_seq, message.seq)
                message.reactions = message.pinned_at = message.pinned_by = message.mention_all = None
                if message.sender_id != user.pk:
                    message.deleted_by, message.delete_reason = user, reason or None
                    _note_deletion(user, message, reason)
                attachments.remove(message)
                for kept in _GOING:
                    kept._default_manager.filter(message=message).delete()
                own = Scheduled.objects.filter(user=message.sender_id, chat=message.chat_id)
                own.filter(message=message).delete()
                if not message.reply_count:  # otherwise the chain can still be followed
                    ThreadFollow.objects.filter(root=message).delete()
                _set_mentions(message, [])
        if is_new and message.thread_root_id is not None:
            with changing(None, message.thread_root_id, policy.check_may_delete) as root:
                threads.uncount(root, message)
    return on_the_wire(message)


def _note_deletion(user: User, message: Message, reason: str) -> None:
    room_id = message.chat_id if message.chat.kind == Chat.Kind.ROOM else None
    detail = f"{message}: {reason}" if reason else f"{message}"
    audit.note(user, "delete message", message.sender, detail, room_id)


def _now(message: Message) -> datetime:
    """The time of a change: never before the message or its last edit, even if another server's clock stamped those."""
    return max(datetime.now(UTC), message.edited_at or message.created_at)


def _set_mentions(message: Message, user_ids: list[int]) -> None:
    read_marks.recounted(message.chat_id, mentions.replace(message, user_ids))
