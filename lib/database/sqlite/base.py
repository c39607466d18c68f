"""Django's SQLite engine, but for the rights of its file, and for the cursor of a BEGIN that failed.

SQLite makes its file with the rights that the umask leaves, which as a rule lets all users of the machine read it; the
files beside it (-wal, -shm) get the rights of the first. So the file is made before SQLite opens it.

SQLite frees a cursor under its connection's lock. An error's traceback keeps the cursors of its frames until garbage is
collected, in any thread: the event loop would wait there for whatever the connection's own thread is doing, and a
thread that writes for one that waits to write. Django closes its cursors where a query fails, only this one it doesn't.
"""

import threading
from contextlib import suppress
from typing import Any

from django.db.backends.sqlite3 import base

from lib import private_files

_making = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    transaction_mode: str  # of OPTIONS; django-stubs don't know it

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        name = str(conn_params["database"])
        if name != ":memory:" and not name.startswith("file:"):
            # One at a time: a connection that opened between another one's making and closing the file would lose
            # its locks.
            with _making, suppress(OSError):  # SQLite says it better
                private_files.make_file(name)
        return super().get_new_connection(conn_params)

    def _start_transaction_under_autocommit(self) -> None:
        with self.cursor() as cursor:
            cursor.execute(f"BEGIN {self.transaction_mode}")
