"""The audit of a room: who did what to whom."""

from accounts.models import User
from rooms.models import AuditEntry, Room


def note(room: Room, actor: User | None, action: str, target: User | None = None, detail: str = "") -> None:
    """Write an entry, in the transaction of the act. Without an actor, the server did it by its own rules."""
    AuditEntry.objects.create(room=room, actor=actor, action=action, target=target, detail=detail)
