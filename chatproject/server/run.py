"""The server process: uvicorn with our protocols (`http` and `websocket` beside this module), and how it is started."""

import os
import signal
import sys
import tempfile
from typing import NoReturn

import uvicorn
from django.conf import settings

from chatproject import process
from chatproject.operations import start
from chatproject.server.http import HttpProtocol
from chatproject.server.lobby import KEEP_ALIVE
from chatproject.server.supervisor import HUNG, Supervisor
from chatproject.server.websocket import ChatProtocol

GRACE = 9  # seconds from SIGTERM until connections that are still open are cut
BACKLOG = 2048


def config() -> uvicorn.Config:
    return uvicorn.Config(
        "chatproject.asgi:application",
        host=settings.HOST,
        port=settings.PORT,
        workers=settings.WEB_PROCESSES,
        http=HttpProtocol,
        ws=ChatProtocol,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=HUNG,
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # chatproject.http.proxies, on any server
        server_header=False,
    )


def _exit(*_: object) -> NoReturn:
    """uvicorn stops in order and then raises the signal again, which by default would end us as if killed."""
    sys.exit(0)


def run() -> None:
    """Serve until SIGTERM or SIGINT: this process alone, or as many as WEB_PROCESSES says under a supervisor.

    Raises `CommandError` if the database is not ready for this release.
    """
    start.prepare()
    process.allow_files()
    chosen = config()
    if chosen.workers == 1:
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, _exit)
        uvicorn.Server(chosen).run()
    else:
        listening = chosen.bind_socket()
        with tempfile.TemporaryDirectory(prefix="chat-metrics-") as folder:
            # Where the processes store their counts, so that each can answer `/metrics` for all.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
            Supervisor(chosen, sockets=[listening]).run()
