"""Pages of history: rows of a compiled query are what the queryset gives."""

from datetime import UTC, datetime

import pytest

from accounts.models import User
from chat.log import history
from chat.log.rows import MessageRow, row_of
from chat.models import Chat, Message

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 30, 15, 123456, UTC)
TIMES = [
    NOW,
    datetime(2026, 11, 21, 12, 30, 15, 120000, UTC),
    datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
    None,
]


def test_times_and_mentions_come_as_they_were_stored() -> None:
    ann = User.objects.create_user("ann", "ann@example.org")
    chat = Chat.objects.create(kind="room", title="Room", last_seq=4, version=4)
    Message.objects.bulk_create(
        Message(chat=chat, seq=n + 1, version=n + 1, sender=ann, created_at=NOW, edited_at=time, mentions=who)
        for n, (time, who) in enumerate(zip(TIMES, ([], [1], [1, 2**53], []), strict=True))
    )
    rows = history.NEWEST(chat.pk, shape=50)
    assert rows == [MessageRow(*values) for values in history._newest(chat.pk, 50)]
    assert rows == [row_of(message) for message in Message.objects.order_by("-seq")]
    found = history.page(chat.pk, history.PageRequest()).messages
    assert [message.edited_at for message in found] == TIMES
    assert [message.mentions for message in found] == [[], [1], [1, 2**53], []]
    assert {message.timestamp for message in found} == {NOW}
