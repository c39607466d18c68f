"""Many at once: real threads, each with its own connection, released together."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

import pytest

from accounts import users
from accounts.models import User
from chat import groups
from chat.models import Chat, Group, Membership
from rooms import joining, services
from rooms.invites import Terms
from rooms.models import AuditEntry, Ban, Invite, JoinRequest, Room
from tests.api.rooms import person, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _guests_are_welcome(settings) -> None:
    settings.ALLOW_GUESTS = True


def room_of(owner: User, members: Sequence[User] = (), **fields) -> tuple[int, str]:
    room, link = services.create(owner, "Gardening", **fields)
    for member in members:
        joining.join(room.pk, member, link.token)
        if room.requires_approval:
            joining.approve(room.pk, member.pk, owner)
    return room.pk, link.token


def members(room_id: int) -> set[str]:
    active = Membership.objects.filter(chat=room_id, state=Membership.State.ACTIVE)
    return set(active.values_list("user__username", flat=True))


@pytest.fixture
def ann() -> User:
    return person("ann")


@pytest.fixture
def bob() -> User:
    return person("bob")


def test_one_person_joining_many_times_at_once_asks_once(ann: User, bob: User) -> None:
    room, token = room_of(ann)
    found = together(*[partial(joining.join, room, bob, token)] * 6)
    assert found == ["pending_approval"] * 6
    assert JoinRequest.objects.count() == 1
    assert Invite.objects.get().uses == 1


def test_two_moderators_approving_at_once_let_in_once(ann: User, bob: User) -> None:
    cas = person("cas")
    room, token = room_of(ann, [cas])
    services.set_role(room, cas.pk, "moderator", ann)
    joining.join(room, bob, token)
    found = together(*[partial(joining.approve, room, bob.pk, by) for by in (ann, cas) * 2])
    assert found == ["approved"] * 4
    assert AuditEntry.objects.filter(action="approve", target=bob).count() == 1
    assert members(room) == {"ann", "bob", "cas"}


def test_of_approving_denying_and_withdrawing_at_once_exactly_one_counts(ann: User, bob: User) -> None:
    for _ in range(4):
        room, token = room_of(ann)
        joining.join(room, bob, token)
        found = together(
            partial(joining.approve, room, bob.pk, ann),
            partial(joining.deny, room, bob.pk, ann),
            partial(joining.withdraw, room, bob),
        )
        status = JoinRequest.objects.get(room=room).status
        assert Counter(outcome or "withdrawn" for outcome in found) == Counter(
            [status, "conflict", "conflict"]
        )
        assert ("bob" in members(room)) == (status == "approved")


def test_leaving_while_being_approved_ends_outside_or_inside_but_never_between(ann: User, bob: User) -> None:
    for _ in range(4):
        room, token = room_of(ann)
        joining.join(room, bob, token)
        approved, _ = together(
            partial(joining.approve, room, bob.pk, ann), partial(services.leave, room, bob)
        )
        assert "bob" not in members(room)
        assert JoinRequest.objects.get(room=room).status == (
            "withdrawn" if approved == "conflict" else "approved"
        )


def test_a_link_for_three_lets_three_of_eight_in(ann: User) -> None:
    room, _ = room_of(ann, requires_approval=False)
    token = services.rotate_invite(room, ann, Terms(max_uses=3)).token
    people = [person(f"p{number}") for number in range(8)]
    found = together(*[partial(joining.join, room, who, token) for who in people])
    assert Counter(found) == {"joined": 3, "not_found": 5}
    assert len(members(room)) == 4
    assert Invite.objects.get(revoked_at=None).uses == 3


def test_a_link_for_one_guest_makes_one_guest(ann: User) -> None:
    room, _ = room_of(ann)
    token = services.rotate_invite(room, ann, Terms(max_uses=1, for_guests=True)).token
    found = together(*[partial(joining.join_as_guest, room, token, f"guest{n}") for n in range(5)])
    assert Counter(found)["not_found"] == 4
    assert User.objects.filter(kind=User.Kind.ROOM_GUEST).count() == 1


def test_guests_of_the_same_name_at_once_are_one_guest(ann: User) -> None:
    room, _ = room_of(ann, requires_approval=False)
    token = services.rotate_invite(room, ann, Terms(for_guests=True)).token
    found = together(*[partial(joining.join_as_guest, room, token, "visitor")] * 4)
    assert Counter(found)["invalid"] == 3
    assert members(room) == {"ann", "visitor"}


def test_both_owners_leaving_at_once_leave_an_owner_behind(ann: User, bob: User) -> None:
    for _ in range(3):
        room, _ = room_of(ann, [bob, person(f"cas{Room.objects.count()}")])
        services.set_role(room, bob.pk, "owner", ann)
        together(partial(services.leave, room, ann), partial(services.leave, room, bob))
        (left,) = Membership.objects.filter(chat=room, state=Membership.State.ACTIVE)
        assert left.role == "owner"


def test_everybody_leaving_at_once_archives_the_room(ann: User, bob: User) -> None:
    room, _ = room_of(ann, [bob])
    together(partial(services.leave, room, ann), partial(services.leave, room, bob))
    assert members(room) == set()
    assert Chat.objects.get(pk=room).archived_at is not None


def test_two_owners_demoting_each_other_at_once_leave_an_owner(ann: User, bob: User) -> None:
    room, _ = room_of(ann, [bob])
    services.set_role(room, bob.pk, "owner", ann)
    found = together(
        partial(services.set_role, room, bob.pk, "member", ann),
        partial(services.set_role, room, ann.pk, "member", bob),
    )
    assert sorted(found, key=str) == [None, "forbidden"]
    assert Membership.objects.filter(chat=room, role="owner").count() == 1


def test_a_ban_while_joining_leaves_the_person_outside(ann: User, bob: User) -> None:
    for _ in range(4):
        room, token = room_of(ann, requires_approval=False)
        together(
            partial(joining.join, room, bob, token),
            partial(services.ban, room, bob.pk, ann),
        )
        assert "bob" not in members(room)
        assert Ban.objects.filter(room=room, user=bob).count() == 1


def test_rotating_many_times_at_once_leaves_one_link(ann: User) -> None:
    room, _ = room_of(ann)
    together(*[partial(services.rotate_invite, room, ann)] * 5)
    assert Invite.objects.filter(room=room, revoked_at=None).count() == 1


def test_archiving_while_joining_lets_nobody_wait_for_ever(ann: User, bob: User) -> None:
    for _ in range(4):
        room, token = room_of(ann)
        together(
            partial(joining.join, room, bob, token),
            partial(services.archive, room, ann),
        )
        assert not JoinRequest.objects.filter(room=room, status="pending").exists()


def test_of_a_person_and_a_group_who_want_a_name_at_once_one_gets_it() -> None:
    root = person("root1", is_staff=True, is_superuser=True)
    for number in range(8):
        name = f"crew{number}"
        found = together(
            partial(groups.create, root, name, []),
            partial(users.make_guest, name.upper()),
            partial(groups.create, root, name.title(), []),
        )
        assert len([one for one in found if one != "invalid"]) == 1, found
        assert (
            User.objects.filter(username_key=name).count() + Group.objects.filter(name_key=name).count() == 1
        )
