"""What the web client costs whoever opens it, against budgets: `python -m benchmarks.budgets --help`.

A real server on SQLite with its compressed files, and Chromium without a window; nothing is slowed down or cached.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page

from benchmarks.browser import chromium, collect_static
from benchmarks.load import say
from benchmarks.ours import Ours, call
from benchmarks.processes import HERE, Missing
from benchmarks.servers import Bench

CODE = {"Script", "Stylesheet"}
HISTORY = 60  # messages that are there when the page opens: more than it shows at first

# In both pages. Times are of the machine's clock, so that those of two pages can be compared.
WATCH = """
addEventListener("keydown", (event) => {
  if (event.key === "Enter") window.pressed = performance.timeOrigin + event.timeStamp;
}, { capture: true });

/** When the message was drawn: the task after the frame in which it first stood in the list. */
window.drawn = (text) => new Promise((done) => {
  const log = document.querySelector('[role="log"]');
  const frame = new MessageChannel();
  frame.port1.onmessage = () => done(performance.timeOrigin + performance.now());
  const stands = () => [...log.querySelectorAll("article .prose")].slice(-3).some((one) => one.textContent === text);
  const observer = new MutationObserver(() => {
    if (!stands()) return;
    observer.disconnect();
    requestAnimationFrame(() => frame.port2.postMessage(null));
  });
  observer.observe(log, { childList: true, subtree: true, characterData: true });
});
"""


@dataclass
class Load:
    """One opening of the page, by a browser that has never been here."""

    painted: float = 0  # ms until the first contentful paint
    requests: Counter[str] = field(default_factory=Counter)  # by the browser's name of their kind
    bytes: Counter[str] = field(
        default_factory=Counter
    )  # the same, headers and all, as they came over the wire
    plain: list[str] = field(default_factory=list)  # code that came without compression
    addresses: list[str] = field(default_factory=list)  # everything that was asked for, in order

    @property
    def code(self) -> int:
        return sum(self.bytes[kind] for kind in CODE)


class Server:
    """Our server, and people to sign in."""

    def __init__(self, bench: Bench) -> None:
        collect_static(bench)
        self.ours = Ours(bench, "chat", people=2, scaled=False)
        self.home = f"http://{HERE}:{self.ours.port}"
        tokens = self.ours.tokens()
        for number in range(HISTORY):
            content = {"content": f"Message number {number + 1} of those that were there before."}
            call(self.ours.port, "POST", "/chats/general/messages", content, tokens[number % 2])

    def sign_in(self, browser: Browser, person: int) -> BrowserContext:
        """A browser that knows nothing but who is signed in."""
        context = browser.new_context(base_url=self.home, viewport={"width": 1280, "height": 800})
        fields = {"username": self.ours.names[person], "password": self.ours.password}
        answer = context.request.post("/auth/login", data=fields, headers={"X-Client": "web"})
        if not answer.ok:
            raise RuntimeError(f"/auth/login answered {answer.status}: {answer.text()[:500]}")
        return context


def ready(page: Page) -> Locator:
    """The box to write in, when messages are there and one can write."""
    page.get_by_role("log").get_by_role("article").first.wait_for()
    box = page.get_by_role("textbox", name="Message to")
    box.click()
    return box


def open_cold(browser: Browser, server: Server) -> Load:
    """Open the chat page, count what goes over the wire until it is quiet, and look when it was painted."""
    load = Load()
    with server.sign_in(browser, 0) as context:
        page = context.new_page()
        wire = context.new_cdp_session(page)
        kinds: dict[str, str] = {}

        def sent(event: dict[str, Any]) -> None:
            if event["request"]["url"].startswith(server.home):  # no data: and blob: addresses
                kinds[event["requestId"]] = event["type"]
                load.requests[event["type"]] += 1
                load.addresses.append(event["request"]["url"].removeprefix(server.home))

        def answered(event: dict[str, Any]) -> None:
            headers = {name.lower() for name in event["response"]["headers"]}
            if event["type"] in CODE and "content-encoding" not in headers:
                load.plain.append(event["response"]["url"])

        def done(event: dict[str, Any]) -> None:
            if kind := kinds.get(event["requestId"]):
                load.bytes[kind] += int(event["encodedDataLength"])

        def socket(event: dict[str, Any]) -> None:
            load.requests["WebSocket"] += 1
            load.addresses.append(event["url"])

        wire.on("Network.requestWillBeSent", sent)
        wire.on("Network.responseReceived", answered)
        wire.on("Network.loadingFinished", done)
        wire.on("Network.webSocketCreated", socket)
        wire.send("Network.enable")
        page.goto("/chat/general")
        ready(page)
        page.wait_for_load_state("networkidle")
        load.painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return load


def talk(browser: Browser, server: Server, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds from Enter to the message drawn: in the sender's own page, and in the other one's."""
    own, other = [], []
    with server.sign_in(browser, 0) as here, server.sign_in(browser, 1) as there:
        pages = [here.new_page(), there.new_page()]
        for page in pages:
            page.add_init_script(WATCH)
            page.goto("/chat/general")
            ready(page)
            page.wait_for_load_state("networkidle")
        sender = pages[0]
        box = ready(sender)
        for number in range(count):
            text = f"Measured message number {number + 1}"
            for page in pages:
                page.evaluate("(text) => { window.waiting = window.drawn(text); }", text)
            box.fill(text)
            box.press("Enter")
            times = [page.evaluate("window.waiting") for page in pages]
            pressed = sender.evaluate("window.pressed")
            own.append(times[0] - pressed)
            other.append(times[1] - pressed)
    return own, other


