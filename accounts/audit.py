"""The audit: who did what to whom, in which room or in none. Entries are written with each act, and never changed.

`rooms` keeps them, and gives the function that writes one (rooms.apps): a room's own entries are most of them.
"""

from collections.abc import Callable

from accounts.models import User

DETAIL_LENGTH = 300
#: Given the room's id, the actor, the action, the target and a detail.
Write = Callable[[int | None, User | None, str, User | None, str], None]


def _not_given(
    room_id: int | None, actor: User | None, action: str, target: User | None, detail: str
) -> None:
    raise RuntimeError("rooms.apps gives this function")


write: Write = _not_given


def note(
    actor: User | None, action: str, target: User | None = None, detail: str = "", room_id: int | None = None
) -> None:
    """Write an entry, in the transaction of the act. Without an actor, the server did it by its own rules."""
    write(room_id, actor, action, target, detail[:DETAIL_LENGTH])
