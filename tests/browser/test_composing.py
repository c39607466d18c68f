"""Formatting what one writes, code, rooms that are named, and forwarding."""

import re
import sqlite3

from playwright.async_api import expect

BLOCK = '```python\ndef greet(name: str) -> None:\n    print(f"hello {name}", 42)  # a comment\n```'


async def select(seat, start: int, end: int) -> None:
    await seat.composer.evaluate(
        "(box, [start, end]) => { box.focus(); box.setSelectionRange(start, end); }", [start, end]
    )


async def test_row_28_what_is_selected_is_formatted_by_keys_and_buttons_and_can_be_undone(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    bar = seat.page.get_by_role("toolbar", name="Formatting")
    await seat.composer.fill("some words here")
    await expect(bar).to_have_count(0)
    await select(seat, 5, 10)
    await expect(bar).to_be_visible()
    await seat.page.keyboard.press("Control+b")
    await expect(seat.composer).to_have_value("some **words** here")
    await seat.page.keyboard.press("Control+i")
    await expect(seat.composer).to_have_value("some ***words*** here")
    await seat.page.keyboard.press("Control+z")
    await seat.page.keyboard.press("Control+z")
    await expect(seat.composer).to_have_value("some words here")
    await select(seat, 5, 10)
    for key, made in (("Control+Shift+x", "~~words~~"), ("Control+e", "`words`"), ("Control+k", "[words]()")):
        await seat.page.keyboard.press(key)
        await expect(seat.composer).to_have_value(f"some {made} here")
        await seat.page.keyboard.press("Control+z")
        await expect(seat.composer).to_have_value("some words here")
        await select(seat, 5, 10)
    await bar.get_by_role("button", name="Bold").click()
    await expect(seat.composer).to_have_value("some **words** here")
    await bar.get_by_role("button", name="Quote").click()
    await expect(seat.composer).to_have_value("> some **words** here")
    await seat.page.keyboard.press("End")
    await expect(bar).to_have_count(0)
    await seat.composer.press("Enter")
    await expect(seat.message("some words here").locator("blockquote strong")).to_have_text("words")
    # What an input method writes is nobody's to format.
    keys = await seat.context.new_cdp_session(seat.page)
    await keys.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 0, "selectionEnd": 3})
    await expect(bar).to_have_count(0)
    await keys.send("Input.insertText", {"text": "日本"})
    await expect(seat.composer).to_have_value("日本")


async def test_row_28_on_a_phone_a_button_brings_the_formatting(sit, ann, room):
    seat = await (await sit(ann, room, phone=True)).ready()
    bar = seat.page.get_by_role("toolbar", name="Formatting")
    await seat.composer.fill("struck")
    await select(seat, 0, 6)
    await seat.page.get_by_role("main").get_by_role("button", name="Formatting").tap()
    await bar.get_by_role("button", name="Strikethrough").tap()
    await expect(seat.composer).to_have_value("~~struck~~")
    await expect(seat.composer).to_be_focused()
    await seat.page.get_by_role("main").get_by_role("button", name="Formatting").tap()
    await expect(bar).to_have_count(0)
    width = await seat.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


