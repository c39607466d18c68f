"""What PostgreSQL plans once for the writer, and then does ever after."""

import psycopg

from chat.statements import PLANNER, Postgres
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
