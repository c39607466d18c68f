"""The box one writes in, the keyboard, and what odd content does."""

import re
import time

import pytest
from playwright.async_api import expect

from tests.browser.seats import quickest


async def test_row_20_drafts_are_kept_per_chat_through_switching_and_reload(sit, ann, bob, room):
    private = await ann.post("/chats/private", {"receiver_id": bob.id})
    seat = await (await sit(ann, room)).ready()
    await seat.write("half a thought")
    await seat.row(bob.username).click()
    await expect(seat.title).to_have_text(bob.username)
    await expect(seat.composer).to_have_value("")
    await expect(seat.row("Room")).to_contain_text("Draft: half a thought")
    await seat.write("another")
    await seat.page.reload()
    await expect(seat.composer).to_have_value("another")
    await expect(seat.row("Room")).to_contain_text("Draft: half a thought")
    await seat.row("Room").click()
    await expect(seat.composer).to_have_value("half a thought")
    await expect(seat.row(bob.username)).to_contain_text("Draft: another")
    await seat.composer.press("Enter")
    await seat.settled("half a thought")
    await seat.page.goto(f"/chat/private/{private['chat_id']}")
    await expect(seat.composer).to_have_value("another")
    await expect(seat.row("Room")).not_to_contain_text("Draft")


async def test_row_57_a_draft_follows_into_the_other_tab(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    second = await (await seat.new_tab("/chat/general")).ready()
    await seat.write("from the first tab")
    await second.row("Room").click()
    await expect(second.composer).to_have_value("from the first tab")


async def test_row_57_two_tabs_of_one_person_agree(sit, ann, bob, room):
    seat = await (await sit(ann, room)).ready()
    second = await (await seat.new_tab(room)).ready()
    bobs = await (await sit(bob, room)).ready()
    await seat.say("from the first")
    await second.say("from the second")
    for tab in (seat, second, bobs):
        await expect(tab.messages).to_have_count(2)
    await bobs.say("to both")
    for tab in (seat, second):
        await expect(tab.message("to both")).to_be_visible()
        await expect(tab.row("Room").get_by_text("unread")).to_have_count(0)

    async def mute_and_back() -> float:
        for item, count in (("Mute", 1), ("Unmute", 0)):
            await seat.page.get_by_role("main").get_by_role("button", name="More", exact=True).click()
            await seat.page.get_by_role("menuitem", name=item).click()
            pressed = time.monotonic()
            for tab in (seat, second):
                await expect(tab.row("Room").get_by_label("muted")).to_have_count(count)
        return time.monotonic() - pressed

    await quickest(1, mute_and_back)


async def test_row_26_the_box_grows_then_scrolls_and_the_limit_is_counted(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    small = await seat.composer.bounding_box()
    await seat.composer.fill("line\n" * 5)
    grown = await seat.composer.bounding_box()
    await seat.composer.fill("line\n" * 100)
    full = await seat.composer.bounding_box()
    assert small and grown and full
    assert small["height"] < grown["height"] < full["height"] <= 0.5 * 800
    await seat.composer.fill("x" * 3990)
    await expect(seat.page.get_by_text("10 left")).to_be_visible()
    await seat.composer.fill("x" * 4001)
    await expect(seat.page.get_by_text("1 character over the limit")).to_be_visible()
    await expect(seat.page.get_by_role("button", name="Send")).to_be_disabled()
    await seat.composer.press("Enter")
    await expect(seat.messages).to_have_count(0)
    await expect(seat.composer).to_have_value("x" * 4001)
    await seat.composer.fill("👍" * 4000)
    await seat.composer.press("Enter")
    await seat.settled("👍" * 4000)


async def test_row_23_ctrl_k_finds_chats_and_people_and_escape_gives_the_focus_back(sit, ann, bob, people):
    await people.room(ann, name="Zebra crossing")
    seat = await (await sit(ann, "/chat/general")).ready()
    await seat.composer.focus()
    await seat.page.keyboard.press("Control+k")
    box = seat.page.get_by_role("combobox", name="Find a chat or person")
    await expect(box).to_be_focused()
    await seat.page.keyboard.press("Escape")
    await expect(seat.page.get_by_role("dialog")).to_have_count(0)
    await expect(seat.composer).to_be_focused()
    await seat.page.keyboard.press("Control+k")
    await box.press_sequentially("zebcro")
    await expect(seat.page.get_by_role("option").first).to_contain_text("Zebra crossing")
    await box.press("Enter")
    await expect(seat.title).to_have_text("Zebra crossing")
    await expect(seat.composer).to_be_focused()
    await seat.page.keyboard.press("Control+k")
    await box.press_sequentially(bob.username)
    await expect(seat.page.get_by_role("option").filter(has_text=bob.username)).to_be_visible()
    await box.press("ArrowDown")
    await box.press("ArrowUp")
    await expect(seat.page.get_by_role("option", selected=True)).to_contain_text(bob.username)
    await box.press("Enter")
    await expect(seat.title).to_have_text(bob.username)
    await expect(seat.page).to_have_url(re.compile(r"/chat/private/\d+$"))
    await seat.page.keyboard.press("Control+k")
    await box.press_sequentially("no such thing at all")
    await expect(seat.page.get_by_text("No matches")).to_be_visible()


async def test_row_24_alt_arrows_move_through_the_chats(sit, ann, bob, people):
    rooms = {name: await people.room(ann, bob, name=name) for name in ("Alpha", "Beta", "Gamma")}
    for name in ("Gamma", "Beta", "Alpha"):
        await ann.post(f"/chats/room/{rooms[name]}/messages", {"content": "hi"})
    seat = await (await sit(ann, "/chat/general")).ready()
    await expect(seat.page.get_by_role("navigation").locator(".row-title")).to_have_text(
        ["General", "Alpha", "Beta", "Gamma"]
    )
    await seat.page.keyboard.press("Alt+ArrowDown")
    await expect(seat.title).to_have_text("Alpha")
    await seat.page.keyboard.press("Alt+ArrowDown")
    await expect(seat.title).to_have_text("Beta")
    await seat.page.keyboard.press("Alt+ArrowUp")
    await expect(seat.title).to_have_text("Alpha")
    await bob.post(f"/chats/room/{rooms['Gamma']}/messages", {"content": "look here"})
    await expect(seat.row("Gamma").get_by_text("1 unread")).to_be_visible()
    await seat.page.keyboard.press("Alt+Shift+ArrowDown")
    await expect(seat.title).to_have_text("Gamma")
    await expect(seat.message("look here")).to_be_visible()


async def test_row_25_the_shortcuts_are_listed_and_no_letter_fires_while_typing(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    dialog = seat.page.get_by_role("dialog", name="Keyboard shortcuts")
    await seat.composer.press("Control+/")
    await expect(dialog).to_be_visible()
    await expect(dialog).to_contain_text("Find a chat or person")
    await seat.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(seat.composer).to_be_focused()
    await seat.write("why? how/when")
    await expect(seat.composer).to_have_value("why? how/when")
    await expect(dialog).to_have_count(0)
    await seat.composer.evaluate("(box) => box.blur()")
    await seat.page.keyboard.press("?")
    await expect(dialog).to_be_visible()


async def test_row_28_markdown_is_drawn_and_what_is_not_understood_stays(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    drawn = {
        "**bold** and *slanted*": "<strong>bold</strong> and <em>slanted</em>",
        "`a < b`": "a &lt; b</code>",
        "> quoted": "<blockquote>",
        "- one\n- two": "<ul><li",
        "3. three\n4. four": '<ol start="3">',
        "```\ncode **not bold**\n```": "<code>code **not bold**",
        "[a link](https://example.org/x)": 'href="https://example.org/x"',
        "2 * 3 * 4 and snake_case_name": "2 * 3 * 4 and snake_case_name",
    }
    for number, (text, html) in enumerate(drawn.items()):
        await seat.say(text)
        await expect(seat.texts).to_have_count(number + 1)
        await seat.settle()
        assert html in await seat.texts.nth(number).inner_html()
    link = seat.page.get_by_role("link", name="a link")
    await expect(link).to_have_attribute("rel", re.compile("noopener"))
    await expect(link).to_have_attribute("target", "_blank")


HOSTILE = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "[press me](javascript:window.hacked=1)",
    "[press me](  JaVaScRiPt:window.hacked=1)",
    "[press me](data:text/html,<script>window.hacked=1</script>)",
    "![x](javascript:window.hacked=1)",
    "<a href='javascript:window.hacked=1'>press me</a>",
    "[x]: javascript:window.hacked=1\n[x]",
    "<style>* { display: none }</style>",
    "</div></article><iframe srcdoc='<script>parent.hacked = 1</script>'></iframe>",
    "\u202egnp.exe \u202dover\u202c rides",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢" * 20,
    "w" * 200,
    "https://example.org/" + "a" * 300,
    "`" + "c" * 200 + "`",
    "# heading\n" * 40,
    "> " * 50 + "deep",
    "- " * 50 + "deep",
    "word " * 799,
    "{{ 7*7 }} ${7*7} %s \\0",
]


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_row_63_hostile_and_odd_content_is_inert_and_in_place(sit, people, ann, bob, phone):
    await ann.call("PATCH", "/users/me", json={"display_name": "<b>👩‍🚀</b> ‮evil" + "W" * 40})
    id = await people.room(ann, bob, name="<img src=x onerror=hacked=1> " + "W" * 50)
    for text in HOSTILE:
        await ann.post(f"/chats/room/{id}/messages", {"content": text})
    seat = await (await sit(bob, f"/chat/room/{id}", phone=phone)).ready()
    await expect(seat.messages).to_have_count(len(HOSTILE))
    assert await seat.page.evaluate("window.hacked") is None
    found = await seat.log_region.evaluate(
        """(log) => ({
          elements: log.querySelectorAll("script, style, iframe, img, object, embed, form").length,
          links: [...log.querySelectorAll("a")].map((a) => a.protocol).filter((p) => !/^(https?|mailto):$/.test(p)),
          wide: log.scrollWidth - log.clientWidth,
          page: document.documentElement.scrollWidth - innerWidth,
        })"""
    )
    assert found == {"elements": 0, "links": [], "wide": 0, "page": 0}
    # What stands in one message stays in it: nothing is drawn over its neighbours' names and texts.
    for name in ("Room", "<img src=x"):
        assert name != "Room" or await seat.page.get_by_role("heading", level=1).inner_text() != name
    await seat.page.mouse.move(600, 400)
    assert await seat.page.evaluate("window.hacked") is None


async def test_row_34_presence_has_words_and_goes_with_the_last_tab(sit, ann, bob):
    await ann.post("/chats/private", {"receiver_id": bob.id})
    seat = await (await sit(ann, "/chat/general")).ready()
    row = seat.row(bob.username)
    await expect(row.get_by_text("offline", exact=True)).to_be_attached()
    bobs = await (await sit(bob, "/chat/general")).ready()
    second = await (await bobs.new_tab("/chat/general")).ready()
    await expect(row.get_by_text("online", exact=True)).to_be_attached()
    await row.click()
    await expect(seat.subtitle).to_have_text("online")
    await second.page.close()
    await bobs.page.close()
    await expect(row.get_by_text("offline", exact=True)).to_be_attached(timeout=60_000)
    await expect(seat.subtitle).to_contain_text("last seen")


async def test_row_29_only_what_is_allowed_is_offered(sit, ann, bob, room):
    anns, bobs = await (await sit(ann, room)).ready(), await (await sit(bob, room)).ready()
    await anns.say("mine")
    await bobs.settled("mine")
    offered = {
        anns: [
            "Reply",
            "Open thread",
            "Forward",
            "Copy text",
            "Copy link",
            "Pin",
            "Save",
            "Remind me",
            "Edit",
            "Delete",
        ],
        bobs: [
            "Reply",
            "Open thread",
            "Forward",
            "Copy text",
            "Copy link",
            "Mark as unread",
            "Save",
            "Remind me",
        ],
    }
    for seat, items in offered.items():
        await seat.message("mine").hover()
        await seat.message("mine").get_by_role("button", name="More actions").click()
        await expect(seat.page.locator(".menu > [role=menuitem]")).to_have_text(items)
        await expect(seat.page.get_by_role("menuitem", name="React with")).to_have_count(6)
        await seat.page.keyboard.press("Escape")
        await expect(seat.page.get_by_role("menu")).to_have_count(0)


async def test_row_1_the_list_keeps_its_width_through_a_reload(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    side = seat.page.get_by_role("navigation", name="Chats")
    grip = seat.page.get_by_role("separator", name="Chat list width")
    await grip.focus()
    for _ in range(3):
        await grip.press("ArrowRight")
    wide = await side.bounding_box()
    await seat.page.reload()
    await seat.ready()
    assert await side.bounding_box() == wide


async def test_row_27_people_are_offered_after_an_at_sign_and_taken_by_the_keyboard(sit, people, ann, bob):
    cem = await people.sign_up("cem")
    room = f"/chat/room/{await people.room(ann, bob, cem)}"
    seat = await (await sit(ann, room)).ready()
    await seat.write("hello @")
    offers = seat.page.get_by_role("listbox", name="People").get_by_role("option")
    await expect(offers).to_have_count(4)  # two people, and the words for all
    await expect(seat.page.get_by_role("status").filter(has_text="4 suggestions")).to_be_attached()
    await seat.write("cem")
    await expect(offers).to_have_count(1)  # the others' names end in hexadecimal digits, which have no m
    await expect(offers.first).to_contain_text(cem.username)
    chosen = await offers.first.get_attribute("id")
    assert chosen is not None
    await expect(seat.composer).to_have_attribute("aria-activedescendant", chosen)
    await seat.composer.press("Tab")
    await expect(seat.composer).to_be_focused()
    await expect(seat.composer).to_have_value(f"hello @{cem.username} ")
    await expect(offers).to_have_count(0)
    await seat.write("and @")
    await expect(offers).to_have_count(4)
    first = await offers.first.inner_text()
    await seat.composer.press("ArrowDown")
    await expect(offers.nth(1)).to_have_attribute("aria-selected", "true")
    await seat.composer.press("ArrowUp")
    await expect(offers.first).to_have_attribute("aria-selected", "true")
    await seat.composer.press("Escape")
    await expect(offers).to_have_count(0)
    await expect(seat.composer).to_have_value(f"hello @{cem.username} and @")
    await seat.write("b")
    await expect(offers.first).to_contain_text(bob.username)
    await seat.composer.press("Enter")
    await expect(seat.messages).to_have_count(0)
    await seat.composer.press("Enter")
    await seat.settled(f"hello @{cem.username} and @{bob.username}")
    await expect(seat.texts.locator(".mention")).to_have_count(2)
    assert first
    bobs = await (await sit(bob, "/chat/general")).ready()
    await expect(bobs.row("Room").get_by_text("@1 mention")).to_be_visible()


async def test_row_27_emoji_are_offered_after_a_colon_but_not_within_a_word(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    offers = seat.page.get_by_role("listbox", name="Emoji").get_by_role("option")
    await seat.write("well done :tada")
    await expect(offers.first).to_contain_text("🎉")
    await offers.first.click()
    await expect(seat.composer).to_be_focused()
    await expect(seat.composer).to_have_value(re.compile("^well done 🎉 ?$"))
    await seat.composer.press("Enter")
    await seat.write("at 12:30 see https://example.org a:b")
    await expect(offers).to_have_count(0)
    await seat.composer.press("Enter")
    await seat.settled("well done 🎉", "at 12:30 see https://example.org a:b")