async def test_row_28_code_is_coloured_and_copied_and_hostile_code_holds_nobody_up(sit, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    await bob.post(path, {"content": "```\nno language\n```"})
    await bob.post(path, {"content": BLOCK})
    seat = await sit(ann)
    await seat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await seat.page.goto(room)
    await seat.ready()
    code = seat.message("greet").locator("code")
    await expect(code.locator("[data-kind=keyword]").first).to_have_text("def")
    await expect(code.locator("[data-kind=comment]")).to_have_text("# a comment")
    assert await code.text_content() == "\n".join(BLOCK.split("\n")[1:-1])
    await expect(seat.message("no language").locator("[data-kind]")).to_have_count(0)
    await seat.message("greet").hover()
    await seat.message("greet").get_by_role("button", name="Copy code").click()
    await expect(seat.page.get_by_text("Code copied")).to_be_visible()
    assert await seat.page.evaluate("navigator.clipboard.readText()") == await code.text_content()
    for language, text in (("js", "`${" * 1300), ("xml", "<a " * 1300), ("perl", "s{" * 1900)):
        await bob.post(path, {"content": f"```{language}\n{text}"[:4000]})
    await bob.post(path, {"content": "```js\nlet last = 1;\n```"})
    await expect(seat.message("let last").locator("[data-kind=keyword]")).to_have_text("let")


async def test_row_61_a_room_that_is_named_is_a_link_for_whom_may_see_it(sit, ann, bob, people):
    name = f"Tea & Talk {ann.username[-6:]}"
    named = re.sub(r"[^a-z0-9]+", "-", name.lower())
    theirs = await people.room(ann, name=name)
    here = await people.room(ann, bob, name=f"Here {ann.username[-6:]}")
    seat = await (await sit(ann, f"/chat/room/{here}")).ready()
    await seat.write("see #tea")
    await expect(seat.page.get_by_role("option").filter(has_text=name)).to_be_visible()
    await seat.composer.press("Tab")
    await expect(seat.composer).to_have_value(f"see #{named} ")
    await seat.write(f"but not `#{named}`, #nowhere or a#{named}")
    await seat.composer.press("Enter")
    bobs = await (await sit(bob, f"/chat/room/{here}")).ready()
    await expect(bobs.message("see #tea")).to_be_visible()
    await expect(bobs.message("see #tea").locator("a")).to_have_count(0)
    link = seat.message("see #tea").locator("a")
    await expect(link).to_have_text([f"#{named}"])
    await link.click()
    await expect(seat.title).to_have_text(name)
    await expect(seat.page).to_have_url(re.compile(f"/chat/room/{theirs}$"))


async def test_row_29_a_message_is_forwarded_with_a_comment_its_author_and_a_link(
    sit, server, ann, bob, room, people
):
    other = await people.room(ann, bob, name=f"Other {ann.username[-6:]}")
    archived = await people.room(ann, name=f"Old {ann.username[-6:]}")
    with sqlite3.connect(server.folder / "db.sqlite3", timeout=30) as database:
        database.execute("UPDATE chat_chat SET archived_at = created_at WHERE id = ?", [archived])
    database.close()
    plan = await bob.upload(b"1. tea", "plan.txt")
    said = {"content": f"@{ann.username} the **plan**", "attachments": [plan["id"]]}
    await bob.post(f"/chats{room.removeprefix('/chat')}/messages", said)
    seat = await (await sit(ann, room)).ready()
    await seat.message("the plan").click(button="right")
    await seat.page.get_by_role("menuitem", name="Forward").click()
    box = seat.page.get_by_role("combobox", name="Forward to")
    await box.fill(f"Old {ann.username[-6:]}")
    await expect(seat.page.get_by_text("No matches")).to_be_visible()
    await box.fill(f"Other {ann.username[-6:]}")
    await box.press("Enter")
    await seat.page.get_by_role("textbox", name="Comment").fill("see below")
    await seat.page.get_by_role("textbox", name="Comment").press("Enter")
    await seat.page.get_by_role("button", name="Open chat").click()
    await expect(seat.title).to_have_text(f"Other {ann.username[-6:]}")
    got = seat.message("see below")
    await expect(got.locator("blockquote")).to_contain_text("the plan")
    await expect(got.locator("blockquote strong").first).to_have_text(bob.username)
    await expect(got.locator("blockquote a")).to_have_attribute("href", re.compile(f"{room}/1$"))
    await seat.settle()
    (sent,) = (await bob.get(f"/chats/room/{other}/history"))["messages"]
    assert [(file["name"], file["size"]) for file in sent["attachments"]] == [("plan.txt", 6)]
    assert sent["mentions"] == [], "who is named in what is forwarded is not called again"
