"""Two people talk: sending, reading, grouping, editing, replying, typing."""

import re

from playwright.async_api import expect

from tests.browser.seats import quickest


async def test_row_12_two_people_talk_and_what_is_new_scrolls_in(sit, ann, bob, room):
    anns, bobs = await sit(ann, room), await sit(bob, room)
    await anns.ready()
    await bobs.ready()
    said = []
    for number in range(12):
        for seat in (anns, bobs):
            said.append(f"{seat.person.username} says {number}")
            await seat.say(said[-1])
            await expect(seat.message(said[-1])).to_be_visible()
            other = bobs if seat is anns else anns
            await expect(other.message(said[-1])).to_be_in_viewport()
    for seat in (anns, bobs):
        await seat.settled(*said)


async def test_row_12_scrolled_up_the_view_stays_and_row_13_a_button_leads_to_the_end(sit, ann, bob, room):
    for number in range(60):
        await ann.post(
            f"/chats{room.removeprefix('/chat')}/messages", {"content": f"line {number}\nand more"}
        )
    seat = await (await sit(ann, room)).ready()
    await expect(seat.message("line 59")).to_be_in_viewport()
    await seat.scroll(-900)
    button = seat.page.get_by_role("button", name=re.compile("^Jump to latest"))
    await expect(button).to_be_visible()
    place = await seat.top_line()
    for number in range(5):
        await bob.post(f"/chats{room.removeprefix('/chat')}/messages", {"content": f"new {number}"})
    await expect(seat.page.get_by_role("button", name="Jump to latest, 5 new messages")).to_be_visible()
    assert await seat.top_line() == place
    await button.click()
    await expect(seat.message("new 4")).to_be_in_viewport()
    await expect(seat.page.get_by_role("button", name=re.compile("^Jump to latest"))).to_have_count(0)
    await seat.scroll(-900)
    await expect(seat.message("new 4")).not_to_be_in_viewport()
    await seat.log_region.press("End")
    await expect(seat.message("new 4")).to_be_in_viewport()


