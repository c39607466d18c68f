"""What `make run` does: migrate the database, collect the static files, and serve; `make demo` stops before it serves.

All in one process, as most of a start is importing. Says in words what stands in the way: a wrong setting, a port in
use, a database that is away.
"""

import errno
import fcntl
import hashlib
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def check_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(
                f"Port {port} of {host} is in use: another program (or a second `make run`) listens there. "
                f"Stop it, or take another port: make run PORT={port + 1 if port < 65535 else 8000}"
            )
        if error.errno == errno.EACCES:
            sys.exit(f"Port {port} is one that only root may open. Take one from 1024 on: make run PORT=8000")
        sys.exit(f"The server can't listen on HOST={host} PORT={port}: {error.strerror or error}.")


@contextmanager
def alone() -> Iterator[None]:
    """Of several starts from this folder, one prepares at a time. The others find everything done after it: two at once
    would make the same tables, and one would serve static files that the other is still writing."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def collect_static() -> None:
    """Collect, hash and compress the static files: two seconds, so only when one of them changed."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    seen = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = os.stat(storage.path(name))
            seen.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    mark = Path(settings.STATIC_ROOT) / ".collected"
    if not mark.exists() or mark.read_text() != seen.hexdigest():
        call_command("collectstatic", verbosity=0, interactive=False)
        mark.write_text(seen.hexdigest())


def migrate() -> None:
    """Bring the database up to date, and leave no connection open: the server opens its own, with its own options."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    if settings.POSTGRESQL:
        connection.close_pool()


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    serves = "serve" in sys.argv
    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(f"A setting is wrong. {error}")
    if serves and settings.PORT:
        check_port(settings.HOST, settings.PORT)
    with alone():
        try:
            migrate()
        except OperationalError as error:
            sys.exit(f"The database of DATABASE_URL can't be used: {error}".strip())
        collect_static()
    if serves:
        from chatproject.server import run

        run.run()


if __name__ == "__main__":
    main()
