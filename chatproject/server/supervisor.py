"""Several server processes on one port: started, replaced when they die, and stopped in time.

uvicorn's supervisor without blocking waits: there a process that starts slowly or hangs delays the replacement of
others and the reaction to SIGTERM. And if the supervisor is killed, its processes stop too.
"""

import asyncio
import logging
import multiprocessing
import signal
import time

from prometheus_client.multiprocess import mark_process_dead
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

logger = logging.getLogger(__name__)
#: Seconds without an answer after which a process is replaced: starting on a busy machine takes ten.
HUNG = 30
#: Seconds between two replacements, so that a process that dies at once doesn't take up a core.
BREATH = 1.0


class Supervisor(Multiprocess):
    #: Processes that have not answered a ping yet, and when it was sent.
    asked: dict[Process, float]

    def run(self) -> None:
        self.asked = {}
        super().run()

    def keep_subprocess_alive(self) -> None:
        for place, process in enumerate(self.processes):
            if process.process.is_alive() and not self._hangs(process):
                continue
            self.asked.pop(process, None)
            process.kill()
            process.join()
            mark_process_dead(process.pid)  # type: ignore[no-untyped-call]
            if process.exitcode == STARTUP_FAILURE:
                logger.error("a process could not start (see above); stopping")
                self.should_exit.set()
                return
            logger.error("process %s ended (%s); another takes its place", process.pid, process.exitcode)
            self.processes[place] = Process(self.config, self.sockets)
            self.processes[place].start()
            self.should_exit.wait(BREATH)

    def _hangs(self, process: Process) -> bool:
        now = time.monotonic()
        try:
            if process not in self.asked:
                process.parent_conn.send(b"ping")
                self.asked[process] = now
            elif process.parent_conn.poll():
                process.parent_conn.recv()
                del self.asked[process]
        except (OSError, EOFError):
            return True
        return now - self.asked.get(process, now) > HUNG

    def join_all(self) -> None:
        """Wait until the processes have shut down; then kill those that have not."""
        assert self.config.timeout_graceful_shutdown is not None
        end = time.monotonic() + self.config.timeout_graceful_shutdown + 1
        for process in self.processes:
            process.process.join(max(0.0, end - time.monotonic()))
            if process.process.is_alive():
                logger.error("process %s did not stop in time and is killed", process.pid)
                process.process.kill()
                process.process.join()


def end_with_supervisor() -> None:
    """Shut this process down when its supervisor is gone, however that ended. Call with a running loop."""
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        loop = asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(supervisor.sentinel)
            logger.error("the supervisor is gone: stopping")
            signal.raise_signal(signal.SIGTERM)

        loop.add_reader(supervisor.sentinel, gone)