async def test_row_16_own_message_is_visible_at_once_and_never_doubled(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    said: list[str] = []

    async def send() -> float:
        said.append(f"quick {len(said)}")
        await seat.composer.fill(said[-1])
        took = await seat.page.evaluate(
            """() => new Promise((done) => {
              const log = document.querySelector('[role="log"]');
              const count = log.querySelectorAll("article").length;
              const begun = performance.now();
              new MutationObserver(() => {
                if (log.querySelectorAll("article").length > count) done((performance.now() - begun) / 1000);
              }).observe(log, { childList: true, subtree: true });
              const init = { key: "Enter", code: "Enter", keyCode: 13, bubbles: true, cancelable: true };
              document.querySelector("#composer").dispatchEvent(new KeyboardEvent("keydown", init));
            })"""
        )
        await seat.settled(*said)
        return took

    await quickest(0.05, send)
    for number in range(20):
        said.append(f"and {number}")
        await seat.say(said[-1])
    await seat.settled(*said)
    await seat.page.reload()
    await seat.settled(*said)


async def test_row_21_enter_sends_and_shift_enter_makes_a_line(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    await seat.write("one")
    await seat.composer.press("Shift+Enter")
    await seat.write("two")
    await expect(seat.composer).to_have_value("one\ntwo")
    await expect(seat.messages).to_have_count(0)
    await seat.composer.press("Enter")
    await expect(seat.composer).to_have_value("")
    await expect(seat.texts.first).to_have_text(re.compile(r"one\s*two"))
    await seat.composer.fill("  \n ")
    await seat.composer.press("Enter")
    await seat.say("end")
    await expect(seat.messages).to_have_count(2)


async def test_row_21_enter_never_sends_while_an_input_method_composes(sit, ann, room):
    seat = await (await sit(ann, room)).ready()
    await seat.composer.focus()
    keys = await seat.context.new_cdp_session(seat.page)
    await keys.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    await seat.page.evaluate(
        """() => document.querySelector("#composer").dispatchEvent(new KeyboardEvent("keydown",
          { key: "Enter", keyCode: 229, isComposing: true, bubbles: true, cancelable: true }))"""
    )
    await expect(seat.composer).to_have_value("にほん")
    await keys.send("Input.insertText", {"text": "日本"})
    await seat.composer.press("Enter")
    await seat.settled("日本")


async def test_row_22_up_edits_the_last_and_escape_gives_the_old_text_back(sit, ann, bob, room):
    anns, bobs = await sit(ann, room), await sit(bob, room)
    await anns.ready()
    await bobs.ready()
    await anns.say("first")
    await anns.say("secnd")
    await bobs.say("mine")
    await anns.settled("first", "secnd", "mine")
    await anns.composer.press("ArrowUp")
    await expect(anns.composer).to_have_value("secnd")
    await anns.composer.fill("something else")
    await anns.composer.press("Escape")
    await expect(anns.composer).to_have_value("")
    await anns.composer.press("ArrowUp")
    await expect(anns.composer).to_have_value("secnd")
    await anns.composer.fill("second")
    await anns.composer.press("Enter")
    for seat in (anns, bobs):
        await expect(seat.texts).to_have_text(["first", "second", "mine"])
        await expect(seat.message("second").get_by_text("(edited)")).to_be_visible()
    await expect(anns.composer).to_have_value("")
    await anns.composer.fill("a draft")
    await anns.composer.press("ArrowUp")
    await expect(anns.composer).to_have_value("a draft")


async def test_row_32_a_reply_quotes_and_leads_to_the_original_even_if_not_loaded(sit, ann, bob, room):
    path = f"/chats{room.removeprefix('/chat')}/messages"
    first = await ann.post(path, {"content": "the very first"})
    for number in range(150):
        await ann.post(path, {"content": f"line {number}"})
    await bob.post(path, {"content": "I agree", "reply_to": first["id"]})
    seat = await (await sit(ann, room)).ready()
    reply = seat.message("I agree")
    await expect(reply).to_be_in_viewport()
    quote = reply.get_by_role("button", name="In reply to")
    await expect(quote).to_contain_text("the very first")
    await expect(seat.texts.get_by_text("the very first", exact=True)).to_have_count(0)
    await quote.click()
    original = seat.messages.filter(has=seat.page.get_by_text("the very first", exact=True))
    await expect(original).to_be_in_viewport()
    await expect(original).to_have_attribute("data-flash", "true")


async def test_row_32_one_replies_from_the_message(sit, ann, bob, room):
    anns, bobs = await sit(ann, room), await sit(bob, room)
    await anns.ready()
    await bobs.ready()
    await anns.say("shall we?")
    await bobs.message("shall we?").hover()
    await bobs.message("shall we?").get_by_role("button", name="Reply", exact=True).click()
    await expect(bobs.page.get_by_text(f"Reply to {ann.username}", exact=True)).to_be_visible()
    await expect(bobs.composer).to_be_focused()
    await bobs.say("yes")
    for seat in (anns, bobs):
        quote = seat.messages.nth(1).get_by_role("button", name="In reply to")
        await expect(quote).to_contain_text("shall we?")
    await expect(bobs.page.get_by_text(f"Reply to {ann.username}", exact=True)).to_have_count(0)


async def test_row_33_typing_shows_and_goes_without_moving_anything(sit, people, ann, bob):
    cem = await people.sign_up("cem")
    room = f"/chat/room/{await people.room(ann, bob, cem)}"
    anns, bobs, cems = [await (await sit(person, room)).ready() for person in (ann, bob, cem)]
    before = await anns.composer.bounding_box()
    main = anns.page.get_by_role("main")
    await bobs.write("I am")
    await expect(main.get_by_text(f"{bob.username} is typing…")).to_be_visible()
    await cems.write("so am I")
    await expect(main.get_by_text(re.compile(r"\S+ and \S+ are typing…"))).to_be_visible()
    assert await anns.composer.bounding_box() == before
    await bobs.composer.press("Enter")
    await expect(main.get_by_text(f"{cem.username} is typing…")).to_be_visible()
    await expect(main.get_by_text("typing…")).to_have_count(0)
    assert await anns.composer.bounding_box() == before


async def test_row_6_one_author_shares_a_header_until_somebody_else_speaks(sit, ann, bob, room):
    anns, bobs = await sit(ann, room), await sit(bob, room)
    await anns.ready()
    await bobs.ready()
    await anns.say("one")
    await anns.say("two")
    await anns.settled("one", "two")
    await bobs.say("three")
    await bobs.settled("one", "two", "three")
    await anns.say("four")
    for seat in (anns, bobs):
        await seat.settled("one", "two", "three", "four")
        await expect(seat.messages.locator("header")).to_have_count(3)
        await expect(seat.messages.nth(1).locator("header")).to_have_count(0)
        await expect(seat.log_region.get_by_role("separator").filter(has_text="Today")).to_have_count(1)
