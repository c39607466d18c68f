"""What others see of a person, and what people see of themselves: over HTTP and over sockets alike."""

from datetime import UTC, datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType


class CustomStatus(Struct, kw_only=True, gc=False):
    """What a person says of themselves for a while: an emoji, up to 100 characters, or both."""

    emoji: str = ""
    text: str = ""
    until: datetime | None = None  # None: until they change it


class Person(Struct, kw_only=True, gc=False):
    """A user as others see them."""

    id: int
    username: str
    display_name: str
    avatar: str | None = None  # its address: it may be kept, as another picture has another
    is_online: bool = False
    last_seen: datetime | None = None
    status: CustomStatus | UnsetType = UNSET


class Described(Person, kw_only=True):
    """A person with what they write about themselves."""

    title: str | UnsetType = UNSET  # a role or a line, up to 80 characters
    bio: str | UnsetType = UNSET  # up to 300 characters, may have several lines
    time_zone: str | UnsetType = UNSET  # an IANA name, such as `Europe/Berlin`


class SharedRoom(Struct, kw_only=True, gc=False):
    """A room that two people are in."""

    room_id: int
    key: str
    name: str


class Profile(Described, kw_only=True):
    """A person whom somebody looks up: also the rooms that both are in, by name, 100 at most."""

    shared_rooms: list[SharedRoom] | UnsetType = UNSET


class Me(Described, kw_only=True):
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
