"""What the browser tests share: a server of their own, an installed Chromium, and seats in front of it.

Each test is named after the row of the checklist that it shows. Without a browser on the machine they are skipped,
saying how to install one; under CI a skipped test is a failure.
"""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from pytest_asyncio import is_async_test

from tests.browser.seats import Seat
from tests.browser.servers import Cable, WebServer
from tests.people import People, Person
from tests.servers import ROOT, SQLITE, Backing

HINT = "Chromium is not installed. Debian: apt install chromium; macOS: brew install --cask chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome")
# `chat.lan` is this machine, and is trusted no more than any other host that is reached over plain http.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP chat.lan 127.0.0.1",
]
ARTIFACTS = ROOT / "test-artifacts"
HERE = Path(__file__).parent

outcomes = pytest.StashKey[bool]()

Sit = Callable[..., Awaitable[Seat]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all browser tests of a worker, since they share its browser."""
    marker = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if HERE in item.path.parents and is_async_test(item):
            item.add_marker(marker, append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[outcomes] = True
    return report


@pytest.fixture(scope="session")
def server(backing: Backing) -> Iterator[WebServer]:
    """One server on SQLite alone, with its static files collected."""
    with backing.chat_server(SQLITE, kind=WebServer) as running:
        assert isinstance(running, WebServer)
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def cable(server: WebServer) -> AsyncIterator[Cable]:
    """Another address of the server, where the net can go away: `sit(ann, room, server=cable)`."""
    async with Cable(server) as made:
        yield made


@pytest.fixture(scope="session")
def program() -> str:
    """The browser on this machine."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(HINT)
    return found


@pytest.fixture(scope="session")
def axe() -> Path:
    """axe-core, which npm installs for the tests."""
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.skip("axe-core is not installed: npm ci")
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(program: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def people(server: WebServer) -> AsyncIterator[People]:
    async with People(server) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def ann(people: People) -> Person:
    return await people.sign_up("ann")


@pytest_asyncio.fixture(loop_scope="session")
async def bob(people: People) -> Person:
    return await people.sign_up("bob")


@pytest_asyncio.fixture(loop_scope="session")
async def room(people: People, ann: Person, bob: Person) -> str:
    """The path of a room of Ann's that Bob is in, for this test alone."""
    return f"/chat/room/{await people.room(ann, bob)}"


@pytest_asyncio.fixture(loop_scope="session")
async def sit(request: pytest.FixtureRequest, browser: Browser, server: WebServer) -> AsyncIterator[Sit]:
    """`await sit(person, path)`: a browser of their own, signed in, at a page. See `Seat.open` for the options.

    The service worker is there in modules that say `SERVICE_WORKERS = "allow"`: installing it in each new browser took
    a fifth of the time of all tests.

    At the end each browser must be without an error in its console and without a breach of the content policy.
    """
    seats: list[Seat] = []

    async def sit_down(person: Person | None = None, path: str | None = None, **options: Any) -> Seat:
        options.setdefault("service_workers", getattr(request.module, "SERVICE_WORKERS", "block"))
        seat = await Seat.open(browser, options.pop("server", server), person, **options)
        seats.append(seat)
        if path is not None:
            await seat.page.goto(path)
        return seat

    yield sit_down
    complaints = [complaint for seat in seats for complaint in seat.complaints()]
    if complaints or request.node.stash.get(outcomes, False):
        folder = ARTIFACTS / re.sub(r"[^\w-]+", "_", request.node.name)
        folder.mkdir(parents=True, exist_ok=True)
        for number, seat in enumerate(seats):
            await seat.keep(folder, number)
        shutil.copy(server.log, folder)
    for seat in seats:
        await seat.context.close()
    assert not complaints, "the browser complained: " + "; ".join(complaints)
