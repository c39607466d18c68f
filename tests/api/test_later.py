"""Scheduled messages and reminders: sent and told once, when their time has come."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import cleaning, users
from chat import later, messages, policy, reminders, scheduled
from chat.models import Message, Reminder, Scheduled, Star
from tests.api import rooms
from tests.api.rooms import api, code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]


def at(**after):
    return (timezone.now() + timedelta(**after)).isoformat()


def schedule(user, content="hello", chat="general", **fields):
    answer = api(user).post(
        "/scheduled", {"chat": chat, "content": content, "send_at": at(hours=1), **fields}, format="json"
    )
    assert answer.status_code == 201, answer.json()
    return answer.json()


def come(row, **ago):
    """Its time has come, so long ago."""
    past = timezone.now() - timedelta(**ago or {"seconds": 1})
    Scheduled.objects.filter(pk=row["id"]).update(send_at=past)
    later.look()
    return Scheduled.objects.get(pk=row["id"])


def said():
    return list(Message.objects.order_by("seq").values_list("content", flat=True))


# ---------------------------------------------------------------- scheduled messages


def test_a_message_waits_and_is_sent_once_when_its_time_has_come(ann, bob):
    row = schedule(ann, "\nhappy birthday @bob ")
    assert row["content"] == "happy birthday @bob" and row["state"] == "waiting" and row["chat"] == "general"
    assert api(ann).get("/scheduled").json()["results"] == [row]
    assert api(bob).get("/scheduled").json()["results"] == []
    later.look()
    assert said() == []
    assert come(row).state == "sent"
    later.look()
    message = Message.objects.get()
    assert (message.content, message.sender_id) == ("happy birthday @bob", ann.pk)
    assert message.mentions == [bob.pk] and message.client_id == f"scheduled:{row['id']}"
    assert api(ann).get("/scheduled").json()["results"] == []
    one = api(ann).get(f"/scheduled/{row['id']}").json()
    assert (one["state"], one["message_id"], one["late"]) == ("sent", message.pk, False)


def test_a_process_that_died_between_the_message_and_its_mark_sends_no_second_one(ann):
    row = schedule(ann)
    come(row)
    Scheduled.objects.update(state="waiting", message=None)  # as if the mark was lost
    later.look()
    assert said() == ["hello"]
    assert Scheduled.objects.get().message_id == Message.objects.get().pk


def test_asked_for_again_after_a_lost_answer_it_is_the_first_one_whatever_became_of_it(ann, bob):
    row = schedule(ann, client_id="one")
    assert schedule(ann, "another text", client_id="one") == row
    assert schedule(bob, client_id="one")["id"] != row["id"], "another person's is another"
    assert schedule(ann)["id"] != schedule(ann)["id"], "without an id each is one more"
    come(row)
    again = schedule(ann, client_id="one", send_at=at(hours=-1))
    assert (again["id"], again["state"]) == (row["id"], "sent")
    assert said() == ["hello"]


@pytest.mark.django_db(transaction=True)
def test_asked_for_many_times_at_once_it_is_one():
    ann = rooms.person("ann")
    policy.arrive(ann)
    seat = policy.seat(ann, "general")
    message = messages.post(messages.draft(seat, ann.pk, "ann", "remind me of this"))
    when = timezone.now() + timedelta(hours=1)
    acts: list[Callable[[], object]] = [
        partial(scheduled.schedule, ann, "general", "hello", when, client_id="one"),
        partial(reminders.remind, ann, message.id, when),
    ]
    rooms.together(*acts * 4)
    assert (Scheduled.objects.count(), Reminder.objects.count()) == (1, 1)


def test_when_nothing_is_due_a_look_is_one_query_of_an_index_each(ann):
    schedule(ann)
    with CaptureQueriesContext(connection) as queries:
        later.look()
    assert len(queries) == 2
    explain = "EXPLAIN" if settings.POSTGRESQL else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        if settings.POSTGRESQL:
            cursor.execute("SET LOCAL enable_seqscan = off")  # which is as fast while there is one row
        for query, index in zip(queries, ("scheduled_waiting", "reminders_waiting"), strict=True):
            cursor.execute(f"{explain} {query['sql']}")
            assert index in str(cursor.fetchall())


def test_it_changes_time_and_text_and_is_deleted(ann, bob):
    row = schedule(ann)
    path = f"/scheduled/{row['id']}"
    moved = at(days=3)
    changed = api(ann).patch(path, {"content": "hello, world", "send_at": moved}, format="json")
    assert changed.status_code == 200 and changed.json()["content"] == "hello, world"
    assert changed.json()["send_at"][:19] == moved[:19]
    for other in (
        api(bob).patch(path, {"content": "mine"}),
        api(bob).delete(path),
        api(bob).post(f"{path}/send"),
    ):
        assert code(other) == (404, "not_found")
    assert code(api(ann).patch(path, {"send_at": at(hours=-1)})) == (400, "invalid")
    assert api(ann).delete(path).status_code == 204
    assert code(api(ann).get(path)) == (404, "not_found")


def test_it_can_be_sent_at_once_and_then_neither_again_nor_changed(ann):
    row = schedule(ann)
    path = f"/scheduled/{row['id']}"
    sent = api(ann).post(f"{path}/send")
    assert sent.status_code == 200 and sent.json()["state"] == "sent"
    assert api(ann).post(f"{path}/send").json()["message_id"] == sent.json()["message_id"]
    assert said() == ["hello"]
    assert code(api(ann).patch(path, {"content": "other"})) == (409, "conflict")
    assert code(api(ann).delete(path)) == (409, "conflict")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"send_at": at(minutes=-1)}, "send_at"),
        ({"send_at": at(days=367)}, "send_at"),
        ({"send_at": "tomorrow"}, "send_at"),
        ({"send_at": None}, "send_at"),
        ({"content": " "}, "content"),
        ({"content": "x" * 4001}, "content"),
        ({"chat": "nowhere"}, "chat"),
        ({"reply_to": 99}, "reply_to"),
        ({"attachments": [1]}, "attachments"),
    ],
)
def test_a_refusal_names_the_field(ann, fields, wrong):
    whole = {"chat": "general", "content": "x", "send_at": at(hours=1), **fields}
    answer = api(ann).post("/scheduled", whole, format="json")
    assert code(answer) == (400, "invalid") and list(answer.json()["error"]["fields"]) == [wrong]


def test_a_hundred_wait_and_no_more(ann, monkeypatch):
    monkeypatch.setattr(scheduled, "MOST_WAITING", 2)
    first, _ = schedule(ann), schedule(ann)
    over = {"chat": "general", "content": "x", "send_at": at(hours=1)}
    assert code(api(ann).post("/scheduled", over)) == (409, "too_many_scheduled")
    come(first)
    assert api(ann).post("/scheduled", over).status_code == 201


def test_whether_one_may_post_is_asked_when_it_is_sent_and_what_fails_keeps_its_text(
    ann, bob, django_capture_on_commit_callbacks
):
    path, link = rooms.create(ann)
    rooms.enter(path, link, ann, bob)
    key = f"room:{path.rpartition('/')[2]}"
    gone, closed = schedule(bob, "bye", key), schedule(ann, "welcome", key)
    api(bob).post(f"{path}/leave")

    def act():
        assert come(gone).state == "failed"

    [(people, frame)] = rooms.frames_after(act, django_capture_on_commit_callbacks(execute=True))
    assert people == (bob.pk,) and frame["type"] == "scheduled_failed"
    assert (frame["id"], frame["content"], frame["failure"]) == (
        gone["id"],
        "bye",
        "You're not a member of this chat.",
    )
    api(ann).delete(path)
    assert code(api(ann).post(f"/scheduled/{closed['id']}/send")) == (403, "archived")
    assert Scheduled.objects.get(pk=closed["id"]).state == "waiting", "sending at once was refused, no more"
    assert "archived" in come(closed).failure
    assert said() == []
    [listed] = api(bob).get("/scheduled").json()["results"]
    assert (listed["state"], listed["content"]) == ("failed", "bye")
    rooms.enter(*rooms.create(ann), ann, bob)
    again = api(bob).patch(f"/scheduled/{gone['id']}", {"send_at": at(hours=1)})
    assert (again.json()["state"], again.json()["failure"]) == ("waiting", "")


def test_nobody_schedules_where_they_may_not_post_now(ann, bob):
    path, _ = rooms.create(ann)
    key = f"room:{path.rpartition('/')[2]}"
    late = {"chat": key, "content": "x", "send_at": at(hours=1)}
    assert code(api(bob).post("/scheduled", late)) == (404, "not_found")
    api(ann).delete(path)
    assert code(api(ann).post("/scheduled", late)) == (403, "archived")


def test_after_a_day_without_a_server_it_is_not_sent_and_before_that_late(ann):
    row, old = schedule(ann, "still fits"), schedule(ann, "stale")
    assert come(row, hours=23).state == "sent"
    assert api(ann).get(f"/scheduled/{row['id']}").json()["late"] is True
    found = come(old, hours=25)
    assert found.state == "failed" and "24 hours" in found.failure
    assert said() == ["still fits"]


def test_a_defect_with_one_message_fails_that_one_and_the_others_are_sent(ann, monkeypatch):
    first, second = schedule(ann, "broken"), schedule(ann, "fine")
    post = messages.post

    def broken(ready):
        if ready.content == "broken":
            raise RuntimeError
        return post(ready)

    monkeypatch.setattr(messages, "post", broken)
    Scheduled.objects.filter(pk=first["id"]).update(send_at=timezone.now() - timedelta(seconds=9))
    assert come(second).state == "sent"
    assert Scheduled.objects.get(pk=first["id"]).state == "failed"


def test_the_devices_of_its_author_are_told_of_every_change(ann, django_capture_on_commit_callbacks):
    def act():
        row = schedule(ann)
        api(ann).patch(f"/scheduled/{row['id']}", {"content": "changed"})
        api(ann).delete(f"/scheduled/{row['id']}")
        come(schedule(ann))

    told = rooms.frames_after(act, django_capture_on_commit_callbacks(execute=True))
    changes = [
        (frame["content"], frame["state"]) for _, frame in told if frame["type"] == "scheduled_changed"
    ]
    assert changes == [
        ("hello", "waiting"),
        ("changed", "waiting"),
        ("changed", "deleted"),
        ("hello", "waiting"),
        ("hello", "sent"),
    ]


# ---------------------------------------------------------------- reminders


def remind(user, message, **fields):
    return api(user).post(
        "/reminders", {"message_id": message["id"], "remind_at": at(hours=1), **fields}, format="json"
    )


def say(user, path="/chats/general/messages", content="shall we?"):
    return api(user).post(path, {"content": content}).json()


def test_a_reminder_comes_when_its_time_has_come_and_stays_until_it_is_dismissed(
    ann, bob, django_capture_on_commit_callbacks
):
    message = say(bob)
    row = remind(ann, message).json()
    assert row["state"] == "waiting" and row["message"] == message and row["gone"] is False
    assert api(ann).get("/reminders").json()["results"] == [row]
    assert api(bob).get("/reminders").json()["results"] == []
    Reminder.objects.update(remind_at=timezone.now())

    def look():
        later.look()
        later.look()

    [(people, frame)] = rooms.frames_after(look, django_capture_on_commit_callbacks(execute=True))
    assert people == (ann.pk,)
    assert (frame["type"], frame["id"], frame["message_id"]) == ("reminder", row["id"], message["id"])
    assert frame["message"]["content"] == "shall we?"
    [listed] = api(ann).get("/reminders").json()["results"]
    assert listed["state"] == "due" and listed["told_at"]
    assert code(api(bob).delete(f"/reminders/{row['id']}")) == (404, "not_found")
    assert api(ann).delete(f"/reminders/{row['id']}").status_code == 204
    assert api(ann).get("/reminders").json()["results"] == []


def test_a_second_reminder_of_the_same_message_at_the_same_time_is_the_first(ann, bob):
    message_id = api(ann).post("/chats/general/messages", {"content": "water the plants"}).json()["id"]

    def ask(user, remind_at):
        body = {"message_id": message_id, "remind_at": remind_at}
        return api(user).post("/reminders", body, format="json").json()["id"]

    when = at(hours=1)
    first = ask(ann, when)
    assert ask(ann, when) == first
    assert len({first, ask(ann, at(hours=2)), ask(bob, when)}) == 3
    Reminder.objects.filter(pk=first).update(remind_at=(past := timezone.now() - timedelta(seconds=1)))
    assert ask(ann, past.isoformat()) == first, "also when the time has come meanwhile"


def test_a_reminder_of_what_one_can_no_longer_read_says_so_without_its_words(ann, bob):
    path, link = rooms.create(ann)
    rooms.enter(path, link, ann, bob)
    message = say(ann, f"{path}/messages", "the secret")
    remind(bob, message)
    api(bob).post(f"{path}/leave")
    Reminder.objects.update(remind_at=timezone.now())
    later.look()
    answer = api(bob).get("/reminders")
    [listed] = answer.json()["results"]
    assert (listed["state"], listed["message"], listed["gone"]) == ("due", None, True)
    assert b"the secret" not in answer.content


@pytest.mark.parametrize(
    ("fields", "refusal", "wrong"),
    [
        ({"remind_at": at(minutes=-1)}, (400, "invalid"), "remind_at"),
        ({"remind_at": at(days=367)}, (400, "invalid"), "remind_at"),
        ({"message_id": "x"}, (400, "invalid"), "message_id"),
        ({"message_id": 99}, (404, "not_found"), None),
    ],
)
def test_a_refused_reminder_names_the_field(ann, fields, refusal, wrong):
    answer = remind(ann, say(ann), **fields)
    assert code(answer) == refusal
    assert list(answer.json()["error"].get("fields", {})) == ([wrong] if wrong else [])


def test_nobody_is_reminded_of_a_deleted_message(ann):
    message = say(ann)
    messages.delete(ann, message["id"])
    assert code(remind(ann, message)) == (409, "conflict")
    assert not Reminder.objects.exists()


def test_a_hundred_reminders_wait_and_no_more(ann, monkeypatch):
    monkeypatch.setattr(reminders, "MOST_WAITING", 1)
    message = say(ann)
    assert remind(ann, message).status_code == 201
    assert code(remind(ann, message)) == (409, "too_many_reminders")


def test_the_list_takes_as_many_queries_for_many_as_for_one(ann):
    counts = []
    for _ in range(2):
        remind(ann, say(ann))
        with CaptureQueriesContext(connection) as queries:
            api(ann).get("/reminders")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 4


def test_nothing_is_sent_or_told_for_a_deleted_account_and_what_is_over_goes_after_a_while(ann, bob):
    message = say(bob)
    come(schedule(bob, "sent long ago"), hours=1)
    Scheduled.objects.update(send_at=timezone.now() - timedelta(days=31))
    schedule(ann)
    remind(ann, message)
    with transaction.atomic():
        users.delete(ann)
    assert Scheduled.objects.count() == 1 and not Reminder.objects.exists()
    assert cleaning.clean() == 1 and not Scheduled.objects.exists()


def test_what_is_stored_while_an_account_is_deleted_goes_with_the_next_cleaning(ann, bob):
    message = say(bob)
    with transaction.atomic():
        users.delete(ann)
    for person, state in ((ann, "failed"), (bob, "waiting")):
        Scheduled.objects.create(user=person, chat_id=1, content="later", send_at=timezone.now(), state=state)
        Star.objects.create(user=person, message_id=message["id"])
    users.deactivate(bob)  # who may come back
    assert cleaning.clean() == 2
    assert {row.user_id for rows in (Scheduled, Star) for row in rows.objects.all()} == {bob.pk}


def test_of_a_deactivated_account_nothing_is_sent(ann):
    row = schedule(ann)
    users.deactivate(ann)
    assert come(row).state == "failed" and said() == []
