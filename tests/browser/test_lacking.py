"""What a browser may not have: over plain http much is missing, and storage may be forbidden, full or dead."""

import re
from types import SimpleNamespace
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.browser.servers import WebServer
from tests.browser.test_signing import log_out
from tests.browser.test_uploading import choose, tray
from tests.people import PASSWORD
from tests.servers import SQLITE

SERVICE_WORKERS = "allow"

FORBIDDEN = """for (const name of {names})
  Object.defineProperty(window, name, {{ get() {{ throw new DOMException("Denied.", "SecurityError"); }} }});"""
# Missing: reading it gives nothing. (Over plain http most of these are missing anyway.)
MISSING = """for (const name of {names}) {{
  const owner = name in window ? window : name in navigator ? navigator : crypto;
  Object.defineProperty(owner, name, {{ value: undefined }});
}}"""
FULL = """const full = () => { throw new DOMException("No room.", "QuotaExceededError"); };
Storage.prototype.setItem = full;
IDBObjectStore.prototype.put = full;"""
DEAD = """const dead = () => new EventTarget();
IDBFactory.prototype.open = IDBFactory.prototype.deleteDatabase = dead;"""

LACKING = {
    "nothing": "",
    "localStorage": FORBIDDEN.format(names=["localStorage", "sessionStorage"]),
    "IndexedDB": FORBIDDEN.format(names=["indexedDB"]),
    "room": FULL,
    "an answer of IndexedDB": DEAD,
    "all that old browsers lack": MISSING.format(
        names=[
            "BroadcastChannel",
            "Notification",
            "caches",
            "clipboard",
            "indexedDB",
            "locks",
            "randomUUID",
            "serviceWorker",
            "share",
        ]
    ),
}

# There, and refused: at once, or by a promise.
THROWS = """const refuse = () => { throw new DOMException("Denied.", "SecurityError"); };"""
REJECTS = """const refuse = () => Promise.reject(new DOMException("Denied.", "SecurityError"));"""
REFUSED_LOCKS = "LockManager.prototype.request = LockManager.prototype.query = refuse;"
REFUSED = {
    "locks, at once": THROWS + REFUSED_LOCKS,
    "locks, later": REJECTS + REFUSED_LOCKS,
    "to query locks": REJECTS + "LockManager.prototype.query = refuse;",
    "all that may be refused": THROWS
    + REFUSED_LOCKS
    + """BroadcastChannel = class { constructor() { refuse(); } };
Object.defineProperty(Notification, "permission", { get: refuse });
for (const name of ["register", "getRegistration"]) ServiceWorkerContainer.prototype[name] = refuse;""",
    "the very names": THROWS
    + """for (const name of ["BroadcastChannel", "Notification"]) Object.defineProperty(window, name, { get: refuse });
for (const name of ["locks", "serviceWorker"]) Object.defineProperty(navigator, name, { get: refuse });""",
}


@pytest.mark.parametrize("refused", REFUSED, ids=lambda name: re.sub(r"\W+", "-", name))
async def test_all_works_where_the_browser_has_a_thing_and_refuses_it(sit, ann, room, refused):
    seat = await sit(ann)
    await seat.context.add_init_script(REFUSED[refused])
    await seat.page.goto(room)
    await seat.ready()
    await seat.page.evaluate("() => { WebSocket.prototype.send = () => {}; }")
    await seat.say("left behind")
    await expect(seat.page.get_by_label("Sending")).to_have_count(1)
    await seat.page.reload()
    await seat.settled("left behind")
    await seat.page.get_by_role("button", name="account menu").click()
    await seat.page.get_by_role("menuitem", name="Settings").click()
    await expect(seat.page.get_by_role("dialog").get_by_role("heading", name="Notifications")).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await log_out(seat)
    await expect(seat.page.get_by_role("heading", name="Log in")).to_be_visible()


