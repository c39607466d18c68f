"""Django's SQLite engine, but for the cursor of a BEGIN that failed.

SQLite frees a cursor under its connection's lock. An error's traceback keeps the cursors of its frames until garbage is
collected, in any thread: the event loop would wait there for whatever the connection's own thread is doing, and a
thread that writes for one that waits to write. Django closes its cursors where a query fails, only this one it doesn't.
"""

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    transaction_mode: str  # of OPTIONS; django-stubs don't know it

    def _start_transaction_under_autocommit(self) -> None:
        with self.cursor() as cursor:
            cursor.execute(f"BEGIN {self.transaction_mode}")
