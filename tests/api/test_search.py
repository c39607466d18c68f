"""Search: what was typed finds what was written, on either database, and never what one may not read."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import followers
from accounts.models import User
from chat.indexing import Index
from chat.log import index as index_of_words
from chat.models import Message
from chat.search import find
from lib import tokens
from tests.api.rooms import api, person, png, post, room_with, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]

PROBES = [
    ("我家在上海东边。", "上海"),
    ("我家在上海东边。", "边"),
    ("いちにさん", "いち"),
    ("안녕하세요", "하세요"),
    ("안녕하세요", "하세요"),
    ("ﾊﾛｰ ﾜｰﾙﾄﾞ", "ワールド"),
    ("ภาษาไทยง่ายนิดเดียว", "ไทย"),
    ("The host is 10.100.200.101, they say", "10.100.200.101"),
    ("The host is 10.100.200.101, they say", "100.200"),
    ("Restart db-1 first", "db-1"),
    ("Über uns", "uber"),
    ("Die Elbe ist ein Fluß", "FLUSS"),
    ("We like the who", "the who"),
    ("Write to ann.lee+chat@example.org!", "ann.lee+chat@example.org"),
    ("Call foo_bar(baz) in src/main.rs:12", "src/main.rs"),
    ("Ship it 🚀 now", "🚀"),
    ("👩‍💻👍🏽", "👍"),
    ("हिन्दी में लिखा", "हिन्दी"),
    ("اكتبُ بالعَرَبِيّة", "بالعربية"),
    ("اتصل بي على ٠١٢٣", "0123"),
    ("שָׁלוֹם עולם", "שלום"),
    ("Ёлка зелёная", "елка"),
    ("İstanbul ılık", "istanbul ilik"),
    ("ὁδός", "οδοσ"),
    ("don't panic", "don’t"),
    ("implementation details", "impl"),
    ("C++ is fun", "C++"),
]


def fill() -> None:
    owner = uuid4()
    assert followers.run(Index(), owner)
    followers.release(owner)


@pytest.fixture(params=["indexed", "waiting"])
def index(request: pytest.FixtureRequest):
    """Takes all messages into the index; or doesn't yet, and they are found all the same."""

    def run() -> None:
        if request.param == "indexed":
            fill()

    return run


def ask(who: User, q: str = "", status: int = 200, **more) -> dict:
    answer = api(who).get("/search", {"q": q, **more})
    assert answer.status_code == status, answer.content
    return answer.json()


def found(who: User, q: str = "", **more) -> list[str]:
    return [result["message"]["content"] for result in ask(who, q, **more)["results"]]


def test_the_probes_find_what_was_written_and_say_where(ann, room, index):
    for content, _ in PROBES:
        say(ann, room, content)
    say(ann, room, "nothing of all that")
    index()
    for content, query in PROBES:
        results = ask(ann, query)["results"]
        assert content in [result["message"]["content"] for result in results], query
        for result in results:
            assert result["highlights"], query
            assert result["chat_title"] == "Gardening"


def test_highlights_are_places_in_the_text_as_it_was_written(ann, room, index):
    say(ann, room, "Ü🚀 Über, 10.100.200.101; uber den Fluß")
    index()
    [result] = ask(ann, "100.200 UBER fluss")["results"]
    content = result["message"]["content"]
    assert [content[start:end] for start, end in result["highlights"]] == ["Über", "100.200", "uber", "Fluß"]
    assert ask(ann, "上")["results"] == []


def test_words_phrases_exclusions_and_beginnings(ann, room, index):
    for content in ("red apples and pears", "apples red", "red pears", "apple pie"):
        say(ann, room, content)
    index()
    assert found(ann, "red app") == ["apples red", "red apples and pears"]
    assert found(ann, "app red") == []  # only the last word may go on
    assert found(ann, '"red apples"') == ["red apples and pears"]
    assert found(ann, '"red app"') == found(ann, "red a") == []
    assert found(ann, "red -apples") == ["red pears"]
    assert found(ann, 'apples -"red apples"') == ["apples red"]
    assert found(ann, "-red", chat=key(room)) == ["apple pie"]
    assert found(ann, "“red apples”") == ["red apples and pears"]


def key(path: str) -> str:
    return f"room:{path.rpartition('/')[2]}"


