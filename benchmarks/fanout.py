"""One room, many sockets: how many deliveries a second?

`python -m benchmarks.fanout [--quick] [--help]`. One server process on one core, the load on the other. Every socket
must get every message exactly once and in one order; what did not is printed.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.load import close_all, connect_all, message_maker, say, settle
from benchmarks.ours import GREETING, HELLO, Ours
from benchmarks.peers import xmpp
from benchmarks.peers.prosody import prosody
from benchmarks.processes import HERE, ROOT, Process, allow_files, answers, free_port, program
from benchmarks.report import Figures, arguments, table, with_before
from benchmarks.room import Listener, Order, Sender, check_all, judge
from benchmarks.servers import Bench, rounds

PEOPLE = 4
CHANNELS = "benchmarks.peers.usual_channels"
HERE_PEERS = ROOT / "benchmarks" / "peers"
PEERS = [
    "node-ws",
    "fastapi",
    "channels",
    "channels-redis",
    "prosody",
    "prosody-mam",
    "floor",
]  # that have a column with ratios to them
SERVERS = with_before(
    {
        "floor": "sock.send of a prebuilt frame to each socket",
        "floor-joined": "the same, frames that came together in one send: what this load client can take",
        "node-ws": "Node.js, ws: `for (const client of clients) client.send(out)`, nothing stored",
        "fastapi": "FastAPI, `for ws in room: await ws.send_json(...)`, nothing stored",
        "channels": "Channels, every consumer in the group, in-memory layer, nothing stored",
        "channels-redis": "the same with the Redis pub/sub layer",
        "channels-daphne": "the same under daphne, in-memory layer",
        "channels-daphne-redis": "the same under daphne, Redis pub/sub layer",
        "prosody": "Prosody, an XMPP server: group chat over WebSocket, nothing stored",
        "prosody-mam": "the same, every message stored in a file, not synced",
        "ours-sqlite": "this server, every message stored: SQLite, in-memory layer",
        "ours-postgres": "this server, every message stored: PostgreSQL, Redis",
        "ours-sqlite-many": "the same on `/ws`, sockets of people in --chats chats each: SQLite, in-memory layer",
        "ours-postgres-many": "the same: PostgreSQL, Redis",
    }
)


@dataclass
class Target:
    """A server to measure: where, and who connects."""

    process: Process
    port: int
    path: str = "/ws"
    tokens: Callable[[], list[str | None]] = lambda: [None]
    greeting: bytes = b""  # how the frame begins after which a socket is live
    chat: str = ""  # named in each message

    def maker(self, size: int) -> Callable[[int], bytes]:
        """What builds the frame of message `number`."""
        return message_maker(size, self.chat)

    async def enter(self, sockets: list[Listener]) -> None:
        """Open all these. Raises ConnectionError."""
        tokens = self.tokens()
        places = [(socket, self.path, tokens[n % len(tokens)]) for n, socket in enumerate(sockets)]
        await connect_all(places, self.port, self.greeting)


class XmppTarget(Target):
    """Speaks XMPP. Its frames name their receiver, so `Listener` reads each one by itself."""

    def maker(self, size: int) -> Callable[[int], bytes]:
        return xmpp.message_maker(size)

    async def enter(self, sockets: list[Listener]) -> None:
        await xmpp.join_all(sockets, self.port)


async def measure(target: Target, args: argparse.Namespace, in_flight: int, bench: Bench) -> Figures:
    """One run: connect, settle, keep `in_flight` messages going for `seconds`, wait for the last delivery."""
    order = Order()
    make = target.maker(args.size)
    count = min(args.senders, in_flight)
    senders = [Sender(order, make, first=n == 0) for n in range(count)]
    sockets: list[Listener] = [*senders, *(Listener(order) for _ in range(args.sockets - count))]
    await target.enter(sockets)
    await settle(list(sockets), target.greeting)
    shares = [in_flight // count + (n < in_flight % count) for n in range(count)]
    for socket in sockets:
        socket.begin()
    gc.collect()
    gc.freeze()
    meter = bench.meter(target.process)
    started = last = time.perf_counter()
    for sender, share in zip(senders, shares, strict=True):
        sender.sending = True
        sender.send(share)
    while (now := time.perf_counter()) < started + args.seconds:
        if await check_all(sockets):
            last = time.perf_counter()
        elif now - last > 1:  # all in flight were lost: begin anew, the figures will tell
            for sender, share in zip(senders, shares, strict=True):
                sender.flying.clear()
                sender.send(share)
            last = now
    for sender in senders:
        sender.sending = False
    sent = sum(len(sender.sent) for sender in senders)
    while (
        sum([socket.got for socket in sockets]) < sent * len(sockets)
        and time.perf_counter() - last < args.patience
    ):
        if await check_all(sockets):
            last = time.perf_counter()
    elapsed = last - started
    figures = Figures()
    meter.stop(figures)
    gc.unfreeze()
    judge(sockets, order, sent, figures)
    closed = [socket.closed for socket in sockets if socket.closed]
    for socket in sockets:
        socket.end()
    await close_all(list(sockets))
    if closed:
        say(f"  {len(closed)} sockets were closed by the server: {closed[0]}")
    delivered = sum(socket.got for socket in sockets)
    figures.rate = delivered / elapsed
    figures.bytes = len(order.log) / max(1, len(order.numbers))
    return figures


def floor(bench: Bench, name: str, *options: str) -> Target:
    port = free_port()
    process = bench.start(name, [sys.executable, "-m", "benchmarks.peers.floor", str(port), *options])
    process.wait_for(answers(port))
    return Target(process, port)


def peer(bench: Bench, name: str, app: str, environment: dict[str, str]) -> Target:
    process, port = bench.uvicorn(name, app, environment)
    return Target(process, port)


def node(bench: Bench, name: str) -> Target:
    port = free_port()
    process = bench.start(name, [program("node"), HERE_PEERS / "node_ws.mjs", str(port)])
    process.wait_for(answers(port))
    return Target(process, port)


def daphne(bench: Bench, name: str, environment: dict[str, str]) -> Target:
    port = free_port()
    command: list[str | Path] = [sys.executable, "-m", "daphne", "-v", "0", "-b", HERE, "-p", str(port)]
    process = bench.start(name, [*command, f"{CHANNELS}:app"], environment=environment)
    process.wait_for(answers(port))
    return Target(process, port)


def in_many_chats(bench: Bench, name: str, args: argparse.Namespace) -> Target:
    """Each socket another person's, on `/ws`; one of their chats has them all."""
    server = Ours(bench, name, 0, scaled="postgres" in name)
    made = server.fill("people", args.sockets, "--chats", args.chats, "--together", 1)
    chat = f"room:{made['rooms'][0]}"
    return Target(server.process, server.port, "/ws", lambda: made["tokens"], HELLO, chat)


