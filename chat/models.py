"""Chats, their members, and the log of their messages.

The database is the log: `seq` orders a chat's messages without gaps, `version` orders its changes.
Both are handed out under the chat's row lock by `chat.log.store`, and nowhere else.
"""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import SEARCH_TEXT_LENGTH, Derived
from files.models import Avatar, StoredFile
from lib import text

CONTENT_LENGTH = 4000  # characters, after trimming
CLIENT_ID_LENGTH = 64
EMOJI_LENGTH = 64  # bytes, as UTF-8
REASON_LENGTH = 300
FILE_NAME_LENGTH = 200
ALT_LENGTH = 1000
#: A server process with an older heartbeat counts as dead, and its connections as closed.
PROCESS_GONE = timedelta(seconds=40)


class Chat(models.Model):
    """A chat: general, a private chat of two people, or a room's."""

    class Kind(models.TextChoices):
        GENERAL = "general"
        PRIVATE = "private"
        ROOM = "room"

    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=80, blank=True)  # a room's name
    search_text = Derived(lambda chat: text.fold(chat.title), max_length=SEARCH_TEXT_LENGTH, db_default="")
    is_public = models.BooleanField(default=False)  # a room that everybody may find and join
    last_seq = models.BigIntegerField(default=0, editable=False)
    version = models.BigIntegerField(default=0, editable=False)
    #: The database's clock at the last change; the sweep reads recent ones.
    changed_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    #: The newest message's time. Later messages never have an earlier time, whichever server's clock set it.
    last_message_at = models.DateTimeField(null=True, editable=False)
    #: The highest `seq` of a deleted message: no deleted ones need counting for members who have read further.
    last_deleted_seq = models.BigIntegerField(default=0, db_default=0, editable=False)
    # What the chat's moderators decided; empty: what the operator's settings say (chat.policy).
    mention_everyone = models.CharField(max_length=10, null=True, blank=True)  # nobody, moderators, all
    pin_by = models.CharField(max_length=10, null=True, blank=True)  # moderators, all
    edit_window = models.PositiveIntegerField(
        null=True, blank=True
    )  # seconds in which one may edit; 0: no end
    delete_window = models.PositiveIntegerField(null=True, blank=True)  # the same for deleting
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(
        null=True, blank=True
    )  # for a private chat: when one of the two accounts ended
    #: When anything but messages last changed (title, public, archived); swept like `changed_at`.
    state_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    avatar = models.ForeignKey(  # of a room
        Avatar,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
    )
    # The two people of a private chat, the smaller id first.
    user_low = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    user_high = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["state_changed_at"],
                condition=Q(state_changed_at__isnull=False),
                name="chat_state_changed",
            ),
            models.Index(fields=["avatar"], condition=Q(avatar__isnull=False), name="chat_of_avatar"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="general"), name="one_general_chat"),
            models.UniqueConstraint(fields=["user_low", "user_high"], name="one_private_chat_a_pair"),
            models.CheckConstraint(
                name="private_chat_has_an_ordered_pair",
                condition=Q(
                    kind="private",
                    user_low__isnull=False,
                    user_high__isnull=False,
                    user_low__lt=F("user_high"),
                )
                | (~Q(kind="private") & Q(user_low__isnull=True, user_high__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.key

    @property
    def key(self) -> str:
        return chat_key(self.kind, self.pk)


def chat_key(kind: str, chat_id: int) -> str:
    """The chat's name on the wire: `general`, `private:<id>` or `room:<id>`."""
    return "general" if kind == "general" else f"{kind}:{chat_id}"


class Membership(models.Model):
    """A person in a chat: their role, and how far they have read. `chat.counting` says how much is unread."""

    class Role(models.TextChoices):
        OWNER = "owner"
        MODERATOR = "moderator"
        MEMBER = "member"

    class State(models.TextChoices):
        ACTIVE = "active"
        LEFT = "left"
        REMOVED = "removed"

    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    removed_reason = models.CharField(
        max_length=300, blank=True
    )  # shown to the person who was kicked or banned
    last_read_seq = models.BigIntegerField(default=0)
    #: `seq` of the newest message they wrote: their own messages need counting only if they have read less.
    last_own_seq = models.BigIntegerField(default=0, db_default=0, editable=False)
    muted_until = models.DateTimeField(null=True, blank=True)  # notifications only
    ignores_everyone = models.BooleanField(
        null=True, blank=True
    )  # `@everyone` and `@here` count like any message
    joined_at = models.DateTimeField(default=timezone.now)
    joined_version = models.BigIntegerField(default=0)  # the chat's version when they joined
    #: When any of the next three last changed; the sweep finds the row by it.
    state_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    moved_at = models.DateTimeField(null=True, blank=True, editable=False)  # joined or left
    settings_changed_at = models.DateTimeField(  # their own: muted or not
        null=True, blank=True, editable=False, db_column="mute_changed_at"
    )
    read_untold_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )  # to be sent by the next sweep: a ring was lost, or mentions were added or removed
    #: When their read position last moved. Not indexed, as it changes often.
    read_changed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chat", "user"], name="one_membership_a_person")]
        indexes = [
            models.Index(fields=["user", "state"], name="membership_of_user"),
            models.Index(
                fields=["state_changed_at"],
                condition=Q(state_changed_at__isnull=False),
                name="membership_state_changed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.chat}"


class Message(models.Model):
    """One entry of a chat's log. A deleted one keeps its place, without its content."""

    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="messages", db_index=False)
    seq = models.BigIntegerField(editable=False)
    version = models.BigIntegerField(editable=False)  # of its latest change
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    content = models.TextField(blank=True)
    client_id = models.CharField(max_length=CLIENT_ID_LENGTH, null=True, blank=True, editable=False)
    reply_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    mentions: Any = models.JSONField(default=list, blank=True)  # ids of the people mentioned
    # Each of the following is null where there is nothing: adding such a column costs no time on a large table.
    mention_all = models.CharField(max_length=8, null=True, blank=True, editable=False)  # everyone, here
    #: The first message of the chain of replies that this one is in.
    thread_root = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
    )
    # Of a root: its replies that are not deleted.
    reply_count = models.PositiveIntegerField(null=True, blank=True, editable=False)
    last_reply_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: What `Reaction` rows amount to, as readers get it: JSON of a list of `protocol.Reaction`.
    reactions = models.TextField(null=True, blank=True, editable=False)
    #: What `Upload` rows amount to, as readers get it: JSON of a list of `protocol.Attachment`.
    attachments = models.TextField(null=True, blank=True, editable=False)
    pinned_at = models.DateTimeField(null=True, blank=True, editable=False)
    pinned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
    )
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    #: Who deleted it, if it wasn't the sender, and why.
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
    )
    delete_reason = models.CharField(max_length=REASON_LENGTH, null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chat", "seq"], name="seq_unique_in_chat"),
            # The sender first, so that the index also finds all messages of a person.
            models.UniqueConstraint(fields=["sender", "chat", "client_id"], name="client_id_unique"),
        ]
        indexes = [
            models.Index(fields=["chat", "version"], name="message_changes"),
            # For counting deleted messages.
            models.Index(
                fields=["chat", "seq"], name="deleted_messages", condition=Q(deleted_at__isnull=False)
            ),
            models.Index(
                fields=["thread_root", "seq"], name="replies", condition=Q(thread_root__isnull=False)
            ),
            models.Index(
                fields=["chat", "pinned_at"], name="pinned_messages", condition=Q(pinned_at__isnull=False)
            ),
            # For counting messages to everyone among the unread ones.
            models.Index(
                fields=["chat", "seq"], name="messages_to_all", condition=Q(mention_all__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chat} #{self.seq}"


class Mention(models.Model):
    """A member mentioned with `@username` in a message. Unread mentions are counted from these rows."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="+", db_index=False)
    seq = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["user", "chat", "seq"], name="mentions_of_user")]

    def __str__(self) -> str:
        return f"{self.user} in {self.message}"


class MessageEdit(models.Model):
    """The content of a message before an edit."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="edits")
    content = models.TextField()
    replaced_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.message} before {self.replaced_at:%Y-%m-%d %H:%M}"


class Reaction(models.Model):
    """A person's emoji on a message. `Message.reactions` holds what readers get of them."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    emoji = models.CharField(max_length=EMOJI_LENGTH)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "emoji", "user"], name="one_reaction_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.emoji} by {self.user}"


class Upload(models.Model):
    """A file that a person has uploaded: theirs alone until a message takes it, then of those who may read its chat."""

    class Kind(models.TextChoices):
        IMAGE = "image"
        VIDEO = "video"
        AUDIO = "audio"
        FILE = "file"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    chat = models.ForeignKey(  # of the message
        Chat, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    # What else keeps it while no message has it, and at which place.
    scheduled = models.ForeignKey(
        "Scheduled", null=True, blank=True, on_delete=models.SET_NULL, related_name="uploads"
    )
    draft = models.ForeignKey(
        "SavedDraft", null=True, blank=True, on_delete=models.SET_NULL, related_name="uploads"
    )
    place = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=FILE_NAME_LENGTH)  # for people; never part of a path
    search_text = Derived(
        lambda upload: text.fold(upload.name)[:SEARCH_TEXT_LENGTH],
        max_length=SEARCH_TEXT_LENGTH,
        db_default="",
    )
    kind = models.CharField(max_length=5, choices=Kind)
    mime = models.CharField(max_length=100)
    is_inline = models.BooleanField(default=False)  # shown by browsers; everything else is downloaded
    size = models.BigIntegerField()  # bytes
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    # WebP, of at most 400 and 1,200 pixels a side.
    thumb = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    preview = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    width = models.PositiveIntegerField(null=True, blank=True)  # pixels
    height = models.PositiveIntegerField(null=True, blank=True)
    duration = models.FloatField(null=True, blank=True)  # seconds, as the sender's client measured it
    alt = models.CharField(max_length=ALT_LENGTH, blank=True)
    waveform: Any = models.JSONField(
        null=True, blank=True
    )  # loudness, 0 to 100, in equal parts of the duration
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["chat", "id"], name="uploads_of_chat", condition=Q(chat__isnull=False)),
            models.Index(fields=["user", "created_at"], name="uploads_of_user"),
            models.Index(fields=["created_at"], name="uploads_not_sent", condition=Q(message__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name


class ResumableUpload(models.Model):
    """A file that arrives in parts (chat.resumable). Once it is whole it has an `Upload`, or why it was refused."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    size = models.BigIntegerField()  # bytes of the whole
    offset = models.BigIntegerField(default=0)  # bytes that have arrived
    about: Any = models.JSONField(default=dict)  # what `uploads.add` needs to know of the file
    metadata = models.TextField(blank=True)  # the same as the client put it
    poster = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    upload = models.OneToOneField(Upload, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    refusal: Any = models.JSONField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["user"], name="uploads_under_way", condition=Q(upload__isnull=True)),
            models.Index(fields=["changed_at"], name="resumable_uploads_to_clean"),
        ]

    def __str__(self) -> str:
        return f"{self.offset} of {self.size} bytes"


