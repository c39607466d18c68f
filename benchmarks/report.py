"""The options that the benchmarks share, and what was measured as a plain table."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass
class Figures:
    """Of one run. CPU figures are shares of one core."""

    rate: float = 0
    server: float = 0
    load: float = 0
    backing: float = 0  # PostgreSQL and Redis together
    others: float = 0  # whatever else ran on this machine
    bytes: float = 0  # of a message frame as received
    p50: float = 0  # ack latency, ms
    p99: float = 0
    lost: int = 0
    twice: int = 0
    disordered: int = 0
    unacked: int = 0
    unstored: int = 0  # acked, but not found in the database


Results = dict[tuple[str, int], list[Figures]]  # (server, messages in flight): a run per round


def with_before(servers: Mapping[str, str]) -> dict[str, str]:
    """The same, with a `before-…` beside each `ours-…`: this project as another checkout has it."""
    old = {before(name): "the same, as the checkout in --before has it" for name in servers}
    return {**old, **servers}


def before(name: str) -> str:
    """What the older version of this server is called; a peer has none, and keeps its name."""
    return f"before-{name.removeprefix('ours-')}" if name.startswith("ours-") else name


def options(program: str, text: str, servers: Mapping[str, str]) -> argparse.ArgumentParser:
    """What every benchmark of servers understands. Without --servers all run, but for those `before`."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {program}",
        description=text,
        epilog="servers:\n" + "\n".join(f"  {name:16} {meaning}" for name, meaning in servers.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--servers",
        nargs="+",
        choices=servers,
        default=[name for name in servers if not name.startswith("before-")],
        metavar="NAME",
        help="which to run (all but before-…)",
    )
    add("--before", type=Path, help="another checkout of this project, which before-… servers run")
    add("--rounds", type=int, default=5, help="of all runs, interleaved (5)")
    add("--folder", help="where databases are put for the run (the system's temporary folder)")
    add("--quick", action="store_true", help="one short round: a look, not a measurement")
    return parser


def arguments(
    program: str, text: str, servers: Mapping[str, str], in_flight: list[int]
) -> argparse.ArgumentParser:
    """The same, for benchmarks that keep messages in flight."""
    parser = options(program, text, servers)
    add = parser.add_argument
    shown = " ".join(map(str, in_flight))
    add(
        "--in-flight",
        type=int,
        nargs="+",
        default=in_flight,
        help=f"messages on their way at a time ({shown})",
    )
    add("--size", type=int, default=150, help="bytes of a frame from a client (150)")
    add("--seconds", type=float, default=3, help="of one run (3)")
    add("--patience", type=float, default=5, help="seconds without any news until the rest is lost (5)")
    return parser


def spread(values: list[float], digits: int = 0) -> list[str]:
    """Three cells: minimum, median, maximum."""
    return [f"{value:,.{digits}f}" for value in (min(values), median(values), max(values))]


def ratio(results: Results, this: tuple[str, int], other: tuple[str, int]) -> str:
    """A cell: the median rate of `this` by that of `other`; empty if that was not measured, or is the same."""
    if this == other or other not in results:
        return ""
    return f"{median(f.rate for f in results[this]) / median(f.rate for f in results[other]):.2f}"


def table(results: Results, unit: str, loads: list[int], beside: list[str], load: str = "in flight") -> str:
    """Rows are (server, load); ratios are of medians, at the same load, to each server named in `beside`."""
    beside = [name for name in beside if any(server == name for server, _ in results)]
    everything = [figures for runs in results.values() for figures in runs]
    faults = ["lost", "twice", "disordered"]
    with_acks = any(figures.p99 for figures in everything)
    if with_acks:
        faults += ["unacked", "unstored"]
    head = ["server", load, f"{unit} min", "median", "max", *(f"x {name}" for name in beside), "x before"]
    head += ["p50 ms", "p99 ms"] if with_acks else ["bytes"]
    head += [*faults, "per server CPU s", "server CPU", "load CPU", "db+redis CPU", "others CPU"]
    rows = [head]
    for (name, at), runs in sorted(results.items(), key=lambda item: loads.index(item[0][1])):
        rates = [figures.rate for figures in runs]
        row = [name, str(at), *spread(rates)]
        for other in beside:
            row.append(ratio(results, (name, at), (other, at)))
        row.append(ratio(results, (name, at), (before(name), at)))
        if with_acks:
            row += [f"{median(f.p50 for f in runs):.1f}", f"{median(f.p99 for f in runs):.1f}"]
        else:
            row.append(f"{median(f.bytes for f in runs):.0f}")
        row += [str(sum(getattr(f, fault) for f in runs)) for fault in faults]
        row.append(f"{median(f.rate / max(f.server, 0.01) for f in runs):,.0f}")
        row += [
            f"{median(getattr(f, who) for f in runs):.0%}" for who in ("server", "load", "backing", "others")
        ]
        rows.append(row)
    return grid(rows)


def grid(rows: list[list[str]]) -> str:
    """Rows of cells, the first one the heading, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines) + "\n"
