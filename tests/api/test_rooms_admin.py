"""Rooms in the admin: requests decided there, bans, read-only histories, and lists that stay cheap."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat import rules
from chat.models import Chat, Membership
from lib import errors
from rooms import joining, services
from rooms.models import AuditEntry, Ban, Invite, JoinRequest, Room
from tests.api.rooms import frames_after, person

pytestmark = pytest.mark.django_db
MODELS = ("room", "invite", "joinrequest", "ban", "auditentry")


@pytest.fixture
def ann() -> User:
    return person("ann")


@pytest.fixture
def bob() -> User:
    return person("bob")


@pytest.fixture
def operator() -> User:
    return User.objects.create_superuser("operator")


@pytest.fixture
def admin(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def waiting(owner: User, *people: User) -> Room:
    room, link = services.create(owner, "Gardening")
    for each in people:
        joining.join(room.pk, each, link.token)
    return room


def act(admin: Client, model: str, action: str, *rows) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = admin.post(f"/admin/rooms/{model}/", data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_request_approved_in_the_admin_lets_in_and_tells_the_person(
    admin: Client, operator: User, ann: User, bob: User, django_capture_on_commit_callbacks
) -> None:
    room = waiting(ann, bob)
    asked = JoinRequest.objects.get()
    told = frames_after(
        lambda: act(admin, "joinrequest", "approve", asked), django_capture_on_commit_callbacks(execute=True)
    )
    assert ((bob.pk,), "join_approved") in {(to, frame["type"]) for to, frame in told}
    assert Membership.objects.get(chat=room.pk, user=bob).state == "active"
    assert AuditEntry.objects.get(action="approve").actor == operator


def test_requests_are_denied_and_what_cannot_be_is_said(admin: Client, ann: User, bob: User) -> None:
    room = waiting(ann, bob, person("cas"))
    joining.approve(room.pk, bob.pk, ann)
    html = act(admin, "joinrequest", "deny", *JoinRequest.objects.all())
    assert "Denied: 1" in html
    assert "no longer waiting: it was approved" in html
    assert set(JoinRequest.objects.values_list("user__username", "status")) == {
        ("bob", "approved"),
        ("cas", "denied"),
    }


def test_staff_have_no_rights_in_rooms_outside_the_admin(operator: User, ann: User, bob: User) -> None:
    room = waiting(ann, bob)
    with pytest.raises(errors.NotFound):
        joining.approve(room.pk, bob.pk, operator)
    with pytest.raises(errors.Forbidden):
        joining.approve(room.pk, bob.pk, ann, as_staff=True)


def test_a_ban_is_added_and_lifted(admin: Client, operator: User, ann: User, bob: User) -> None:
    room = waiting(ann, bob)
    joining.approve(room.pk, bob.pk, ann)
    form = {"room": room.pk, "user": bob.pk, "reason": "Spam"}
    assert admin.post("/admin/rooms/ban/add/", form).status_code == 302
    ban = Ban.objects.get()
    assert (ban.banned_by, ban.reason) == (operator, "Spam")
    assert Membership.objects.get(user=bob, chat=room.pk).state == "removed"
    assert admin.post(f"/admin/rooms/ban/{ban.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Ban.objects.exists()
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"approve", "ban", "unban"}


def test_a_room_is_changed_and_archived_by_the_same_verbs(admin: Client, operator: User, ann: User) -> None:
    room = waiting(ann)
    inlines = {
        f"{prefix}-{name}": 0
        for prefix in ("join_requests", "bans")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    path = f"/admin/rooms/room/{room.pk}/change/"
    form = {"name": " Roses ", "description": "Red.", "is_public": "on", **inlines}
    assert admin.post(path, form).status_code == 302
    chat = Chat.objects.get(pk=room.pk)
    assert (chat.title, chat.is_public) == ("Roses", True)
    assert not Room.objects.get().requires_approval
    assert "control characters" in admin.post(path, {**form, "name": "a\x1bb"}).content.decode()
    assert "Archived: 1" in act(admin, "room", "archive", room)
    assert set(AuditEntry.objects.filter(actor=operator).values_list("action", flat=True)) == {
        "update",
        "archive",
    }
    assert admin.get(path).status_code == 200


def test_a_link_is_revoked(admin: Client, ann: User) -> None:
    waiting(ann)
    assert "Revoked: 1" in act(admin, "invite", "revoke", Invite.objects.get())
    assert not Invite.objects.get().is_usable


def test_histories_cannot_be_changed(admin: Client, ann: User, bob: User) -> None:
    room = waiting(ann, bob)
    joining.approve(room.pk, bob.pk, ann)
    for model, row in (("auditentry", AuditEntry.objects.get()), ("joinrequest", JoinRequest.objects.get())):
        assert admin.get(f"/admin/rooms/{model}/add/").status_code == 403
        assert admin.post(f"/admin/rooms/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert 'name="action"' not in admin.get(f"/admin/rooms/{model}/{row.pk}/change/").content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_lists_cost_the_same_for_few_and_many(model: str, admin: Client, ann: User) -> None:
    def more(prefix: str, number: int) -> None:
        for index in range(number):
            one, two = person(f"{prefix}{index}a"), person(f"{prefix}{index}b")
            room = waiting(one, two)
            services.ban(room.pk, ann.pk, one, "Spam")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(f"/admin/rooms/{model}/?q=a").status_code == 200
        return len(queries)

    more("p", 1)
    few = cost()
    more("q", 6)
    assert cost() == few


def test_the_page_of_a_room_costs_the_same_for_few_and_many(admin: Client, ann: User) -> None:
    room = waiting(ann, person("p"))
    path = f"/admin/rooms/room/{room.pk}/change/"

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(path).status_code == 200
        return len(queries)

    cost()  # what is asked once a process
    few = cost()
    token = services.rotate_invite(room.pk, ann).token
    for index in range(5):
        joining.join(room.pk, person(f"q{index}"), token)
    assert cost() == few


def test_the_rules_of_a_room_are_set_in_its_form_as_by_its_owner(
    admin: Client, ann: User, django_capture_on_commit_callbacks
) -> None:
    room, _ = services.create(ann, "Gardening")
    page = f"/admin/rooms/room/{room.pk}/change/"
    form = admin.get(page).context["adminform"].form
    assert [form[name].value() for name in rules.NAMES] == ["moderators", None, None, None]
    data = {name: form[name].value() or "" for name in form.fields}
    for prefix in ("join_requests", "bans"):
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    chosen = {"pin_by": "all", "mention_everyone": "nobody", "edit_window": 900, "delete_window": 0}
    told = frames_after(
        lambda: admin.post(page, data | chosen), django_capture_on_commit_callbacks(execute=True)
    )
    room.chat.refresh_from_db()
    assert rules.of(room.chat) == chosen
    assert (900, 0) in [(frame.get("edit_window"), frame.get("delete_window")) for _, frame in told]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.detail) == ("update", "pin_by, mention_everyone, edit_window, delete_window")
    refused = admin.post(page, data | {"edit_window": 10**9}).context["adminform"].form
    assert list(refused.errors) == ["edit_window"]
    services.archive(room.pk, ann)
    assert "900" in admin.get(page).content.decode(), "of an archived room they can be read"