class UploadPart(models.Model):
    """A part of a file that is not whole yet."""

    whole = models.ForeignKey(ResumableUpload, on_delete=models.CASCADE, related_name="parts", db_index=False)
    offset = models.BigIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["whole", "offset"], name="one_part_at_an_offset")]

    def __str__(self) -> str:
        return f"from byte {self.offset}"


class Star(models.Model):
    """A message that a person saved for themselves."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "message"], name="one_star_a_person")]

    def __str__(self) -> str:
        return f"{self.message} for {self.user}"


class ThreadFollow(models.Model):
    """Whether a person follows a chain of replies: who writes in it or is mentioned there does, unless they chose.

    Only active members of the chat have rows (`chat.members.dismiss`, `chat.log.threads`).
    """

    root = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    follows = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "root"], name="one_follow_a_person")]

    def __str__(self) -> str:
        return f"{self.user}: {self.root}"


class SavedDraft(models.Model):
    """What a person has typed in a chat and not sent, for all their devices. An empty one keeps its revision."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="+")
    content = models.TextField(blank=True)
    reply_to = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "chat"], name="one_draft_a_chat")]

    def __str__(self) -> str:
        return f"{self.user} in {self.chat}"


class Scheduled(models.Model):
    """A message to be sent at a time."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="+")
    content = models.TextField()
    reply_to = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    send_at = models.DateTimeField()
    #: Chosen by the author; no two of a person's have the same one (`chat.scheduled.schedule`).
    client_id = models.CharField(max_length=CLIENT_ID_LENGTH, null=True, blank=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    failure = models.CharField(max_length=REASON_LENGTH, blank=True)  # why it was not sent
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["send_at"], name="scheduled_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.user} at {self.send_at:%Y-%m-%d %H:%M}"


class Reminder(models.Model):
    """A message that a person wants to be reminded of at a time."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    remind_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["remind_at"], name="reminders_waiting", condition=Q(told_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.remind_at:%Y-%m-%d %H:%M}"


