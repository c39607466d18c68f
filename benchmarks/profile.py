"""Where this server's time goes during a benchmark: `python -m benchmarks.profile connects --servers ours-sqlite`.

Runs that benchmark for one round, with its own options, and looks 250 times a second (py-spy) at what each of our
servers does, from its first answer on. Two tables a server, of the samples in which a thread was busy as far as
py-spy can tell: by the innermost function of ours, with what it calls in libraries; and by the package whose code
was running. `run` of the server is the event loop itself, with its reading, writing and some of its waiting. Shares
say where to look; below a tenth they are rough. The profiler takes time itself: rates measured with it say nothing.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.ours import PROFILES, SPY
from benchmarks.report import grid

COMMANDS = ["fanout", "durable", "connects", "reading", "mixed", "workers"]
OURS = re.compile(r"(accounts|chat|rooms|chatproject)/")
FRAME = re.compile(r"(?P<function>.*) \((?P<file>.*)\)")


def place(frame: str) -> tuple[str, str]:
    """(file, function) of a frame as py-spy writes it: `function (file)`."""
    match = FRAME.fullmatch(frame)
    return (match["file"], match["function"]) if match else ("", frame)


def package(file: str) -> str:
    """The first folder of a file, or `python` for the standard library."""
    parts = file.split("/")
    if parts[0] in ("asyncio", "concurrent", "json", "logging", "sqlite3") or len(parts) == 1:
        return "python"
    return parts[0]


def tables(stacks: str, top: int) -> str:
    """Of lines `frame;frame;frame count`, the outermost frame first."""
    functions: Counter[str] = Counter()
    packages: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [place(frame) for frame in stack.split(";")]
        inner = next(
            (f"{file} {name}" for file, name in reversed(frames) if OURS.match(file)), "none of ours"
        )
        functions[inner] += int(count)
        packages[package(frames[-1][0])] += int(count)
    samples = functions.total()
    if not samples:
        return "no samples: the server did nothing, or ended before it was looked at\n"

    def shares(counted: Counter[str], head: str) -> str:
        rows = [[head, "share"]]
        rows += [[name, f"{count / samples:.1%}"] for name, count in counted.most_common(top)]
        rows += [["everything else", f"{1 - sum(c for _, c in counted.most_common(top)) / samples:.1%}"]]
        return grid(rows)

    return f"{samples} samples\n\n{shares(functions, 'function')}\n{shares(packages, 'package')}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.profile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--top", type=int, default=20, help="rows of a table (20)")
    add("benchmark", choices=COMMANDS)
    add("options", nargs=argparse.REMAINDER, help="options of that benchmark")
    args = parser.parse_args()
    if not SPY.exists():
        raise SystemExit(
            "py-spy is not installed: it comes with requirements-dev.txt, in the virtual environment"
        )
    with tempfile.TemporaryDirectory(prefix="chat-profile-") as folder:
        command = [sys.executable, "-m", f"benchmarks.{args.benchmark}", "--rounds", "1", *args.options]
        done = subprocess.run(command, env={**os.environ, PROFILES: folder})
        found = sorted(Path(folder).iterdir())
        for file in found:
            print(f"{file.stem}: {tables(file.read_text(), args.top)}")
    if done.returncode or not found:
        raise SystemExit(
            "Nothing was profiled: see above. It needs one of our servers, and root where the system lets nobody else "
            "look into a process."
        )


if __name__ == "__main__":
    main()