def test_operators_narrow_a_search_and_are_a_search_by_themselves(ann, bob, room, index):
    mine = say(ann, room, "ann about tomatoes, see https://example.org")
    his = say(bob, room, "bob about tomatoes, @ann")
    other = room_with(ann)
    say(ann, other, "tomatoes elsewhere")
    for who, path in ((ann, f"{his}/star"), (bob, f"{mine}/reactions/👍"), (ann, f"{mine}/pin")):
        assert api(who).put(f"/messages/{path}").status_code < 300
    index()
    assert found(ann, "tomatoes from:@bob") == ["bob about tomatoes, @ann"]
    assert found(ann, "from:me in:" + key(other)) == ["tomatoes elsewhere"]
    assert len(found(ann, "in:#gardening tomatoes")) == 3
    assert found(ann, "mentions:me") == found(ann, "is:saved") == ["bob about tomatoes, @ann"]
    for query in ("has:link", "has:link from:me", "has:reaction", "has:pin", "is:pinned"):
        assert found(ann, query) == ["ann about tomatoes, see https://example.org"], query
    assert found(ann, "tomatoes -from:me") == ["bob about tomatoes, @ann"]
    assert len(found(ann, "tomatoes on:today")) == 3
    assert found(ann, "tomatoes before:today") == found(ann, "tomatoes after:today") == []
    assert len(found(ann, "tomatoes after:2020 before:2099-12")) == 3
    assert found(ann, "tomatoes from:@nobody") == found(ann, "tomatoes in:#nowhere") == []
    assert len(found(ann, "tomatoes -from:@nobody")) == 3
    assert found(ann, "tomatoes", **{"from": bob.pk, "chat": key(room)}) == ["bob about tomatoes, @ann"]
    assert found(ann, "before:lunch tomatoes") == []  # no day: text
    assert found(ann, "tomatoes:about") == []


def test_files_are_found_by_name_description_and_kind(ann, bob, room, index, folder):
    fields = {"file": SimpleUploadedFile("Grundriß_Küche.png", png()), "alt": "The plan of a kitchen"}
    upload = api(ann).post("/uploads", fields, format="multipart").json()
    said = post(ann, room, "", attachments=[upload["id"]])
    say(ann, room, "here it comes")
    index()
    for query in (
        "kuche",
        "grundriss",
        '"plan of a kitchen"',
        "has:file",
        "has:image",
        "has:image kitchen",
        "has:file from:@ann",
    ):
        [result] = ask(bob, query)["results"]
        assert result["message"]["id"] == said["id"] and result["highlights"] == [], query
    assert found(bob, '"kuche.png the"') == []  # name and description are two texts
    assert found(bob, "has:video") == found(bob, "has:file from:@bob") == []
    assert found(bob, "-has:image") == ["here it comes"]
    api(ann).delete(f"/messages/{said['id']}")
    assert found(bob, "kuche") == found(bob, "has:file") == []


def test_a_search_takes_few_queries_however_much_it_finds(ann, room, index):
    def queries(q: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            ask(ann, q)
        return len(captured)

    say(ann, room, "apples")
    index()
    alone = queries("apples")
    for number in range(30):
        say(ann, room, f"apples {number}")
    index()
    assert queries("apples") <= alone and alone <= 12


ENDLESS = {
    "postgresql": "SELECT pg_sleep(20)",
    "sqlite": "WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up) SELECT count(*) FROM up",
}


@pytest.mark.django_db(transaction=True)
def test_a_search_that_takes_too_long_is_ended_and_goes_on_page_by_page(monkeypatch):
    ann = person("ann")
    room = room_with(ann)
    for number in range(12):
        say(ann, room, f"needle {number}")

    def endless(*args: object) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(ENDLESS[connection.vendor])
        return []

    monkeypatch.setattr(index_of_words, "newest", endless)
    monkeypatch.setattr(find, "TIME", 0.05)
    monkeypatch.setattr(find, "WINDOW", 5)
    cursor: int | None = 0
    seen: list[str] = []
    pages = 0
    while cursor is not None:
        page = ask(ann, "needle", **({"cursor": cursor} if cursor else {}))
        seen += [result["message"]["content"] for result in page["results"]]
        assert page["partial"]
        cursor, pages = page["next"], pages + 1
    assert seen == [f"needle {number}" for number in reversed(range(12))] and pages >= 12 / 5


def test_each_role_finds_what_it_may_read_and_no_more(ann, bob, room, index):
    """Whoever asks gets the messages of the chats that they can open, and only those."""
    people = {name: person(name) for name in ("carl", "dora", "emil", "fay")}
    closed, old = (
        room_with(ann, people["carl"], people["dora"], people["emil"]),
        room_with(ann, people["carl"]),
    )
    private = api(ann).post("/chats/private", {"receiver_id": bob.pk}).json()["chat_id"]
    places = {
        closed: "closed",
        old: "archived",
        room: "open",
        f"/chats/private/{private}": "private",
        "/chats/general": "general",
    }
    for path, what in places.items():
        say(ann, path, f"needle {what}")
    assert api(ann).delete(f"{closed}/members/{people['dora'].pk}").status_code < 300
    assert api(ann).delete(f"{closed}/members/{people['emil'].pk}?ban=true").status_code < 300
    assert api(ann).delete(old).status_code < 300
    index()
    for who in (ann, bob, *people.values()):
        readable = {
            f"needle {what}"
            for path, what in places.items()
            if api(who).get(f"{path}/history").status_code == 200
        }
        assert set(found(who, "needle")) == readable
        assert set(found(who, "from:@ann")) == readable
    assert set(found(people["fay"], "needle")) == set(found(people["dora"], "needle")) == {"needle general"}


def test_pages_go_on_where_the_last_one_ended(ann, room, index):
    for number in range(45):
        say(ann, room, f"again {number}")
    index()
    seen, cursor = [], 0
    while True:
        page = ask(ann, "again", limit=20, **({"cursor": cursor} if cursor else {}))
        seen += [result["message"]["content"] for result in page["results"]]
        assert not page["partial"]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"again {number}" for number in reversed(range(45))]


