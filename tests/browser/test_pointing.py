"""What fingers and the right button do to a message."""

import pytest
from playwright.async_api import expect


async def test_row_29_the_right_button_opens_the_menu_but_not_on_links_and_selections(sit, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    await bob.post(path, {"content": "press me"})
    await bob.post(path, {"content": "https://a.example/b"})
    seat = await (await sit(ann, room)).ready()
    menu = seat.page.get_by_role("menu", name="Message actions")
    words = seat.message("press me").locator("p")
    await words.click(button="right")
    await expect(menu).to_be_visible()
    await seat.page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    await seat.message("a.example").locator("a").click(button="right")
    await words.click(button="right", modifiers=["Shift"])
    await words.evaluate("(words) => getSelection().selectAllChildren(words)")
    await words.click(button="right")
    await words.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    await expect(menu).to_have_count(0)


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
async def test_row_47_a_swipe_replies_and_scrolling_does_not(sit, ann, bob, room, direction):
    for number in range(30):
        await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": f"line {number}"})
    seat = await sit(ann, phone=True)
    await seat.page.add_init_script(
        f"addEventListener('DOMContentLoaded', () => {{ document.dir = {direction!r}; }})"
    )
    await seat.page.goto(room)
    await seat.ready()
    finger = await seat.context.new_cdp_session(seat.page)
    box = await seat.message("line 25").bounding_box()
    assert box is not None
    replying = seat.page.get_by_text(f"Reply to {bob.username}", exact=True)
    sign = 1 if direction == "ltr" else -1

    async def swipe(across: int, along: int, start: float = 190) -> None:
        y = box["y"] + box["height"] / 2
        points = [{"x": start + across * n / 10, "y": y + along * n / 10} for n in range(11)]
        for kind, at in [("Start", points[0]), *(("Move", point) for point in points[1:])]:
            await finger.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": [at]})
        await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    for way in ((-sign * 120, 0), (sign * 40, 0), (sign * 20, 120)):
        await swipe(*way)
        await expect(seat.page.locator(".swipe-cue")).to_have_count(0)
        await expect(replying).to_have_count(0)
    await swipe(sign * 120, 0, 5 if sign > 0 else 385)  # from the edge: the system's
    await expect(replying).to_have_count(0)
    await seat.page.get_by_role("button", name="Jump to latest").tap()
    await seat.until(
        "(({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight > scrollHeight - 2)"
        "(document.querySelector('[role=log]'))"
    )
    box = await seat.message("line 25").bounding_box()
    assert box is not None
    await swipe(sign * 120, 0)
    await expect(replying).to_be_visible()
    await expect(seat.page.locator(".intent")).to_contain_text("line 25")
