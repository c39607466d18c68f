"""Child processes on their own cores, and what they cost."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.report import Figures

ROOT = Path(__file__).resolve().parent.parent
HERE = "127.0.0.1"


class Missing(Exception):
    """Something that this machine does not have; the text says what."""


def cores() -> tuple[set[int], set[int]]:
    """(the server's core, the cores of everything else). On one core they are the same."""
    have = sorted(os.sched_getaffinity(0))
    return {have[-1]}, set(have[:-1] or have)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def program(name: str) -> Path:
    """Where `name` is: on PATH, or in the newest of Debian's PostgreSQL folders. Raises Missing."""
    found = shutil.which(name)
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3]))
    if not found and not beside:
        raise Missing(f"{name} is not installed")
    return Path(found) if found else beside[-1]


def cpu_seconds(pids: list[int]) -> float:
    """CPU time used by these processes and their children so far."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it ended meanwhile
        parents[int(entry.name)] = int(fields[1])
        used[int(entry.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    total, family = 0.0, set(pids)
    while family:
        total += sum(used.get(one, 0.0) for one in family)
        family = {child for child, parent in parents.items() if parent in family}
    return total


def busy_seconds() -> float:
    """CPU time that anything on this machine has used so far, on all cores."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def allow_files() -> None:
    """As many open files, and so sockets, for this process and its children as the system lets anybody have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Meter:
    """What a run costs: shares of one core that the server, the load, its backing services and others used."""

    def __init__(self, server: list[int], backing: list[int]) -> None:
        self.server, self.backing = server, backing
        self.started = self._read()

    def _read(self) -> tuple[float, float, float, float, float]:
        used = cpu_seconds(self.server), time.process_time(), cpu_seconds(self.backing), busy_seconds()
        return time.perf_counter(), *used

    def stop(self, figures: Figures) -> None:
        """Write the shares since the start into `figures`."""
        elapsed, *used = (now - then for now, then in zip(self._read(), self.started, strict=True))
        figures.server, figures.load, figures.backing, busy = (seconds / elapsed for seconds in used)
        # A run on a machine that others use is no measurement.
        figures.others = max(0.0, busy - figures.server - figures.load - figures.backing)


class Process:
    """A child process, its output in a log file, on its own cores."""

    def __init__(
        self,
        name: str,
        command: list[str | Path],
        log: Path,
        cpus: set[int],
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        cwd: Path = ROOT,
    ) -> None:
        self.name, self.command, self.log, self.cpus = name, [str(part) for part in command], log, cpus
        self.environment, self.stop_signal = {**os.environ, **(environment or {})}, stop_signal
        self.cwd = cwd
        self.start()

    def start(self) -> None:
        """Start it; after `stop`, again as it was."""
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl+C is ours to handle
                preexec_fn=lambda: os.sched_setaffinity(0, self.cpus),
            )

    @property
    def pid(self) -> int:
        return self.child.pid

    def wait_for(self, ready: Callable[[], bool], seconds: float = 30) -> None:
        """Until `ready`. Raises RuntimeError with the log's end when it dies or takes longer."""
        end = time.monotonic() + seconds
        while not ready():
            if self.child.poll() is not None or time.monotonic() > end:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name} did not start:\n{tail}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.child.poll() is None:
            self.child.send_signal(self.stop_signal)
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait(5)


def answers(port: int) -> Callable[[], bool]:
    """Whether something listens there."""

    def ready() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HERE, port)) == 0

    return ready
