"""Groups of people, who are mentioned together with `@name` (chat.mentions).

Groups and people share one namespace: a group's name follows the rules of usernames, and can't be, or look like, that
of a person or another group. `claim` decides if a person and a group take the same name at the same moment.
"""

import zlib

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Prefetch, QuerySet

from accounts import audit, users
from accounts.models import User, username_validator
from chat import events
from chat.models import Group
from chat.protocol import GroupMuted
from lib import errors, text

MOST = 200  # groups on the server
MOST_MEMBERS = 256
PERMISSIONS = {"create": "chat.add_group", "change": "chat.change_group", "delete": "chat.delete_group"}


def listed(user: User) -> QuerySet[Group]:
    """All groups with their members, by name; none for a guest of one room, who can't see people outside it."""
    members = Prefetch("members", User.objects.filter(is_active=True).order_by("pk").only("pk"))
    muting = Prefetch("muted_by", User.objects.filter(pk=user.pk).only("pk"), to_attr="muted_by_me")
    groups = Group.objects.prefetch_related(members, muting).order_by("name_key")
    return groups.none() if user.kind == User.Kind.ROOM_GUEST else groups


def members(group: Group) -> list[int]:
    """The ids of the members of a group that `listed` returned."""
    return [user.pk for user in group.members.all()]


def is_muted(group: Group) -> bool:
    """Whether the person for whom `listed` returned the group has muted it."""
    muted_by_me: list[User] = group.muted_by_me  # type: ignore[attr-defined]
    return bool(muted_by_me)


def allowed(user: User) -> list[str]:
    """What the person may do with groups: `create`, `change`, `delete`."""
    return [act for act, permission in PERMISSIONS.items() if _may(user, permission)]


@transaction.atomic
def create(by: User, name: str, members: list[int]) -> Group:
    """Create a group. Raises `Forbidden` unless `by` is staff with the permission, `Invalid`, and `Conflict` if there
    are MOST already."""
    _check_may(by, "create")
    if Group.objects.count() >= MOST:
        raise errors.Conflict("There are already 200 groups.", code="too_many_groups")
    group = Group(name=_checked(name, Group()))
    people = _people(members)
    group.save()
    group.members.set(people)
    audit.note(by, "create group", detail=group.name)
    return listed(by).get(pk=group.pk)


@transaction.atomic
def change(by: User, group_id: int, name: str | None = None, members: list[int] | None = None) -> Group:
    """Rename a group, or replace its members. Raises `Forbidden`, `NotFound` and `Invalid`."""
    _check_may(by, "change")
    group = _find(group_id)
    if name is not None:
        group.name = _checked(name, group)
        group.save()
    if members is not None:
        group.members.set(_people(members))
    audit.note(by, "change group", detail=group.name)
    return listed(by).get(pk=group.pk)


@transaction.atomic
def delete(by: User, group_id: int) -> None:
    """Delete a group; messages that name it keep their mentions. Raises `Forbidden`, `NotFound`."""
    _check_may(by, "delete")
    group = _find(group_id)
    audit.note(by, "delete group", detail=group.name)
    group.delete()


@transaction.atomic
def mute(user: User, group_id: int, mutes: bool) -> None:
    """Choose whether `@name` mentions the person from now on, and tell their devices. Idempotent. Raises `NotFound`."""
    group = _find(group_id)
    if user.kind == User.Kind.ROOM_GUEST:
        raise errors.NotFound("There is no such group.")
    if mutes:
        group.muted_by.add(user)
    else:
        group.muted_by.remove(user)
    events.to_people([user.pk], GroupMuted(group_id=group_id, muted=mutes))


def check_name(name: str, group: Group) -> None:
    """Raises `ValidationError` unless the group may have this name. Call inside a transaction: it reserves the name
    until the transaction ends."""
    username_validator(name)
    _keep(name)
    if text.key(name) != group.name_key:
        users.check_username(name)
    check_like_none(name, group)


def check_like_none(name: str, group: Group | None = None) -> None:
    """Raises `ValidationError` if the name is that of another group, or looks like it."""
    for other in Group.objects.exclude(pk=group.pk if group and group.pk else 0):
        if text.key(name) == other.name_key:
            raise ValidationError("A group has this name.")
        if text.shape(name) == text.shape(other.name) or text.look(name) == text.look(other.name):
            raise ValidationError("This looks like the name of a group.")


def claim(user: User) -> None:
    """Called when a person's username is saved. Raises `IntegrityError` if a group has it, as the database does if a
    person has."""
    _keep(user.username)
    if Group.objects.filter(name_key=text.key(user.username)).exists():
        raise IntegrityError("username_key: a group has this name")


def forget(user: User) -> None:
    """Remove an account that is deleted from all groups, and its mutes of groups."""
    for rows in (Group.members.through, Group.muted_by.through):
        rows.objects.filter(user=user).delete()


def check_members(count: int) -> None:
    """Raises `ValidationError` if these are too many."""
    if count > MOST_MEMBERS:
        raise ValidationError("A group has at most 256 members.")


def _keep(name: str) -> None:
    """Reserve this name until the transaction ends. SQLite has only one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_NAMES, _hash(text.key(name))])


_NAMES = 0x6E616D65  # the class of these locks


def _hash(key: str) -> int:
    return zlib.crc32(key.encode()) - 2**31


def _checked(name: str, group: Group) -> str:
    name = users.normalize_username(name)
    if wrong := users.faults("name", check_name, name, group):
        raise errors.Invalid(wrong)
    return name


def _people(ids: list[int]) -> list[User]:
    wanted = set(ids)
    if wrong := users.faults("members", check_members, len(wanted)):
        raise errors.Invalid(wrong)
    found = list(User.objects.filter(pk__in=wanted, is_active=True))
    if len(found) < len(wanted):
        raise errors.Invalid({"members": ["There is no such person."]})
    return found


def _find(group_id: int) -> Group:
    group = Group.objects.filter(pk=group_id).first()
    if group is None:
        raise errors.NotFound("There is no such group.")
    return group


def _check_may(by: User, act: str) -> None:
    if not _may(by, PERMISSIONS[act]):
        raise errors.Forbidden("Only staff with the permission can change groups.")


def _may(user: User, permission: str) -> bool:
    return user.is_staff and user.has_perm(permission)
