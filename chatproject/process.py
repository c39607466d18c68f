"""Settings of a whole server process: the interpreter, resource limits, and database connections."""

import gc
import resource
import sys

from django.conf import settings

#: Seconds that a thread may hold the GIL while another one waits. SQLite's driver releases the GIL at every row: with
#: Python's default of 0.005, a batch of hundreds waited seconds in all for a busy event loop.
SWITCH = 0.0005
#: Allocations between two collections of the youngest generation.
YOUNG = 10_000
#: Milliseconds that a statement may take in a server process. Not in the settings: migrations and backups may take
#: longer.
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
    """Call when everything is imported: the garbage collector then skips all imported objects and runs less often.

    By default it took a fifth of the CPU time of opening sockets, and a full collection with all imports blocks the
    process for 75 ms. In exchange, reference cycles are freed a little later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def allow_files() -> None:
    """Raise the limit of open files, and so of sockets, to the system's hard limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
