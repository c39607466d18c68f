"""Stores the entries of the audit log, and writes those of the verbs on rooms."""

from accounts import audit
from accounts.models import User
from rooms.models import AuditEntry, Room


def note(room: Room, actor: User | None, action: str, target: User | None = None, detail: str = "") -> None:
    """Write an entry on a room (see `accounts.audit.note`)."""
    audit.note(actor, action, target, detail, room.pk)


def write(room_id: int | None, actor: User | None, action: str, target: User | None, detail: str) -> None:
    AuditEntry.objects.create(room_id=room_id, actor=actor, action=action, target=target, detail=detail)