def test_the_most_relevant_come_first_if_asked(ann, room, index):
    say(ann, room, "tomatoes tomatoes tomatoes")
    say(
        ann,
        room,
        "much is said here about all kinds of things, and among them there are tomatoes as well, somewhere",
    )
    index()
    assert found(ann, "tomatoes", sort="relevance")[0] == "tomatoes tomatoes tomatoes"
    assert found(ann, "tomatoes")[1] == "tomatoes tomatoes tomatoes"
    first = ask(ann, "tomatoes", sort="relevance", limit=1)
    second = ask(ann, "tomatoes", sort="relevance", limit=1, cursor=first["next"])
    assert second["next"] is None and second["results"] != first["results"]


def test_what_was_edited_away_or_deleted_is_not_found_and_what_it_says_now_is(ann, room, index):
    edited, gone = say(ann, room, "the old words"), say(ann, room, "soon gone")
    index()
    api(ann).patch(f"/messages/{edited}", {"content": "the new words"})
    api(ann).delete(f"/messages/{gone}")
    assert found(ann, "old") == found(ann, "gone") == []
    assert found(ann, "new") == ["the new words"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM chat_search")
        assert not any("gone" in str(row) or "old" in str(row) for row in cursor.fetchall())
    index()
    assert found(ann, "old") == found(ann, "gone") == []
    Message.objects.filter(pk=edited).delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM chat_search")
        [count] = cursor.fetchone()
    assert count == 0


def test_nobody_finds_what_they_may_not_read(ann, bob, room, index):
    say(ann, room, "secret plan")
    closed = room_with(ann)
    say(ann, closed, "secret for one")
    index()
    assert found(bob, "secret") == ["secret plan"]
    assert ask(bob, "secret", 404, chat=key(closed))["error"]["code"] == "not_found"
    assert found(bob, f"secret in:{key(closed)}") == []
    api(bob).post(f"{room}/leave")
    assert found(bob, "secret") == []
    assert found(ann, "secret") == ["secret for one", "secret plan"]


def test_a_query_that_makes_no_sense_is_refused_by_name_or_finds_nothing(ann, room, index):
    say(ann, room, 'a plain message with a * and a " in it')
    index()
    hostile = r"""
        " '' "*" ( ) ") OR (" "* OR 1=1" "NEAR(a b)" - -- :* \\ '; DROP content:x ^a {a % _ in: in:" from:@
    """
    odd = ("a" * 400, "a\0b", "from:a\0b", "in:\0", "\x1b\t\n", "\u202e", "\ue000", "\ue001", "🏳️‍🌈" * 40)
    for query in (*hostile.split(), hostile[:100], *odd):
        assert ask(ann, query)["partial"] is False
    assert "q" in ask(ann, "", 400)["error"]["fields"]
    assert "q" in ask(ann, "x" * 501, 400)["error"]["fields"]
    assert "q" in ask(ann, "a " * 40, 400)["error"]["fields"]
    wrong = {
        "sort": "worst",
        "limit": "51",
        "cursor": "x",
        "before": "soon",
        "chat": "x",
        "zone": "Mars/Dome",
    }
    for name, value in wrong.items():
        assert name in ask(ann, "a", 400, **{name: value})["error"]["fields"]


SIGNS = st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs", "Co"])
WORDS = st.text(SIGNS, min_size=1, max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(written=st.lists(WORDS, min_size=1, max_size=6))
def test_each_word_of_a_message_finds_it(ann, room, written):
    content = " ".join(written)
    if api(ann).post(f"{room}/messages", {"content": content}).status_code != 201:
        return  # nothing to see in it
    stored = Message.objects.latest("pk")
    fill()
    for word in stored.content.split():
        if tokens.words(word) and not word.startswith("-") and '"' not in word and ":" not in word:
            assert stored.content in found(ann, word, limit=50), word