class Group(models.Model):
    """People who are mentioned together with `@name`."""

    name = models.CharField(max_length=50)
    #: `text.key` of the name: no username has the same one.
    name_key = Derived(lambda group: text.key(group.name), max_length=300, unique=True)
    members: Any = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    #: Whom `@name` does not mention, by their own choice; also who is no member, or no longer.
    muted_by: Any = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Epoch(models.Model):
    """Identifies the log in this database: a single row, changed by `chat.epoch`."""

    ONLY = 1
    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    uuid = models.UUIDField(default=uuid4)
    began_at = models.DateTimeField(default=timezone.now)
    #: Identifies the table in PostgreSQL (chat.epoch); "" if unknown.
    place = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="one_epoch", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.uuid)


class ServerProcess(models.Model):
    """A running server process. With an old heartbeat it counts as dead, and its connections as closed."""

    id = models.UUIDField(primary_key=True)
    started_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "server processes"

    def __str__(self) -> str:
        return str(self.id)[:8]


class Followed(models.Model):
    """The version of a chat up to which a follower has handled it (chat.followers)."""

    name = models.CharField(max_length=40)
    chat = models.ForeignKey(Chat, models.CASCADE, related_name="followed")
    version = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chat", "name"], name="followed_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.chat_id} to {self.version}"


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def living(self) -> "ConnectionQuerySet":
        """Connections of server processes with a recent heartbeat, by the database's clock."""
        processes = ServerProcess.objects.filter(heartbeat_at__gt=Now() - PROCESS_GONE)
        return self.filter(process__in=processes)  # a join would look up the process of each connection


class Connection(models.Model):
    """An open socket. Online states and the operator's list of connections are read from these rows."""

    id = models.UUIDField(primary_key=True)
    process = models.ForeignKey(ServerProcess, on_delete=models.CASCADE, related_name="connections")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connections")
    session_id = models.UUIDField()
    chat = models.ForeignKey(Chat, null=True, on_delete=models.CASCADE, related_name="+")  # null: `/ws`
    address = models.GenericIPAddressField(null=True)
    opened_at = models.DateTimeField(default=timezone.now)

    objects = ConnectionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user} from {self.address}"
