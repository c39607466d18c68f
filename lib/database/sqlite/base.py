"""Django's SQLite engine, except for the permissions of its file and the cursor of a failed BEGIN.

SQLite creates its file with the permissions that the umask leaves, which usually lets all users of the machine read it;
the files beside it (-wal, -shm) get the same permissions. So the file is created before SQLite opens it.

SQLite frees a cursor under its connection's lock. An error's traceback keeps the cursors of its frames alive until the
garbage collector frees them, in any thread: the event loop would wait there for whatever the connection's own thread is
doing, and a writing thread for one that waits to write. Django closes the cursors of failed queries, except this one.
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
            # One at a time: a connection opened while another one has made, but not yet closed, the file would lose
            # its locks.
            with _making, suppress(OSError):  # SQLite's own error says it better
                private_files.make_file(name)
        return super().get_new_connection(conn_params)

    def _start_transaction_under_autocommit(self) -> None:
        with self.cursor() as cursor:
            cursor.execute(f"BEGIN {self.transaction_mode}")
