"""The operator's pages for chats: to look at, and to delete what must not stay."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from chat import admin as chat_admin
from chat import members, messages, policy, private, rules
from chat.events import Change
from chat.models import Chat, Connection, Membership, Mention, Message, MessageEdit, ServerProcess, Upload
from files.models import StoredFile
from lib import admin_site, doorbell, errors
from rooms.models import AuditEntry
from tests.api.rooms import frames_after

pytestmark = pytest.mark.django_db
URL = "/admin/chat"
MODELS = ("chat", "membership", "message", "messageedit", "serverprocess", "connection")


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    return client


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann")


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def connected(ann):
    process = ServerProcess.objects.create(id="00000000-0000-4000-8000-000000000001")
    general = policy.seat(ann, "general").chat_id
    for number in range(3):
        Connection.objects.create(
            id=f"00000000-0000-4000-8000-00000000001{number}",
            process=process,
            user=ann,
            session_id=process.pk,
            chat_id=general,
            address="192.0.2.1",
        )


def say(user, text, kind="general", chat_id=None):
    return messages.post(messages.draft(policy.seat(user, kind, chat_id), user.pk, user.username, text))


def make_room(owner, title):
    with transaction.atomic():
        chat = Chat.objects.create(kind=Chat.Kind.ROOM, title=title)
        members.admit(chat, owner, "owner")
    return chat


def act(admin, *ids, **more):
    body = {"action": "delete_messages", "_selected_action": ids, **more}
    return admin.post(f"{URL}/message/", body, follow=True)


@pytest.fixture
def talk(ann, bob, connected):
    chat, _ = private.open_private(ann, bob.pk)
    first = say(ann, "hello @bob", "private", chat.pk)
    messages.edit(ann, first.id, "hello again @bob")
    say(bob, "hi")
    return first


def test_every_list_opens_and_can_be_searched(admin, talk):
    for model in MODELS:
        assert admin.get(f"{URL}/{model}/").status_code == 200, model
    for model in MODELS[:4]:
        assert admin.get(f"{URL}/{model}/", {"q": "1"}).status_code == 200, model
        assert admin.get(f"{URL}/{model}/", {"q": "ann"}).status_code == 200, model
    found = admin.get(f"{URL}/message/", {"q": "again"}).content.decode()
    assert "hello again @bob" in found
    assert ">hi<" not in found
    assert "ann and bob" in admin.get(f"{URL}/chat/", {"kind__exact": "private"}).content.decode()


def test_every_row_opens_and_nothing_can_be_changed(admin, talk):
    rows = {
        "chat": Chat.objects.exclude(kind=Chat.Kind.GENERAL).first(),  # which has rules that can be
        "membership": Membership.objects.first(),
        "message": Message.objects.first(),
        "messageedit": MessageEdit.objects.first(),
        "serverprocess": ServerProcess.objects.first(),
        "connection": Connection.objects.first(),
    }
    for model, row in rows.items():
        assert row is not None, model
        assert admin.get(f"{URL}/{model}/{row.pk}/change/").status_code == 200, model
        assert (
            admin.post(f"{URL}/{model}/{row.pk}/change/", {"content": "x", "title": "x"}).status_code == 403
        ), model
        assert admin.get(f"{URL}/{model}/{row.pk}/delete/").status_code == 403, model
        assert admin.get(f"{URL}/{model}/add/").status_code == 403, model


def test_deleting_asks_first_then_goes_through_the_verb_and_the_sockets_hear(
    admin, talk, django_capture_on_commit_callbacks
):
    other = Message.objects.get(content="hi")
    asked = act(admin, talk.id, other.pk)
    assert "Messages to delete: 2" in asked.content.decode()
    assert Message.objects.filter(deleted_at=None).count() == 2
    rung: list[object] = []
    doorbell.attach(rung.extend)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            answer = act(admin, talk.id, other.pk, confirmed="yes")
    finally:
        doorbell.attach(None)
    assert "2 deleted" in answer.content.decode()
    changes = [item for item in rung if isinstance(item, Change)]
    assert len(changes) == 2
    assert all(b"message_deleted" in change.frame for change in changes)
    assert list(Message.objects.values_list("content", flat=True)) == ["", ""]
    assert not MessageEdit.objects.exists()
    assert not Mention.objects.exists()


def test_who_may_only_look_cannot_delete(client, talk):
    from django.contrib.auth.models import Permission

    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_message"))
    client.force_login(looker)
    assert client.get(f"{URL}/message/").status_code == 200
    act(client, talk.id, confirmed="yes")
    assert not Message.objects.exclude(deleted_at=None).exists()
    assert client.get(f"{URL}/chat/").status_code == 403


def test_the_lists_take_as_many_queries_however_long(admin, ann, bob, connected):
    def counts():
        found = {}
        for model in MODELS:
            with CaptureQueriesContext(connection) as queries:
                assert admin.get(f"{URL}/{model}/").status_code == 200
            found[model] = len(queries)
        return found

    def fill(name):
        room = make_room(ann, name)
        message = say(ann, "one", "room", room.pk)
        messages.edit(ann, message.id, "two")
        person = User.objects.create_user(f"guest-{name}")
        with transaction.atomic():
            members.admit(room, person)
        private.open_private(ann, person.pk)
        process = ServerProcess.objects.first()
        assert process is not None
        Connection.objects.create(
            id=f"00000000-0000-4000-9000-{name:0>12}",
            process=process,
            user=person,
            session_id=process.pk,
            chat=room,
            opened_at=timezone.now(),
        )

    fill("1")
    before = counts()
    for number in range(2, 10):
        fill(str(number))
    assert counts() == before


def test_a_chat_shows_its_latest_members_only(admin, ann):
    general = policy.seat(ann, "general").chat_id
    for number in range(60):
        policy.seat(User.objects.create_user(f"member{number}"), "general")
    with CaptureQueriesContext(connection) as queries:
        page = admin.get(f"{URL}/chat/{general}/change/").content.decode()
    assert "member59" in page
    assert "member5<" not in page
    assert len(queries) < 12


def test_the_rules_of_general_are_set_on_its_page_and_hold_at_once(
    admin, ann, bob, django_capture_on_commit_callbacks
):
    policy.arrive(ann)
    general = Chat.objects.get(kind=Chat.Kind.GENERAL)
    page = f"{URL}/chat/{general.pk}/change/"
    form = admin.get(page).context["adminform"].form
    assert [form[name].value() for name in rules.NAMES] == ["moderators", None, None, None]
    inlines = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    chosen = {"pin_by": "all", "mention_everyone": "nobody", "edit_window": 60, "delete_window": 0}
    told = frames_after(
        lambda: admin.post(page, {**chosen, **inlines, "title": "Mine"}),
        django_capture_on_commit_callbacks(execute=True),
    )
    general.refresh_from_db()
    assert (rules.of(general), general.title) == (chosen, "General")
    assert {"type": "chat_updated", "chat": "general", "archived": False} | {
        "edit_window": 60,
        "delete_window": 0,
    } in [frame for _, frame in told]
    assert policy.may_pin(ann.pk, general, policy.seat(ann, "general"))
    say(ann, "@everyone, hello")
    assert Message.objects.get().mention_all is None
    assert AuditEntry.objects.get().detail == ", ".join(rules.NAMES)


def test_the_rules_of_other_chats_and_without_the_permission_are_only_shown(client, admin, ann, bob):
    chat, _ = private.open_private(ann, bob.pk)
    data = {"pin_by": "all", "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    assert admin.post(f"{URL}/chat/{chat.pk}/change/", data).status_code == 403
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_chat"))
    client.force_login(looker)
    general = Chat.objects.get(kind=Chat.Kind.GENERAL)
    assert client.get(f"{URL}/chat/{general.pk}/change/").status_code == 200
    assert client.post(f"{URL}/chat/{general.pk}/change/", data).status_code == 403
    with pytest.raises(errors.Forbidden):
        rules.change_general(looker, {"pin_by": "all"})


def test_the_list_of_files_says_how_much_they_are_of_as_many_as_it_counts(admin, ann, monkeypatch):
    file = StoredFile.objects.create(path="aa/aa", state="kept", size=1000)
    rows = [(f"{number}.txt", 1000 * number) for number in (4, 2, 1)]
    Upload.objects.bulk_create(
        Upload(user=ann, file=file, name=name, search_text=name, kind="file", size=size)
        for name, size in rows
    )

    def title(query: str = "") -> str:
        return admin.get(f"{URL}/upload/{query}").context_data["title"].replace("\xa0", " ")

    assert (title(), title("?q=2.txt")) == ("Files: 6.8 KB", "Files: 2.0 KB")
    for module in (admin_site, chat_admin):
        monkeypatch.setattr(module, "COUNTED", 2)
    assert title() == "Files: 2.9 KB in the newest 2; a filter or a search finds others"
    monkeypatch.setattr(chat_admin.UploadAdmin, "window", 1)
    assert title("?q=txt") == "Files: 1000 bytes of the latest 1"