def spread(times: Sequence[float]) -> str:
    return f"p50 {median(times):.0f} ms, p95 {p95(times):.0f} ms, max {max(times):.0f} ms"


def p95(times: Sequence[float]) -> float:
    return quantiles(times, n=20, method="inclusive")[-1]


def row(name: str, limit: float, unit: str, value: float, measured: str) -> None:
    verdict = "ok" if value <= limit else "over"
    print(f"{name:44} {f'≤ {limit:g} {unit}':>10}  {verdict:5} {measured}")


def report(loads: list[Load], own: Sequence[float], other: Sequence[float]) -> None:
    worst = max(loads, key=lambda load: load.code)
    most = max(loads, key=lambda load: load.requests.total())
    painted = [load.painted for load in loads]
    parts = " + ".join(f"{worst.bytes[kind] / 1000:.1f} kB {kind.lower()}" for kind in sorted(CODE))
    kinds = ", ".join(f"{count} {kind.lower()}" for kind, count in most.requests.most_common())
    print(f"{'budget':44} {'limit':>10}  {'':5} measured")
    kilobytes = worst.code / 1000
    row("JS + CSS of the chat page over the wire", 150, "kB", kilobytes, f"{kilobytes:.1f} kB: {parts}")
    total = most.requests.total()
    row("requests of the chat page", 30, "", total, f"{total}: {kinds}")
    around = f"(median of {len(painted)}; {min(painted):.0f} to {max(painted):.0f} ms)"
    row("first contentful paint, cold", 1000, "ms", median(painted), f"{median(painted):.0f} ms {around}")
    row("message from one browser to the other, p95", 100, "ms", p95(other), spread(other))
    row("own message on screen after Enter, p95", 50, "ms", p95(own), spread(own))
    for address in worst.plain:
        print(f"came without compression: {address}")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.budgets",
        description=__doc__,
        epilog="Requests are all that the page makes until the chat can be used and half a second is quiet: the page, "
        "code, pictures, the manifest, the API, the socket. The files that the service worker keeps for later are "
        "not among them.",
    )
    parser.add_argument(
        "--loads", type=int, default=5, help="openings of the page, each by a new browser (5)"
    )
    parser.add_argument(
        "--messages", type=int, default=200, help="messages from one browser to the other (200)"
    )
    parser.add_argument(
        "--list", action="store_true", help="list the requests of one opening, in their order"
    )
    args = parser.parse_args()
    if args.loads < 1 or args.messages < 2:
        parser.error("it takes one opening and two messages at least")
    try:
        with Bench() as bench:
            # As on the machine of an operator who looks at it: no core is set apart.
            everything = bench.server_cpus | bench.other_cpus
            bench.server_cpus = everything
            os.sched_setaffinity(0, everything)
            say(
                f"{len(everything)} cores; load average {os.getloadavg()[0]:.1f}: above 0.5, others use the machine too"
            )
            server = Server(bench)
            with chromium() as browser:
                loads = []
                for number in range(args.loads):
                    say(f"opening {number + 1}/{args.loads}")
                    loads.append(open_cold(browser, server))
                if args.list:
                    print(*loads[-1].addresses, sep="\n")
                say(f"{args.messages} messages")
                report(loads, *talk(browser, server, args.messages))
    except (Missing, Error) as error:
        print(f"Not measured: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
