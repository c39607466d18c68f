"""`make run` to the first answered request, where everything is set up already: `python -m benchmarks.start --help`.

SQLite in a folder that was served from before; the time runs from the command to the first 200 of `/healthz`, and to
that of `/login`, which is a whole page. Everything shares all cores, as it does for whoever types `make run`.
"""

import argparse
import http.client
import os
import signal
import subprocess
import time

from benchmarks.load import say
from benchmarks.processes import HERE, ROOT, free_port, program
from benchmarks.report import grid, spread
from benchmarks.servers import Bench

LIMIT = 60  # seconds


def first_answer(port: int, path: str, started: float, ended: subprocess.Popen[bytes]) -> float:
    """Seconds since `started` when `path` answers."""
    while time.perf_counter() - started < LIMIT:
        connection = http.client.HTTPConnection(HERE, port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return time.perf_counter() - started
        except OSError:
            if ended.poll() is not None:
                break
        finally:
            connection.close()
        time.sleep(0.005)
    raise RuntimeError("`make run` did not answer")


def measure(bench: Bench, data: str) -> tuple[float, float]:
    """Seconds until `/healthz` and until `/login` answered."""
    port = free_port()
    environment = {"DATA_DIR": data, "HOST": HERE, "PORT": str(port), "DATABASE_URL": "", "REDIS_URL": ""}
    command = [str(program("make")), "--no-print-directory", "-C", str(ROOT), "run"]
    with (bench.folder / "make-run.log").open("ab") as output:
        started = time.perf_counter()
        child = subprocess.Popen(
            command,
            env={**os.environ, **environment, "WEB_PROCESSES": "1", "DEBUG": "off"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            return first_answer(port, "/healthz", started, child), first_answer(
                port, "/login", started, child
            )
        finally:
            os.killpg(child.pid, signal.SIGTERM)  # make and the server
            child.wait(20)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of all runs (5)")
    parser.add_argument(
        "--folder", help="where databases are put for the run (the system's temporary folder)"
    )
    parser.add_argument("--quick", action="store_true", help="one round: a look, not a measurement")
    args = parser.parse_args()
    with Bench(args.folder) as bench:
        os.sched_setaffinity(0, bench.server_cpus | bench.other_cpus)
        data = str(bench.folder / "data")
        say(f"set up: {measure(bench, data)[0]:.1f} s")
        runs = []
        for turn in range(1, 2 if args.quick else args.rounds + 1):
            runs.append(measure(bench, data))
            say(f"round {turn}: {runs[-1][0]:.2f} s")
    rows = [["make run, until", "seconds min", "median", "max"]]
    for what, times in zip(("/healthz answers", "/login answers"), zip(*runs, strict=True), strict=True):
        rows.append([what, *spread(list(times), 2)])
    print(f"\nStart, everything set up before, {len(runs)} rounds\n\n{grid(rows)}")


if __name__ == "__main__":
    main()
