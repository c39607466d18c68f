"""What people have typed and not sent: one draft per person and chat, the same on all their devices.

Each change names the revision that it was made from, so that no device overwrites what it has not seen.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, prefetch_related_objects
from django.utils import timezone

from accounts.models import User
from chat import events, messages, policy
from chat.log import attachments as files
from chat.models import CONTENT_LENGTH, Membership, Message, SavedDraft, Upload
from chat.policy import Seat
from chat.protocol import ChatDraft, DraftChanged
from chat.protocol import SavedDraft as WireDraft
from lib import errors, text


def of(user: User, seat: Seat) -> ChatDraft:
    """The person's draft in a chat; revision 0 if they never had one."""
    found = SavedDraft.objects.filter(user=user, chat=seat.chat_id).select_related("chat").first()
    return on_the_wire([found])[0] if found else ChatDraft(chat=seat.key, draft=None, revision=0)


def all_of(user: User) -> QuerySet[SavedDraft]:
    """The person's drafts in the chats they are in, empty ones included, the last changed first."""
    chats = Membership.objects.filter(user=user, state=Membership.State.ACTIVE).values("chat")
    drafts = SavedDraft.objects.filter(user=user, chat__in=chats, revision__gt=0)
    return drafts.select_related("chat").order_by("-updated_at", "-pk")


@transaction.atomic
def keep(
    user: User,
    seat: Seat,
    base: int,
    content: str = "",
    reply_to: int | None = None,
    attachments: Sequence[int] | None = None,
) -> ChatDraft:
    """Replace the draft of revision `base`; blank content without `reply_to` and attachments empties it. It keeps the
    attachments that it has if they are None: a client that knows nothing of files leaves another's alone.

    Raises `Invalid`, `Forbidden` if the person may not post, and `Conflict`, with the current draft, if that has
    another revision. It is no conflict if that draft says the same: a repeated request gets the answer of the first.
    """
    if len(content) > CONTENT_LENGTH:
        raise errors.Invalid({"content": [f"A message has at most {CONTENT_LENGTH:,} characters."]})
    uploads = _uploads_in(user, seat) if attachments is None else files.own(user.pk, attachments)
    if text.is_blank(content) and reply_to is None and not attachments:
        content = ""  # allowed wherever the person can read the chat
    else:
        policy.check_may_post(seat)
    messages.check_reply(seat.chat_id, reply_to)
    own = SavedDraft.objects.filter(user=user, chat=seat.chat_id)
    change: dict[str, Any] = {"content": content, "reply_to": reply_to, "updated_at": timezone.now()}
    if not own.filter(revision=base).update(revision=base + 1, **change):
        if base == 0:
            SavedDraft.objects.bulk_create(
                [SavedDraft(user=user, chat_id=seat.chat_id)], ignore_conflicts=True
            )
        if base or not own.filter(revision=0).update(revision=1, **change):
            now = of(user, seat)
            has = attachments if attachments is None else [upload.pk for upload in uploads]
            if _says(now, content, reply_to, has):
                return now
            raise errors.Conflict(
                "The draft was changed on another device.",
                beside={"draft": now.draft, "revision": now.revision},
            )
    files.keep_with(own.get(), uploads)
    kept = _kept(content, reply_to, uploads, change["updated_at"])
    draft = ChatDraft(chat=seat.key, draft=kept, revision=base + 1)
    events.to_people([user.pk], DraftChanged(chat=draft.chat, draft=draft.draft, revision=draft.revision))
    return draft


@transaction.atomic
def discard(user: User, seat: Seat, base: int | None) -> ChatDraft:
    """Empty the draft; with `base`, only if that is its revision. Raises `Conflict` otherwise."""
    own = SavedDraft.objects.filter(user=user, chat=seat.chat_id).select_for_update(no_key=True)
    own.first()  # locked: without `base`, nobody changes the draft before it is emptied
    now = of(user, seat)
    if now.draft is None and base in (None, now.revision):
        return now
    return keep(user, seat, now.revision if base is None else base, attachments=[])


def _uploads_in(user: User, seat: Seat) -> list[Upload]:
    """The files of the person's draft, as far as it is one (`on_the_wire`)."""
    draft = SavedDraft.objects.filter(user=user, chat=seat.chat_id).prefetch_related("uploads").first()
    uploads = files.kept_with(draft) if draft is not None else []
    return [] if draft is None or not uploads or _is_sent(draft, _said_last([draft])) else uploads


def _says(now: ChatDraft, content: str, reply_to: int | None, attachments: Sequence[int] | None) -> bool:
    kept = now.draft
    if kept is None:
        return not content and reply_to is None and not attachments
    has = [attachment.id for attachment in kept.attachments]
    is_same = attachments is None or has == list(attachments)
    return is_same and (kept.content, kept.reply_to) == (content, reply_to)


def on_the_wire(drafts: Sequence[SavedDraft]) -> list[ChatDraft]:
    """Drafts of one person, whose chats are loaded. One whose text has been sent since counts as empty, even if the
    device that sent it has not emptied it."""
    said = _said_last(drafts)
    prefetch_related_objects(drafts, "uploads")
    return [
        ChatDraft(
            chat=draft.chat.key,
            draft=None
            if _is_sent(draft, said)
            else _kept(draft.content, draft.reply_to_id, files.kept_with(draft), draft.updated_at),
            revision=draft.revision,
        )
        for draft in drafts
    ]


def _kept(content: str, reply_to: int | None, uploads: Sequence[Upload], at: datetime) -> WireDraft | None:
    """None if there is nothing in it."""
    if not content and reply_to is None and not uploads:
        return None
    return WireDraft(
        content=content,
        reply_to=reply_to,
        attachments=[files.on_the_wire(upload) for upload in uploads],
        updated_at=at,
    )


def _said_last(drafts: Sequence[SavedDraft]) -> dict[int, Message]:
    """The newest message of the drafts' author in each of their chats."""
    chats = [draft.chat_id for draft in drafts if draft.content]
    if not chats:
        return {}
    own = Message.objects.filter(
        chat__in=chats,
        chat__memberships__user=drafts[0].user_id,
        seq=F("chat__memberships__last_own_seq"),
    )
    return {message.chat_id: message for message in own.only("chat", "content", "created_at")}


def _is_sent(draft: SavedDraft, said: dict[int, Message]) -> bool:
    message = said.get(draft.chat_id)
    return (
        message is not None
        and message.created_at >= draft.updated_at
        and message.content == text.trim(draft.content)
    )
