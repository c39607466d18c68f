"""What is set for a whole server process: its interpreter, its limits, and its connections to the database."""

import gc
import resource
import sys

from django.conf import settings

#: Seconds that a thread may go on in Python while another waits. SQLite's driver lets go at every row: with Python's
#: 0.005, a batch of hundreds waited seconds in all for an event loop that always had something to do.
SWITCH = 0.0005
#: Objects made between two looks of the garbage collector at the young ones.
YOUNG = 10_000
#: Milliseconds that the database may take over one statement while it serves people. Not in the settings: a
#: migration or a backup may take its time.
STATEMENT_TIMEOUT = 4000
MOST_FILES = 100_000


def begin() -> None:
    """Call once in each process that serves, after `django.setup` and before the first connection to the database."""
    sys.setswitchinterval(SWITCH)
    if settings.POSTGRESQL:
        options = settings.DATABASES["default"]["OPTIONS"]
        options["options"] = (
            f"{options.get('options', '')} -c statement_timeout={STATEMENT_TIMEOUT}"
            f" -c idle_in_transaction_session_timeout={2 * STATEMENT_TIMEOUT}"
        ).strip()


def spare_the_collector() -> None:
    """Call when everything is imported: it is not gone through again, nor are all sockets at every few allocations.

    By default that was a fifth of the CPU time of opening sockets, and a collection that looks through all imports
    holds everybody up for 75 ms. What is in a cycle is freed a little later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def allow_files() -> None:
    """As many open files, and so sockets, as the system allows without asking its administrator."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
