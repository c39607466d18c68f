"""That a deletion leaves nothing, and that what is left is found wherever it is."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from chat import erased, messages
from chat.log.rows import Draft
from chat.log.store import Stored, store
from chat.models import Chat, Membership, Message, Reaction, Reminder, Scheduled, Star, ThreadFollow

pytestmark = pytest.mark.django_db
TEXT = 'Äpfel & "Birnen" @bob'


@pytest.fixture
def message(ann: User) -> Message:
    chat = Chat.objects.create(kind="room", title="Garden")
    for user in (ann, User.objects.create_user("bob")):
        Membership.objects.create(chat=chat, user=user)
    [stored] = store([Draft(chat.pk, ann.pk, "ann", TEXT, client_id="c-1")])
    assert isinstance(stored, Stored)
    return Message.objects.get(pk=stored.id)


def look(message: Message, *said: str) -> list[str]:
    message.refresh_from_db()
    return erased.report(message, said).found


def run(sql: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_deletion_leaves_nothing_of_all_that_can_be_kept(ann: User, message: Message) -> None:
    messages.edit(ann, message.pk, f"{TEXT}, please")
    now = timezone.now()
    Message.objects.filter(pk=message.pk).update(
        reactions='[{"emoji":"👍","count":1,"user_ids":[1]}]',
        pinned_at=now,
        pinned_by=ann,
        mention_all="here",
    )
    for model, more in ((Reaction, {"emoji": "👍"}), (Star, {}), (Reminder, {"remind_at": now})):
        model._default_manager.create(message=message, user=ann, **more)
    ThreadFollow.objects.create(root=message, user=ann)
    Scheduled.objects.create(
        user=ann, chat=message.chat, content=TEXT, send_at=now, state="sent", message=message
    )
    found = " ".join(look(message, TEXT))
    for trace in (
        "The message isn't deleted.",
        *(
            f"chat_message.{name} of"
            for name in ("content", "mentions", "reactions", "pinned_at", "mention_all")
        ),
        *(
            f"chat_{name}.message_id names it"
            for name in ("messageedit", "mention", "reaction", "star", "reminder")
        ),
        "chat_scheduled.message_id names it",
        *(f"chat_{name}.content holds the text" for name in ("message", "messageedit", "scheduled")),
    ):
        assert trace in found
    messages.delete(ann, message.pk)
    assert look(message, TEXT, f"{TEXT}, please") == []


def test_answers_may_name_its_place(ann: User, message: Message) -> None:
    store([Draft(message.chat_id, ann.pk, "ann", "An answer", reply_to=message.pk)])
    messages.delete(ann, message.pk)
    assert look(message, TEXT) == []


def test_what_is_left_is_found_in_tables_that_nobody_has_thought_of(ann: User, message: Message) -> None:
    messages.delete(ann, message.pk)
    run("CREATE TABLE queue (id integer PRIMARY KEY, payload text, message_id integer)")
    run("CREATE TABLE seen (id integer PRIMARY KEY, what bigint REFERENCES chat_message (id))")
    run(
        "INSERT INTO queue VALUES (1, 'nothing', 0), (2, %s, 0)",
        '{"text": "\\u00c4pfel & \\"Birnen\\" @bob"}',
    )
    assert look(message) == []
    assert look(message, TEXT) == ["queue.payload holds the text: id 2."]
    run("UPDATE queue SET message_id = %s WHERE id = 1", message.pk)
    run("INSERT INTO seen VALUES (7, %s)", message.pk)
    assert look(message) == ["queue.message_id names it: id 1.", "seen.what names it: id 7."]
    run("UPDATE chat_chat SET search_text = 'the apfel & \"birnen\" @bob' WHERE id = %s", message.chat_id)
    assert f"chat_chat.search_text holds the text: id {message.chat_id}." in look(message, TEXT)
    connection.check_constraints()  # PostgreSQL changes no table with checks that are still to come
    run("ALTER TABLE chat_message ADD COLUMN preview text")
    run("UPDATE chat_message SET preview = 'a picture' WHERE id = %s", message.pk)
    assert "chat_message.preview of the message is not empty." in look(message)
    run("DROP TABLE queue")
    run("DROP TABLE seen")


def test_the_command_says_what_it_looked_at_and_fails_if_something_is_left(
    ann: User, message: Message
) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="Something is left"):
        call_command("verify_erased", message=message.pk, stdout=out)
    assert "isn't deleted" in out.getvalue()
    messages.delete(ann, message.pk)
    out = StringIO()
    call_command("verify_erased", message=message.pk, text=[TEXT], stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith(f"Message {message.pk}, number 1 of room:{message.chat_id}: deleted at ")
    assert "  chat_mention: message_id" in lines
    assert any(line.startswith("  rooms_auditentry: ") and "detail" in line for line in lines)
    assert lines[-1] == "Nothing is left of it."
    with pytest.raises(CommandError, match="There is no message"):
        call_command("verify_erased", message=message.pk + 1)
