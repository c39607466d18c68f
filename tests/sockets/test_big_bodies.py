"""Request bodies past the limit are refused before they are kept, however they come."""

from collections.abc import AsyncIterator

from tests.people import People, Person

MEGABYTE = 1_048_576


async def test_a_body_that_says_it_is_too_big_is_refused(ann: Person):
    answer = await ann.call("POST", "/chats/general/messages", content=b"x" * (30 * MEGABYTE))
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_body_that_does_not_say_how_long_it_is_is_refused_when_it_gets_too_long(
    people: People, ann: Person
):
    async def of_unknown_length() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * MEGABYTE

    answer = await ann.call(
        "POST",
        "/chats/general/messages",
        content=of_unknown_length(),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"
    assert answer.headers["Cache-Control"] == "no-store"
    await (await ann.socket("/ws/general")).said("and on it goes")
