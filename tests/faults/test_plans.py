"""What PostgreSQL plans once for the writer, and then does ever after; and what it plans for a very long chat."""

import json
from typing import Any

import psycopg

from chat.log.statements import PLANNER, Postgres
from tests.servers import POSTGRES, Backing


def test_the_writers_plans_enter_every_table_by_its_index_even_while_it_is_small(backing: Backing):
    server = backing.chat_server(POSTGRES)
    server.manage("migrate", "--verbosity=0")
    with psycopg.connect(server.environment["DATABASE_URL"]) as connection:
        found = []
        for setting in ("", PLANNER):
            connection.execute(setting)
            lines = [
                line
                for statement in (Postgres.ADD, Postgres.REPEATS)
                for (line,) in connection.execute(f"EXPLAIN {statement}", ["[]"])
            ]
            found.append("\n".join(lines))
    before, after = found
    assert "Seq Scan" in before, "without the settings there is nothing to guard against any more"
    assert "Seq Scan" not in after and after.count("Index Scan") >= 4, after


def test_the_writer_does_not_go_through_all_chats_for_each_that_it_writes_to(backing: Backing):
    server = backing.chat_server(POSTGRES)
    server.manage("migrate", "--verbosity=0")
    with psycopg.connect(server.environment["DATABASE_URL"]) as connection:
        # Many chats, and no statistics yet that say so.
        connection.execute(
            "INSERT INTO chat_chat (kind, title, is_public, last_seq, version, changed_at, created_at)"
            " SELECT 'room', n, false, 0, 0, now(), now() FROM generate_series(1, 2000) AS n"
        )
        ids = [id for (id,) in connection.execute("SELECT id FROM chat_chat")]
        wanted = "[" + ",".join(f'{{"chat_id": {id}, "n": 0, "rows": []}}' for id in ids[::4]) + "]"
        connection.execute(PLANNER)
        lines = connection.execute(f"EXPLAIN (ANALYZE) {Postgres.ADD}", [wanted])
        plan = "\n".join(line for (line,) in lines)
    assert "Rows Removed by Join Filter" not in plan, plan
    assert f"loops={len(ids[::4])}" in plan, plan


#: Reads a chat of 100,000 messages in all ways, and prints how PostgreSQL went about each.
LONG = """
import json
from datetime import timedelta
from accounts.models import User
from chat import pins
from chat.log import history, summaries, threads
from chat.log.history import PageRequest
from chat.models import Chat, Message
from chat.realtime import sync_pages
from django.db import connection
from django.utils import timezone

chat = Chat.objects.create(kind="room", title="Long", last_seq=100_000, version=100_000)
owner = User.objects.create(username="owner", email="owner@example.org")
begun = timezone.now()
with connection.cursor() as cursor:
    cursor.execute(
        "INSERT INTO chat_message (chat_id, seq, version, sender_id, content, mentions, created_at)"
        " SELECT %s, n, n, %s, 'text', '[]', %s + n * interval '1 second' FROM generate_series(1, 100000) AS n",
        [chat.pk, owner.pk, begun],
    )
    cursor.execute("UPDATE chat_message SET pinned_at = created_at WHERE seq % 2000 = 0")
    root = Message.objects.get(chat=chat, seq=7)
    cursor.execute("UPDATE chat_message SET thread_root_id = %s WHERE seq %% 200 = 100", [root.pk])  # 500 replies
    cursor.execute("ANALYZE")

def explain(execute, sql, parameters, many, context):
    with connection.connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql, parameters)
        plans.setdefault(name, []).append(cursor.fetchone()[0][0]["Plan"])
    return execute(sql, parameters, many, context)

plans = {}
with connection.execute_wrapper(explain):
    for name, read in {
        "newest": lambda: history.page(chat.pk, PageRequest()).messages,
        "before": lambda: history.page(chat.pk, PageRequest(before_seq=50_000)).messages,
        "after": lambda: history.page(chat.pk, PageRequest(after_seq=50_000)).messages,
        "around": lambda: history.page(chat.pk, PageRequest(around_seq=50_000)).messages,
        "at": lambda: history.page(chat.pk, PageRequest(at=begun + timedelta(seconds=50_000))).messages,
        "skipping": lambda: history.page(chat.pk, PageRequest(offset=50_000)).messages,
        "chain": lambda: threads.page(chat.pk, root.pk, owner.pk, PageRequest()).messages,
        "chain before": lambda: threads.page(chat.pk, root.pk, owner.pk, PageRequest(before_seq=50_000)).messages,
        "chain after": lambda: threads.page(chat.pk, root.pk, owner.pk, PageRequest(after_seq=50_000)).messages,
        "changes": lambda: history.changes(chat.pk, 50_000, limit=50).messages,
        "pins": lambda: pins.pinned(chat.pk)[:50],
        "lately": lambda: sync_pages.NEWEST(summaries.Ids([chat.pk]), 50),
        "last": lambda: summaries.LAST(summaries.Ids([chat.pk])),
    }.items():
        assert len(read()) == (1 if name == "last" else 50), name
print(json.dumps(plans))
"""


def scans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of a plan that read messages."""
    below = [node for part in plan.get("Plans", ()) for node in scans(part)]
    return [plan, *below] if plan.get("Relation Name") == "chat_message" else below


def test_a_page_of_a_very_long_chat_enters_it_by_an_index_and_reads_no_more_than_the_page(backing: Backing):
    server = backing.chat_server(POSTGRES)
    server.manage("migrate", "--verbosity=0")
    found = json.loads(server.manage("shell", "--verbosity=0", "-c", LONG))
    assert len(found) == 13
    for name, plans in found.items():
        read = [(node["Node Type"], node["Actual Rows"]) for plan in plans for node in scans(plan)]
        assert read, f"{name} read no messages: {plans}"
        assert all(node == "Index Scan" and rows <= 51 for node, rows in read), (name, read)