def ours(bench: Bench, name: str, scaled: bool) -> Target:
    server = Ours(bench, name, PEOPLE, scaled)
    return Target(server.process, server.port, "/ws/general", lambda: list(server.tokens()), GREETING)


def start(bench: Bench, name: str, args: argparse.Namespace) -> Target:
    if name.startswith("floor"):
        return floor(bench, name, *(["--joined"] if name == "floor-joined" else []))
    if name == "fastapi":
        return peer(bench, name, "benchmarks.peers.fastapi_loop:app", {})
    if name.startswith("prosody"):
        return XmppTarget(*prosody(bench, name, stores=name == "prosody-mam"))
    if name == "node-ws":
        return node(bench, name)
    if name.startswith("channels"):
        environment = {"REDIS_URL": bench.redis() if name.endswith("redis") else ""}
        if "daphne" in name:
            return daphne(bench, name, environment)
        return peer(bench, name, f"{CHANNELS}:app", environment)
    if name.endswith("-many"):
        return in_many_chats(bench, name, args)
    return ours(bench, name, scaled="postgres" in name)


def main() -> None:
    parser = arguments("benchmarks.fanout", __doc__ or "", SERVERS, in_flight=[4, 16])
    parser.add_argument("--sockets", type=int, default=200, help="in the one room (200)")
    parser.add_argument(
        "--senders", type=int, default=PEOPLE, help="sockets that share what is in flight (4)"
    )
    parser.add_argument(
        "--self-check", action="store_true", help="only the floors: what the load client can take"
    )
    parser.add_argument("--chats", type=int, default=50, help="of each person, for `-many` (50)")
    args = parser.parse_args()
    allow_files()
    if args.quick:
        args.rounds, args.seconds = 1, 1
    if args.self_check:
        args.servers = ["floor", "floor-joined"]
    if not 1 <= args.senders <= args.sockets:
        parser.error("--senders must be from 1 to --sockets")
    with Bench(args.folder, args.before) as bench:
        results = uvloop.run(
            rounds(
                args,
                lambda name: start(bench, name, args),
                lambda target, in_flight: measure(target, args, in_flight, bench),
                "deliveries/s",
            )
        )
        print(
            f"\nFan-out: {args.sockets} sockets in one room, client frames of {args.size} bytes, "
            f"{args.senders} senders, {args.rounds} rounds of {args.seconds:g} s, {bench.cores_text()}\n"
        )
    print(table(results, "deliveries/s", args.in_flight, PEERS))
    for name in args.servers:
        print(f"  {name}: {SERVERS[name]}")


if __name__ == "__main__":
    main()
