"""Does the admin get in people's way? Each of its pages with a million messages, and what others wait meanwhile.

`python -m benchmarks.admin [--quick] [--help]`. One server process on one core; the load and PostgreSQL on the other.
Somebody from the staff opens one page after the other: lists, their last pages, filters, searches, sorting that nobody
offers, and single rows. Meanwhile others ask for their account and for a page of history at a fixed rate. A page may
take 300 ms on PostgreSQL and 500 ms on SQLite, and others' p95 50 ms.
"""

import argparse
import asyncio
import itertools
import re
import secrets
import time
from dataclasses import dataclass, field
from statistics import median

import httpx
import uvloop

from benchmarks.load import say
from benchmarks.ours import Ours
from benchmarks.processes import HERE
from benchmarks.report import grid, options
from benchmarks.servers import Bench
from benchmarks.web import Outcome, call_at, get, quantile, steadily

SERVERS = {"ours-sqlite": "this server: SQLite", "ours-postgres": "this server: PostgreSQL, Redis"}
ROWS = 1_000_000
PEOPLE = 5_000
LISTS = [
    "admin/logentry",
    "accounts/user",
    "accounts/session",
    "accounts/loginfailure",
    "chat/chat",
    "chat/membership",
    "chat/message",
    "chat/messageedit",
    "chat/connection",
    "chat/serverprocess",
    "rooms/room",
    "rooms/joinrequest",
    "rooms/invite",
    "rooms/ban",
    "rooms/auditentry",
]
MORE = [
    "chat/message/?p=100",
    "chat/message/?q=fox",  # everywhere
    "chat/message/?q=nowhere",  # not at all
    "chat/message/?q=person7",
    "chat/message/?chat__kind=private",
    "chat/message/?deleted_at__isempty=0",
    "chat/message/?edited_at__isempty=0",
    "chat/message/?o=4",
    "chat/message/?chat__id__exact={room}",
    "chat/message/?chat__id__exact={room}&p=100",
    "chat/message/?chat__id__exact=1",
    "chat/message/1/change/",
    "chat/chat/{room}/change/",
    "chat/membership/?q=person7",
    "chat/membership/?o=-5",
    "accounts/user/?q=person7",
    "accounts/user/?o=-7",
    "accounts/session/?q=person7",
    "rooms/room/?q=Room 7",
    "rooms/room/{room}/change/",
    "rooms/auditentry/?q=person7",
]


@dataclass
class Target:
    server: Ours
    room: int
    tokens: list[str]
    staff: httpx.AsyncClient


@dataclass
class Seen:
    """Of one server: ms of each page, and what others waited."""

    pages: dict[str, list[float]] = field(default_factory=dict)
    others: Outcome = field(default_factory=Outcome)
    refused: set[str] = field(default_factory=set)


async def start(bench: Bench, name: str, args: argparse.Namespace) -> Target:
    server = Ours(bench, name, 0, scaled=name == "ours-postgres")
    made = server.fill("people", args.people, "--chats", 20, "--together", 1)
    room = made["rooms"][0]
    say(f"{name}: {args.rows:,} messages")
    server.fill("fill", room, args.rows)
    password = secrets.token_urlsafe(16)
    server.environment["DJANGO_SUPERUSER_PASSWORD"] = password
    await asyncio.to_thread(
        server.manage,
        "createsuperuser",
        "--noinput",
        "--username=operator",
        "--email=operator@example.org",
    )
    staff = httpx.AsyncClient(base_url=f"http://{HERE}:{server.port}", follow_redirects=True, timeout=30)
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', (await staff.get("/admin/login/")).text)
    assert found
    fields = {
        "username": "operator",
        "password": password,
        "next": "/admin/",
        "csrfmiddlewaretoken": found[1],
    }
    answer = await staff.post(
        "/admin/login/", data=fields, headers={"Referer": f"{staff.base_url}/admin/login/"}
    )
    assert answer.url.path == "/admin/", answer.text
    return Target(server, room, made["tokens"][:20], staff)


async def measure(target: Target, args: argparse.Namespace) -> Seen:
    """All pages, `rounds` times, while others ask."""
    seen = Seen()
    paths = ["", *(f"{one}/" for one in LISTS), *(path.format(room=target.room) for path in MORE)]

    async def look() -> None:
        for path in paths * args.rounds:
            begun = time.perf_counter()
            answer = await target.staff.get(f"/admin/{path}")
            seen.pages.setdefault(path, []).append((time.perf_counter() - begun) * 1000)
            if answer.status_code != 200:
                seen.refused.add(f"{path}: {answer.status_code}")

    asked = itertools.cycle(
        [
            get(path, token)
            for token in target.tokens
            for path in ("/users/me", f"/chats/room/{target.room}/history")
        ]
    )
    looking = asyncio.create_task(look())
    while not looking.done():
        outcome = await call_at(target.server.port, steadily(asked, args.rate, 1))
        seen.others.latencies += outcome.latencies
        seen.others.refused += outcome.refused
    await looking
    seen.others.latencies.sort()
    return seen


async def run(args: argparse.Namespace, bench: Bench) -> dict[str, Seen]:
    results = {}
    for name in args.servers:
        target = await start(bench, name, args)
        warm = argparse.Namespace(**{**vars(args), "rounds": 1})
        await measure(target, warm)
        results[name] = await measure(target, args)
        await target.staff.aclose()
    return results


def table(results: dict[str, Seen]) -> str:
    rows = [["page", *(f"{name} {what} ms" for name in results for what in ("median", "max"))]]
    for path in next(iter(results.values())).pages:
        row = [path or "(index)"]
        for seen in results.values():
            row += [f"{median(seen.pages[path]):.0f}", f"{max(seen.pages[path]):.0f}"]
        rows.append(row)
    text = grid(rows)
    for name, seen in results.items():
        text += (
            f"\n{name}: others' p50 {quantile(seen.others.latencies, 0.5):.0f} ms, "
            f"p95 {quantile(seen.others.latencies, 0.95):.0f} ms, p99 {quantile(seen.others.latencies, 0.99):.0f} ms, "
            f"refused {seen.others.refused} of "
            f"{len(seen.others.latencies) + seen.others.refused}; pages that were not answered: "
            f"{', '.join(sorted(seen.refused)) or 'none'}"
        )
    return text


def main() -> None:
    parser = options("benchmarks.admin", __doc__ or "", SERVERS)
    add = parser.add_argument
    add("--rows", type=int, default=ROWS, help=f"messages ({ROWS:,})")
    add("--people", type=int, default=PEOPLE, help=f"who are there ({PEOPLE:,}), in 20 chats each")
    add("--rate", type=float, default=40, help="requests of others a second (40)")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.rows, args.people = 1, 100_000, 500
    with Bench(args.folder) as bench:
        results = uvloop.run(run(args, bench))
        print(f"\nThe admin with {args.rows:,} messages, {args.rounds} rounds, {bench.cores_text()}\n")
    print(table(results))


if __name__ == "__main__":
    main()
