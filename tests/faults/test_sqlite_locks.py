"""SQLite's locks belong to the process: nothing that we do with its file may drop them."""

import subprocess
import sys
import threading

import pytest
from django.db import connection

#: Whether another process could have the database for itself: it takes the bytes on which readers hold a shared lock
#: (sqlite's os.h: SHARED_FIRST, SHARED_SIZE). Ends with 0 if it could.
TAKE = """
import fcntl, sys
with open(sys.argv[1], "rb+") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
    except OSError:
        sys.exit(3)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("sqlite" not in connection.settings_dict["ENGINE"], reason="of SQLite's file")
def test_connections_of_other_threads_leave_the_locks_of_the_first_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_user")
    path = connection.settings_dict["NAME"]
    assert subprocess.run([sys.executable, "-c", TAKE, path]).returncode == 3

    def come_and_go() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM accounts_user")
        connection.close()

    for _ in range(3):
        thread = threading.Thread(target=come_and_go)
        thread.start()
        thread.join()
    assert subprocess.run([sys.executable, "-c", TAKE, path]).returncode == 3
