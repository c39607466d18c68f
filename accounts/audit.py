"""The audit log: who did what to whom, in a room or none. Entries are written with each action, and never changed.

`rooms` stores them and provides the function that writes one (rooms.apps), as most entries belong to a room.
"""

from collections.abc import Callable

from accounts.models import User

DETAIL_LENGTH = 300
#: Called with the room's id, the actor, the action, the target and a detail.
Write = Callable[[int | None, User | None, str, User | None, str], None]


def _not_given(
    room_id: int | None, actor: User | None, action: str, target: User | None, detail: str
) -> None:
    raise RuntimeError("rooms.apps provides this function")


write: Write = _not_given


def note(
    actor: User | None, action: str, target: User | None = None, detail: str = "", room_id: int | None = None
) -> None:
    """Write an entry, in the transaction of the action. `actor`: None if the server itself acted."""
    write(room_id, actor, action, target, detail[:DETAIL_LENGTH])
