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
                for statement in (Postgres.ALLOT, Postgres.REPEATS, Postgres.INSERT)
                for (line,) in connection.execute(f"EXPLAIN {statement}", ["[]"])
            ]
            found.append("\n".join(lines))
    before, after = found
    assert "Seq Scan" in before, "without the settings there is nothing to guard against any more"
    assert "Seq Scan" not in after and after.count("Index Scan") >= 4, after