@pytest.fixture(scope="module")
def lan(backing):
    """A server that is reached by its name, over plain http."""
    with backing.chat_server(SQLITE, kind=WebServer, ALLOWED_HOSTS="chat.lan,127.0.0.1") as running:
        yield SimpleNamespace(http=f"http://chat.lan:{running.port}")


async def sign_up(sit, lan, script: str = ""):
    """A seat on plain http, and whose it is."""
    name = f"dora-{uuid4().hex[:8]}"
    seat = await sit(None, server=lan)
    seat.person = SimpleNamespace(username=name)
    # Sent to every browser, of use over https alone.
    seat.allow("status of 401")
    seat.allow("Cross-Origin-Opener-Policy header has been ignored")
    await seat.context.add_init_script(script)
    await seat.page.goto("/signup")
    assert not await seat.page.evaluate("isSecureContext")
    await seat.page.get_by_label("Username").fill(name)
    await seat.page.get_by_label("E-mail address").fill(f"{name}@example.org")
    await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await seat.page.keyboard.press("Enter")
    return await seat.ready(), name


@pytest.mark.parametrize("lacking", LACKING, ids=lambda name: name.replace(" ", "-"))
async def test_over_plain_http_all_works_whatever_the_browser_lacks(sit, lan, lacking):
    seat, name = await sign_up(sit, lan, LACKING[lacking])
    text = f"hello from {name}"
    await expect(seat.page.get_by_role("button", name="Record audio")).to_have_count(0)  # it needs https
    await seat.say(text)
    await expect(seat.message(text)).to_be_visible()
    await seat.settle()
    await seat.page.reload()
    await seat.ready()
    await expect(seat.message(text)).to_have_count(1)
    await seat.menu(text, "Copy link")
    await expect(seat.page.get_by_text("Link copied")).to_be_visible()
    await seat.composer.press("Control+v")
    await expect(seat.composer).to_have_value(re.compile(rf"^{lan.http}/chat/general/\d+$"))
    await seat.composer.fill("a thought")
    await seat.page.get_by_role("button", name=f"{name}: account menu").click()
    await seat.page.get_by_role("menuitem", name="Settings").click()
    dialog = seat.page.get_by_role("dialog")
    await dialog.get_by_text("Dark").click()
    assert await seat.page.evaluate("document.documentElement.dataset.theme") == "dark"
    await expect(dialog.get_by_text("Notifications need a secure connection (HTTPS).")).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await log_out(seat)
    await expect(seat.page.get_by_role("heading", name="Log in")).to_be_visible()
    await seat.page.get_by_label("Username or e-mail address").fill(name)
    await seat.page.get_by_label("Password", exact=True).fill(PASSWORD)
    await seat.page.keyboard.press("Enter")
    await seat.ready()
    await expect(seat.message(text)).to_have_count(1)
    await expect(seat.composer).to_have_value("")


async def test_row_17_what_was_not_sent_survives_a_reload_over_plain_http(sit, lan):
    seat, name = await sign_up(sit, lan)
    # Nothing is sent until the page is loaded again.
    await seat.page.evaluate("() => { WebSocket.prototype.send = () => {}; }")
    for number in range(3):
        await seat.say(f"{name} {number}")
    await expect(seat.page.get_by_label("Sending")).to_have_count(3)
    await seat.page.reload()
    await seat.ready()
    await expect(seat.texts.filter(has_text=name)).to_have_text([f"{name} {number}" for number in range(3)])
    await seat.settle()


async def test_what_is_attached_survives_a_reload_over_plain_http_in_its_own_tab(sit, lan):
    seat, _ = await sign_up(sit, lan)
    await choose(seat, "plan.txt")
    await expect(seat.page.get_by_role("progressbar")).to_have_count(0)
    other = await seat.new_tab("/chat/general")
    await other.ready()
    await choose(other, "other.txt")
    await expect(other.page.get_by_role("progressbar")).to_have_count(0)
    for one, name in ((seat, "plan.txt"), (other, "other.txt")):
        await one.page.reload()
        await expect(tray(one)).to_have_text([re.compile(name)])
