"""What can be done with messages: post, edit, delete. Checked, stored, published after the commit.

REST, sockets, the admin and commands all come through here; only the realtime writer stores in batches of its own,
from drafts that `draft` made.
"""

from datetime import UTC, datetime

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from chat import mentions, policy, protocol, reading
from chat.events import Change, Posted
from chat.log import history
from chat.log.store import Draft, Stored, store
from chat.models import CLIENT_ID_LENGTH, CONTENT_LENGTH, Chat, Mention, Message, MessageEdit
from chat.policy import Seat
from lib import doorbell, errors, text


def check_content(content: str) -> str:
    """The content without blank lines before and blanks after: 1 to 4,000 characters, any Unicode except NUL.

    Raises `Invalid`, also for what is only invisible characters.
    """
    content = text.trim(content)
    if text.is_blank(content):
        raise errors.Invalid({"content": ["A message needs at least one character that can be seen."]})
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
    attachments: list[int] | None = None,
) -> Draft:
    """A message ready to be stored. Raises `Invalid`, or `Forbidden` where nothing may be said.

    With a `client_id`, storing it says the latter: the message may be there from when it was allowed.
    """
    try:
        policy.check_may_post(seat)
        refusal = None
    except errors.Forbidden as error:
        if client_id is None:
            raise
        refusal = error
    if client_id is not None and (not 1 <= len(client_id) <= CLIENT_ID_LENGTH or "\0" in client_id):
        raise errors.Invalid(
            {"client_id": [f"This must be a string of 1 to {CLIENT_ID_LENGTH} characters without NUL."]}
        )
    if attachments:
        raise errors.Invalid({"attachments": ["There is no such upload."]})
    return Draft(
        seat.chat_id, user_id, username, check_content(content), client_id, reply_to, refusal=refusal
    )


def draft_of_outsider(chat_id: int, user_id: int, client_id: str | None, refusal: errors.NotAMember) -> Draft:
    """What somebody says who is not in the chat: refused, unless they were, and it was stored then."""
    if client_id is None or "\0" in client_id or len(client_id) > CLIENT_ID_LENGTH:
        raise refusal
    return Draft(chat_id, user_id, "", "", client_id, refusal=refusal)


def post(ready: Draft) -> protocol.Message:
    """Store one message and tell everybody; a repeat of its client_id gives the first one. Raises `Refused`."""
    outcome = store([ready])[0]
    if not isinstance(outcome, Stored):
        raise outcome
    if outcome.change is not None:
        doorbell.ring_on_commit(outcome.change, Posted(ready.chat_id, ready.user_id))
    return protocol.plain(outcome.message) if outcome.message else _as_it_is(outcome.id)


def readable(user: User, message_id: int) -> tuple[Message, Seat]:
    """The message and the person's seat in its chat; `NotFound` unless they may read it."""
    message = Message.objects.select_related("chat").filter(pk=message_id).first()
    if message is None:
        raise errors.NotFound()
    try:
        return message, policy.seat(user, message.chat.kind, message.chat_id)
    except errors.NotAMember as error:
        raise errors.NotFound() from error


@transaction.atomic
def edit(user: User, message_id: int, content: str) -> protocol.Message:
    """Say it differently; what it said before is kept. The same content changes nothing."""
    message, seat = readable(user, message_id)
    policy.check_may_post(seat)
    policy.check_may_edit(user.pk, message)
    content = check_content(content)
    chat = _lock(message)
    if message.deleted_at is not None:
        raise errors.Conflict("This message was deleted.")
    if message.content == content:
        return _as_it_is(message.pk)
    version, now = _take_version(chat), _now(message)
    MessageEdit.objects.create(message=message, content=message.content, replaced_at=now)
    named = mentions.find([(message.chat_id, content)]).get(0, [])
    message.content, message.edited_at, message.version, message.mentions = content, now, version, named
    message.save(update_fields=["content", "edited_at", "version", "mentions"])
    before = _forget_mentions(message)
    changed = _as_it_is(message.pk)
    mentions.save([(message.chat_id, changed)])
    _publish(message.chat_id, changed)
    reading.recounted(chat.pk, before ^ (set(named) - {user.pk}))
    return changed


@transaction.atomic
def delete(user: User, message_id: int, *, as_staff: bool = False) -> protocol.Message:
    """Empty a message; its place stays. Its writer or a moderator of the room may, staff through the admin."""
    if as_staff:
        message = Message.objects.select_related("chat").get(pk=message_id)
    else:
        message, seat = readable(user, message_id)
        policy.check_may_delete(user.pk, message, seat)
    chat = _lock(message)
    if message.deleted_at is not None:
        return _as_it_is(message.pk)
    version, now = _take_version(chat, deleted=message.seq), _now(message)
    message.content, message.deleted_at, message.version, message.mentions = "", now, version, []
    message.save(update_fields=["content", "deleted_at", "version", "mentions"])
    MessageEdit.objects.filter(message=message).delete()
    before = _forget_mentions(message)
    changed = _as_it_is(message.pk)
    _publish(message.chat_id, changed)
    reading.recounted(chat.pk, before)
    return changed


def _lock(message: Message) -> Chat:
    """Lock the message's chat and read the message again: nothing in the chat changes until the commit."""
    chat = Chat.objects.select_for_update().get(pk=message.chat_id)
    message.refresh_from_db()
    return chat


def _take_version(chat: Chat, deleted: int = 0) -> int:
    """The next version of a locked chat; `deleted`: the `seq` of the message that it deletes."""
    chat.version += 1
    chat.last_deleted_seq = max(chat.last_deleted_seq, deleted)
    Chat.objects.filter(pk=chat.pk).update(
        version=chat.version, last_deleted_seq=chat.last_deleted_seq, changed_at=Now()
    )
    return chat.version


def _now(message: Message) -> datetime:
    """The time of a change, by any server's clock: not before the message, nor the change before."""
    return max(datetime.now(UTC), message.edited_at or message.created_at)


def _forget_mentions(message: Message) -> set[int]:
    """The ids of those for whom it no longer counts as a mention."""
    found = Mention.objects.filter(message=message)
    user_ids = set(found.values_list("user_id", flat=True))
    found.delete()
    return user_ids


def _as_it_is(message_id: int) -> protocol.Message:
    found = history.one(message_id)
    assert found is not None
    return found


def _publish(chat_id: int, message: protocol.Message) -> None:
    frame = protocol.encode(protocol.as_change(message))
    doorbell.ring_on_commit(Change(chat_id, message.version, 0, frame))
