"""Online status: everybody with an open socket at a living server process is online.

`chat` stores the sockets and provides the query (chat.apps), as this app must not import its models.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from msgspec import UNSET

from accounts.models import User
from accounts.person import Me, Person, Profile, SharedRoom
from accounts.profile import status_of
from files.avatars import address
from lib.database.compiled import Compiled


def _not_given() -> QuerySet[Any]:
    raise RuntimeError("chat.apps provides this query")


#: The open sockets at living server processes, each with the `user_id` of its person.
sockets: Callable[[], QuerySet[Any]] = _not_given


def is_online(user_id: str = "pk") -> Exists:
    """A condition on rows about people, whose id is in the column `user_id`."""
    return Exists(sockets().filter(user_id=OuterRef(user_id)))


def with_online(rows: QuerySet[Any], user_id: str = "user_id") -> QuerySet[Any]:
    """The same rows about people, each with `is_online`."""
    return rows.annotate(is_online=is_online(user_id))


def _no_rooms(one: User, other: User) -> list[SharedRoom]:
    return []


#: The rooms that two people are in. Set by `rooms`.
shared_rooms: Callable[[User, User], list[SharedRoom]] = _no_rooms

_OF_ONE = Compiled(lambda user_id: sockets().filter(user_id=user_id).values_list("pk")[:1], (int,))


def person(user: User, is_online: bool | None = None) -> Person:
    """The person as others see them. `is_online`: if not given, that of `with_online`, else False."""
    return Person(
        id=user.pk,
        username=user.username,
        display_name=user.display_name,
        avatar=address(user.avatar_id),
        is_online=getattr(user, "is_online", False) if is_online is None else is_online,
        last_seen=user.last_seen,
        status=status_of(user),
    )


def _described(user: User) -> dict[str, Any]:
    """The fields of `Described`."""
    return {
        "id": user.pk,
        "username": user.username,
        "display_name": user.display_name,
        "avatar": address(user.avatar_id),
        "last_seen": user.last_seen,
        "status": status_of(user),
        "title": user.title or UNSET,
        "bio": user.bio or UNSET,
        "time_zone": user.time_zone or UNSET,
    }


def profile(user: User, viewer: User) -> Profile:
    """The person as `viewer` looks them up. Needs `is_online` of `with_online`; one query."""
    return Profile(
        **_described(user),
        is_online=getattr(user, "is_online", False),
        shared_rooms=shared_rooms(user, viewer) or UNSET,
    )


def me(user: User) -> Me:
    """The person as they see themselves. One query."""
    return Me(
        **_described(user),
        is_online=bool(_OF_ONE(user.pk)),
        email=user.email,
        email_verified=user.email_verified_at is not None,
        pending_email=user.pending_email,
        kind=user.kind,  # type: ignore[arg-type]
        is_staff=user.is_staff,
        share_reads=user.share_reads,
    )
