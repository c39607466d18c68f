"""The admin hurts nobody: bounded statements, lists without exact counts or unindexed sorting, rights that nobody
can give themselves, and refusals that are said on the page."""

import re
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts import rights, tokens, users
from accounts.models import Session, User
from chat import messages, policy
from chat.indexing import Index
from chat.log import history
from chat.models import Chat, Message
from lib import admin_site
from lib.database import errors as database_errors
from lib.database.limits import limited
from lib.errors import Conflict
from rooms import services
from rooms.models import AuditEntry, Ban, Invite, JoinRequest, Room
from tests.api.clients import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("operator", "operator@example.org")


@pytest.fixture
def admin(client: Client, root: User) -> Client:
    client.force_login(root)
    return client


def member_of_staff(name: str, *permissions: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def change(client: Client, user: User, **fields: Any) -> Any:
    """Send the form of an account; a field that is None is left out, as an unticked box is."""
    body = {
        "username": user.username,
        "email": user.email or "",
        "kind": user.kind,
        "is_active": "on" if user.is_active else None,
        "is_staff": "on" if user.is_staff else None,
        "is_superuser": "on" if user.is_superuser else None,
        **fields,
    }
    body = {name: value for name, value in body.items() if value is not None}
    return client.post(f"/admin/accounts/user/{user.pk}/change/", body, follow=True)


def act(client: Client, path: str, action: str, *rows: Any) -> str:
    body = {"action": action, "_selected_action": [row.pk for row in rows], "post": "yes"}
    return client.post(f"/admin/{path}/", body, follow=True).content.decode()


def say(user: User, text: str) -> None:
    messages.post(messages.draft(policy.seat(user, "general"), user.pk, user.username, text))


# ------------------------------------------------------------------ statements


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_takes_too_long_is_ended_and_the_next_one_is_not():
    def endless() -> None:
        with limited(0.1), connection.cursor() as cursor:
            cursor.execute(ENDLESS[connection.vendor])
            cursor.fetchall()

    with pytest.raises(OperationalError) as ended:
        endless()
    assert database_errors.took_too_long(ended.value)
    assert Message.objects.count() == 0
    with connection.cursor() as cursor:
        slow = (
            "SELECT pg_sleep(0.3)"
            if connection.vendor == "postgresql"
            else (ENDLESS["sqlite"].replace("FROM n)", "FROM n WHERE i < 2000000)"))
        )
        cursor.execute(slow)
        assert cursor.fetchone() is not None


def test_each_statement_has_the_whole_time_not_all_of_them_together():
    with limited(0.5):
        for _ in range(200):
            User.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_page_that_takes_too_long_says_so(admin, monkeypatch):
    def endless(self: Any, request: Any) -> Any:
        return self.model.objects.extra(where=[f"({ENDLESS[connection.vendor]}) IS NOT NULL"])

    if connection.vendor == "postgresql":
        monkeypatch.setitem(ENDLESS, "postgresql", "SELECT pg_sleep(60)::text")
    User.objects.create_user("somebody")
    monkeypatch.setattr(admin_site, "LONGEST", 0.1)
    monkeypatch.setattr(type(django_admin.site.get_model_admin(User)), "get_queryset", endless)
    page = admin.get("/admin/accounts/user/")
    assert page.status_code == 503
    assert "was stopped so that nobody has to wait" in page.content.decode()
    assert admin.get("/admin/").status_code == 200


# ------------------------------------------------------------------ lists


def lists() -> dict[str, Any]:
    return {
        f"{model._meta.app_label}/{model._meta.model_name}": model_admin
        for model, model_admin in django_admin.site._registry.items()
    }


@pytest.mark.parametrize("path", sorted(lists()))
def test_no_list_reads_a_whole_table(path: str, admin: Client, ann: User):
    model_admin = lists()[path]
    assert isinstance(model_admin, admin_site.BoundedAdmin)
    assert model_admin.date_hierarchy is None
    with CaptureQueriesContext(connection) as queries:
        assert admin.get(f"/admin/{path}/?_facets=1").status_code == 200
    counts = [
        query["sql"]
        for query in queries
        if "COUNT(*)" in query["sql"] and "SELECT COUNT" in query["sql"][:12]
    ]
    assert counts and all("LIMIT" in sql for sql in counts), counts


@pytest.mark.parametrize("path", sorted(lists()))
def test_no_list_is_sorted_by_a_column_that_no_index_sorts(path: str, admin: Client, root: User):
    """Also when the address asks for it."""
    model_admin = lists()[path]
    columns = [
        str(n) for n, name in enumerate(model_admin.list_display) if name not in model_admin.sortable_by
    ]
    request = RequestFactory().get("/", {"o": ".-".join(columns)})
    request.user = root
    changes = model_admin.get_changelist_instance(request)
    plain = RequestFactory().get("/")
    plain.user = root
    assert str(changes.queryset.query.order_by) == str(
        model_admin.get_changelist_instance(plain).queryset.query.order_by
    )


def test_a_list_counts_up_to_a_limit_and_says_so(admin, monkeypatch):
    for number in range(12):
        User.objects.create_user(f"person{number}")
    monkeypatch.setattr(admin_site, "COUNTED", 10)
    assert "the first 10 are listed" in admin.get("/admin/accounts/user/").content.decode()
    monkeypatch.setattr(admin_site, "COUNTED", 100)
    assert "are listed" not in admin.get("/admin/accounts/user/").content.decode()


def test_a_search_of_messages_looks_at_the_latest_and_says_so_and_one_chat_at_all(admin, ann, monkeypatch):
    general = policy.seat(ann, "general")
    for number in range(6):
        say(ann, f"word {number}")
    last = Message.objects.order_by("-pk")[0]
    monkeypatch.setattr(type(lists()["chat/message"]), "window", 3)
    found = admin.get("/admin/chat/message/", {"q": "word"}).content.decode()
    assert "word 5" in found and "word 3" in found and "word 2" not in found
    assert "of the latest 3" in found
    whole = admin.get("/admin/chat/message/", {"chat__id__exact": general.chat_id}).content.decode()
    assert re.findall(r"word \d", whole) == [f"word {n}" for n in range(5, -1, -1)]
    assert last.seq == 6


def test_a_search_of_messages_finds_words_beyond_the_latest_by_the_index(admin, ann, monkeypatch):
    for number in range(6):
        say(ann, f"Fluß {number}")
    general = Chat.objects.get(kind="general")
    Index().handle(general, history.page(general.pk, history.PageRequest()).messages)
    monkeypatch.setattr(type(lists()["chat/message"]), "window", 3)
    found = admin.get("/admin/chat/message/", {"q": "fluss"}).content.decode()
    assert re.findall(r"Fluß \d", found) == [f"Fluß {number}" for number in range(5, -1, -1)]
    assert admin.get("/admin/chat/message/", {"q": "x" * 600}).status_code == 200


def test_all_rows_of_a_list_are_acted_on_in_steps(admin, monkeypatch):
    people = [User.objects.create_user(f"person{number}") for number in range(5)]
    monkeypatch.setattr(admin_site, "ACTED", 3)
    body = {"action": "deactivate", "_selected_action": [people[0].pk], "select_across": "1"}
    page = admin.post("/admin/accounts/user/", body, follow=True).content.decode()
    assert "Only the first 3 were taken" in page
    assert User.objects.filter(is_active=False).count() == 3


# ------------------------------------------------------------------ forms that do something


@pytest.mark.parametrize("model", ["joinrequest", "invite", "auditentry"])
def test_what_verbs_alone_change_has_no_save_button(model: str, admin: Client, ann: User, bob: User):
    room, _ = services.create(ann, "Workshop")
    JoinRequest.objects.create(room=room, user=bob)
    services.archive(room.pk, ann)
    row: Any = {
        "joinrequest": JoinRequest.objects.first(),
        "invite": Invite.objects.first(),
        "auditentry": room.audit.first(),
    }[model]
    page = admin.get(f"/admin/rooms/{model}/{row.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert admin.post(f"/admin/rooms/{model}/{row.pk}/change/", {}).status_code == 403


def test_what_a_verb_refuses_is_said_on_the_form_with_what_was_typed(admin: Client, ann: User, root: User):
    room, _ = services.create(ann, "Workshop")
    page = admin.post(
        "/admin/rooms/ban/add/", {"room": room.pk, "user": root.pk, "reason": "because of this"}
    )
    assert page.status_code == 200
    assert page.context["adminform"].form.non_field_errors()
    assert "because of this" in page.content.decode()
    assert not Ban.objects.exists()


def test_a_room_archived_meanwhile_says_so_on_the_form(admin: Client, ann: User, root: User):
    room, _ = services.create(ann, "Workshop")
    services.archive(room.pk, root, as_staff=True)
    page = admin.post(f"/admin/rooms/room/{room.pk}/change/", {"name": "New name"})
    assert page.status_code == 403
    assert Room.objects.get().name == "Workshop"


# ------------------------------------------------------------------ rights


def test_staff_who_may_change_people_cannot_give_themselves_or_others_rights(ann: User):
    helper = member_of_staff("helper", "change_user", "view_user")
    client = signed_in(helper)
    deleting = Permission.objects.get(codename="delete_message")
    group = Group.objects.create(name="all")
    for target in (helper, ann):
        page = change(
            client,
            target,
            display_name="changed",
            is_superuser="on",
            is_staff="on",
            user_permissions=[deleting.pk],
            groups=[group.pk],
        )
        assert page.status_code == 200
        target.refresh_from_db()
        assert target.display_name == "changed"
        assert not target.is_superuser
        assert target.is_staff == (target == helper)
        assert deleting not in target.user_permissions.all()
        assert not target.groups.exists()


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize("target", ["superuser", "more", "more by a group"])
def test_staff_cannot_act_on_an_account_that_may_do_more(target: str, is_active: bool):
    helper = member_of_staff(
        "helper", "change_user", "view_user", "delete_user", "change_session", "view_session"
    )
    if target == "superuser":
        other = User.objects.create_superuser("other", "other@example.org")
    elif target == "more":
        other = member_of_staff("other", "delete_message")
    else:
        other = member_of_staff("other")
        group = Group.objects.create(name="moderators")
        group.permissions.set(Permission.objects.filter(codename="delete_message"))
        other.groups.add(group)
    other.set_password(PASSWORD)
    other.is_active = is_active
    other.save()
    User.objects.create_superuser("operator", "operator@example.org")  # so that `other` is not the last one
    session = Session.objects.get(pk=tokens.verify(tokens.issue(other).access).session_id)
    client = signed_in(helper)
    before = User.objects.filter(pk=other.pk).values().get()
    body = {"usable_password": "true", "password1": "four-red-kites", "password2": "four-red-kites"}
    assert client.post(f"/admin/accounts/user/{other.pk}/password/", body).status_code == 403
    assert change(client, other, email="helper@example.org", is_active="on").status_code == 403
    assert client.post(f"/admin/accounts/user/{other.pk}/delete/", {"post": "yes"}).status_code == 403
    for action in ("deactivate", "sign_out", "delete_selected"):
        act(client, "accounts/user", action, other)
    assert "has more rights than you" in act(client, "accounts/session", "revoke", session)
    session.refresh_from_db()
    assert session.is_alive
    assert User.objects.filter(pk=other.pk).values().get() == before


def test_staff_can_act_on_members_and_on_staff_with_the_same_rights(ann: User):
    helper = member_of_staff("helper", "change_user", "view_user")
    equal = member_of_staff("equal", "view_user")
    client = signed_in(helper)
    for target in (ann, equal):
        body = {"usable_password": "true", "password1": "four-red-kites", "password2": "four-red-kites"}
        assert client.post(f"/admin/accounts/user/{target.pk}/password/", body).status_code == 302
        assert User.objects.get(pk=target.pk).check_password("four-red-kites")
    assert "1 deactivated" in act(client, "accounts/user", "deactivate", ann)


def test_superusers_alone_decide_what_a_group_may_do():
    helper = member_of_staff("helper", "change_group", "view_group", "add_group", "delete_group")
    group = Group.objects.create(name="helpers")
    helper.groups.add(group)
    client = signed_in(helper)
    every = [permission.pk for permission in Permission.objects.all()]
    assert client.get(f"/admin/auth/group/{group.pk}/change/").status_code == 200
    for path in (f"{group.pk}/change", "add"):
        answer = client.post(f"/admin/auth/group/{path}/", {"name": "helpers", "permissions": every})
        assert answer.status_code == 403
    assert not group.permissions.exists()


def test_rights_that_change_are_written_down_with_what_they_were(
    admin: Client, root: User, ann: User, caplog
):
    permission = Permission.objects.get(codename="view_user")
    change(admin, ann, is_staff="on", user_permissions=[permission.pk])
    said = " ".join(
        str(entry.get_change_message()) for entry in LogEntry.objects.filter(object_id=str(ann.pk))
    )
    assert "Rights: superuser no, staff yes; permissions added: accounts.view_user; taken: none." in said
    assert AuditEntry.objects.get(action="change rights", actor=root, target=ann).detail in said
    assert f"the rights of user {ann.pk} were changed by user {root.pk}" in caplog.text
    listed = admin.get("/admin/admin/logentry/").content.decode()
    assert "accounts.view_user" in listed


# ------------------------------------------------------------------ the last administrator


def test_the_last_administrator_cannot_be_demoted_deactivated_or_deleted(admin: Client, root: User):
    for fields in ({"is_superuser": None}, {"is_active": None}):
        page = change(admin, root, **fields)
        assert rights.LAST in page.content.decode()
    page = admin.post(f"/admin/accounts/user/{root.pk}/delete/", {"post": "yes"}, follow=True)
    assert rights.LAST in page.content.decode()
    assert rights.LAST in act(admin, "accounts/user", "delete_selected", root)
    root.refresh_from_db()
    assert root.is_superuser and root.is_active and root.username == "operator"


def test_one_of_two_administrators_may_go_but_not_the_second(root: User):
    other = User.objects.create_superuser("other", "other@example.org")
    users.delete(other)
    for leave in (users.delete, users.deactivate):
        with pytest.raises(Conflict) as refused:
            leave(root)
        assert refused.value.code == "last_administrator"
    root.refresh_from_db()
    assert root.is_active


def test_a_deactivated_administrator_does_not_count(root: User):
    User.objects.create_superuser("other", "other@example.org", is_active=False)
    with pytest.raises(Conflict):
        users.delete(root)


def test_the_last_administrator_cannot_delete_the_account_in_the_api_or_on_the_page(root: User):
    root.set_password(PASSWORD)
    root.save()
    client = Client()
    pair = tokens.issue(root)
    answer = client.delete(
        "/users/me",
        {"password": PASSWORD},
        content_type="application/json",
        headers={"Authorization": f"Bearer {pair.access}"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "last_administrator")
    root.refresh_from_db()
    assert root.is_superuser


def test_what_staff_do_to_people_is_in_the_audit_without_a_room(
    admin: Client, root: User, ann: User, bob: User
):
    tokens.issue(ann)
    act(admin, "accounts/session", "revoke", ann.sessions.get())
    act(admin, "accounts/user", "sign_out", ann)
    act(admin, "accounts/user", "deactivate", ann)
    admin.post(f"/admin/accounts/user/{bob.pk}/delete/", {"post": "yes"})
    assert [(entry.action, entry.target) for entry in AuditEntry.objects.order_by("pk")] == [
        ("end session", ann),
        ("sign out everywhere", ann),
        ("deactivate", ann),
        ("delete account", bob),
    ]
    assert AuditEntry.objects.filter(actor=root, room=None).count() == 4
    assert "delete account" in admin.get("/admin/rooms/auditentry/").content.decode()


def test_a_message_that_staff_delete_is_in_the_audit_of_its_room(admin: Client, root: User, ann: User):
    room, _ = services.create(ann, "Garden")
    say(ann, "in general")
    messages.post(messages.draft(policy.seat(ann, "room", room.pk), ann.pk, ann.username, "in the room"))
    for message in Message.objects.order_by("pk"):
        body = {"action": "delete_messages", "_selected_action": [message.pk], "confirmed": "yes"}
        admin.post("/admin/chat/message/", body)
    entries = AuditEntry.objects.filter(action="delete message", actor=root, target=ann).order_by("pk")
    assert list(entries.values_list("room", flat=True)) == [None, room.pk]
