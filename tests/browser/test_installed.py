"""The client as an app: installed, opened without a network, and emptied by log-out."""

import json
import re
from contextlib import suppress

from playwright.async_api import Error, expect

from tests.browser.seats import NET_AWAY
from tests.browser.test_signing import log_out

SERVICE_WORKERS = "allow"

KEPT = """async () => {
  await navigator.serviceWorker.ready;
  return (await caches.match("/chat")) !== undefined;
}"""


async def test_row_65_it_can_be_installed(sit, ann):
    seat = await (await sit(ann, "/chat/general")).ready()
    await seat.until("navigator.serviceWorker.ready.then(({ active }) => active !== null)")
    devtools = await seat.context.new_cdp_session(seat.page)
    manifest = await devtools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    described = json.loads(manifest["data"])
    assert {"name", "short_name", "start_url", "scope", "icons", "theme_color"} <= described.keys()
    assert described["display"] == "standalone"
    sizes = {icon["sizes"] for icon in described["icons"]}
    assert {"192x192", "512x512"} <= sizes
    assert any(icon.get("purpose") == "maskable" for icon in described["icons"])
    for icon in described["icons"]:
        answer = await seat.context.request.get(icon["src"])
        assert answer.ok and answer.headers["content-type"] == icon["type"]
    errors = (await devtools.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    # A window without a profile can never install anything; nothing else may be in the way.
    assert {error["errorId"] for error in errors} <= {"in-incognito"}


async def test_row_65_without_a_network_it_opens_with_what_was_last_seen(sit, cable, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    await bob.post(path, {"content": "seen before"})
    seat = await (await sit(ann, room, server=cable)).ready()
    seat.allow(NET_AWAY)
    seat.allow("Failed to load resource")
    await expect(seat.message("seen before")).to_be_visible()
    await seat.until(KEPT)
    await seat.page.goto("/settings/profile")
    await seat.page.goto(room)
    await seat.ready()
    cable.pull()
    await seat.page.reload()
    await expect(seat.message("seen before")).to_be_visible()
    await expect(seat.row("Room")).to_contain_text("seen before")
    await expect(seat.banner).to_be_visible()
    await seat.say("written without a network")
    await expect(seat.message("written without a network")).to_be_visible()
    await bob.post(path, {"content": "meanwhile"})
    cable.plug()
    await seat.settled("seen before", "meanwhile", "written without a network")
    await expect(seat.banner).to_have_count(0)


async def test_row_65_a_page_that_was_never_kept_says_that_one_is_offline(sit, cable, ann):
    seat = await (await sit(ann, "/chat/general", server=cable)).ready()
    seat.allow(NET_AWAY)
    seat.allow("Failed to load resource")
    await seat.until(KEPT)
    cable.pull()
    await seat.page.goto("/settings/devices")
    heading = seat.page.get_by_role("heading", name="You are offline")
    await expect(heading).to_be_visible()
    await seat.page.get_by_role("link", name="Try again").click()
    await expect(seat.banner).to_be_visible()  # the client, as it was kept
    cable.plug()
    await seat.ready()
    await expect(seat.banner).to_have_count(0)
    # The page itself gives way to the one that was asked for.
    cable.pull()
    await seat.page.goto("/settings/devices")
    await expect(heading).to_be_visible()
    cable.plug()
    await expect(heading).to_have_count(0)
    await expect(seat.page).to_have_url(re.compile("/settings/devices$"))


async def test_row_18_a_first_visit_that_was_reloaded_without_a_net_comes_back_with_it(sit, ann):
    seat = await (await sit(ann, "/chat/general")).ready()
    seat.allow(NET_AWAY)
    seat.allow("Failed to load resource")
    await seat.until("navigator.serviceWorker.ready.then(() => true)")
    await seat.page.evaluate("caches.delete('shell-1')")
    await seat.context.set_offline(True)
    await seat.page.reload()
    await expect(seat.page.get_by_role("heading", name="You are offline")).to_be_visible()
    await seat.context.set_offline(False)
    await seat.ready()


async def test_row_62_after_log_out_no_network_brings_anything_back(sit, cable, ann, bob, room):
    await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": "a secret of ours"})
    seat = await (await sit(ann, room, server=cable)).ready()
    seat.allow(NET_AWAY)
    seat.allow("Failed to load resource|status of 401")
    await expect(seat.message("a secret of ours")).to_be_visible()
    await seat.until(KEPT)
    await log_out(seat)
    await expect(seat.page.get_by_role("heading", name="Log in")).to_be_visible()
    cable.pull()
    for path in (room, "/chat", "/settings/profile"):
        with suppress(Error):  # nothing of us is left that could answer
            await seat.page.goto(path)
        # Each of these waits for the page that is there in the end, be it the browser's own.
        await expect(seat.page.locator("html")).not_to_contain_text("secret")
        await expect(seat.page.locator("html")).not_to_contain_text(ann.username)
        await expect(seat.composer).to_have_count(0)
