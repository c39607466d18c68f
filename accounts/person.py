"""What others see of a person, and what people see of themselves: over HTTP and over sockets alike."""

from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct


class Person(Struct, kw_only=True, gc=False):
    """A user as others see them."""

    id: int
    username: str
    display_name: str
    avatar: str | None = None
    is_online: bool = False
    last_seen: datetime | None = None


class Me(Person, kw_only=True):
    """A user as they see themselves. `pending_email` is another address, which counts once it is verified."""

    email: str | None
    email_verified: bool
    pending_email: str | None
    kind: Literal["member", "guest", "room_guest"]
    is_staff: bool
    share_reads: bool


ANN = Person(
    id=7,
    username="ann",
    display_name="Ann",
    is_online=True,
    last_seen=datetime(2026, 11, 21, 9, 30, 0, 125000, UTC),
)
