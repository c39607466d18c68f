"""What wrong requests get: each its exact status, code and fields, after which the same connection still chats."""

import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import pytest

from tests.people import PASSWORD, People, Person

HUGE = 2**63
HALF = "an emoji cut in two: \ud83d"
DEEP = "[" * 10_000 + "]" * 10_000
MEBIBYTE = 1_048_576
Headers = dict[str, str]


class Wrong(NamedTuple):
    """A wrong request, and what it gets. A body that is no bytes goes as JSON."""

    method: str
    path: str
    body: Any = None
    status: int = 400
    code: str = "invalid"
    fields: tuple[str, ...] = ()
    headers: Headers = {}


def fields(method: str, path: str, **wrong: Any) -> dict[str, Wrong]:
    """A request for each wrong value of each member: `name=[…]`, the other members from `given`."""
    given: dict[str, Any] = wrong.pop("given", {})
    found = {}
    for name, values in wrong.items():
        for value in values:
            body = {member: kept for member, kept in {**given, name: value}.items() if kept is not MISSING}
            said = "missing" if value is MISSING else repr(value)
            label = f"{method} {path} {name}: {said[:40]}{'…' if len(said) > 40 else ''}"
            found[label] = Wrong(method, path, body, fields=(name,))
    return found


def queries(path: str, **wrong: list[str]) -> dict[str, Wrong]:
    """A GET for each wrong value of each query parameter."""
    join = "&" if "?" in path else "?"
    return {
        f"GET {path}?{name}={value[:40]}": Wrong("GET", f"{path}{join}{name}={value}", fields=(name,))
        for name, values in wrong.items()
        for value in values
    }


MISSING = object()
NO_TEXT = [MISSING, None, 5, True, ["x"], {"x": "y"}, "", "  ", "a\0b", HALF]
NO_ID = [MISSING, None, 0, -1, 1.5, "x", "", HUGE, -HUGE, 10**300, [1], True]
NO_FLAG: list[Any] = [None, "maybe", 2, ["x"], {}]
NO_LIMIT = ["0", "-1", "201", "1.5", "x", "%00", "1e2", "+1", "%D9%A1", "9" * 19, "9" * 5000]
NO_SEQ = ["-1", "1.5", "x", "%00", str(HUGE), "9" * 5000]


def bodies(ids: "Ids") -> dict[str, Wrong]:
    """Bodies that are wrong in one member."""
    post, edit = f"/chats/room/{ids.room}/messages", f"/messages/{ids.message}"
    room, long_name, private = f"/chats/room/{ids.room}", "n" * 81, f"/chats/private/{ids.private}"
    link = f"http://localhost/chats/room/{ids.room}/invite/{'x' * 2000}"
    account = {"username": "somebody-new", "email": "new@example.org", "password": PASSWORD}
    new, login = {"given": account}, {"given": {"username": ids.ann, "password": PASSWORD}}
    return {
        # accounts
        **fields(
            "POST", "/auth/signup", **new, username=[*NO_TEXT, "a", "n" * 151, "a b", "<b>", ids.bob.upper()]
        ),
        **fields("POST", "/auth/signup", **new, email=[*NO_TEXT, "x", "a@", f"{'a' * 250}@example.org"]),
        **fields("POST", "/auth/signup", **new, password=[*NO_TEXT, "short", "p" * 129, "12345678901"]),
        **fields("POST", "/auth/signup", **new, password_confirm=["another one", None, 5]),
        **fields("POST", "/auth/login", **login, username=[*NO_TEXT, "n" * 255]),
        **fields("POST", "/auth/login", **login, password=[*NO_TEXT[:-5], "", "a\0b", HALF, "p" * 129]),
        **fields("POST", "/auth/guest", username=[*NO_TEXT, "n" * 151, ids.bob]),
        **fields("POST", "/auth/refresh", refresh_token=[*NO_TEXT, "t" * 2049]),
        **fields("POST", "/auth/logout", refresh_token=[5, ["x"], "t" * 2049, "a\0b"]),
        **fields(
            "POST",
            "/auth/password/change",
            given={"current_password": PASSWORD, "new_password": PASSWORD[::-1]},
            current_password=[MISSING, None, 5, "", "wrong", "p" * 129],
            new_password=[MISSING, None, 5, "", "short", "p" * 129, "a\0b", HALF],
        ),
        **fields("POST", "/auth/password/reset", email=[*NO_TEXT, "x"]),
        **fields(
            "POST",
            "/auth/password/reset/confirm",
            given={"uid": "Mq", "token": "a-b", "new_password": PASSWORD},
            uid=[*NO_TEXT, "u" * 65],
            token=[*NO_TEXT, "t" * 129, "a-b"],
            new_password=[MISSING, None, 5, "", "p" * 129],
        ),
        **fields("POST", "/auth/email/verify", token=[*NO_TEXT, "t" * 1025, "rubbish"]),
        **fields("PATCH", "/users/me", username=[None, 5, "", "a\0b", HALF, "n" * 151, ids.bob]),
        **fields("PATCH", "/users/me", display_name=[None, 5, ["x"], "a\0b", HALF, "n" * 81]),
        **fields("PATCH", "/users/me", email=[None, 5, "", "x"]),
        **fields("DELETE", "/users/me", password=[MISSING, None, 5, "", "wrong", "p" * 129]),
        # messages
        **fields("POST", post, content=[*NO_TEXT, "x" * 4001, "\N{GRINNING FACE}" * 4001]),
        **fields("POST", post, given={"content": "x"}, client_id=["", "i" * 65, 5, ["x"], "a\0b", HALF]),
        **fields("POST", post, given={"content": "x"}, reply_to=[*NO_ID[2:], HUGE - 1, ids.in_general]),
        **fields("POST", post, given={"content": "x"}, attachments=[None, 5, "x", {}, [HUGE - 1], [1] * 11]),
        **fields("PATCH", edit, content=[*NO_TEXT, "x" * 4001]),
        **fields("POST", "/chats/general/read", seq=[*NO_ID[:2], *NO_ID[3:]]),
        **fields("POST", f"{private}/read", given={"seq": 1}, back=NO_FLAG),
        **fields(
            "POST", "/chats/general/mute", until=[MISSING, 5, "", "soon", "2026-02-30T00:00:00Z", ["x"]]
        ),
        **fields("POST", f"{private}/mute", until=["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]),
        **fields("POST", "/chats/private", receiver_id=[*NO_ID, ids.ann_id]),
        # rooms
        **fields("POST", "/chats/room", name=[*NO_TEXT, long_name, "a\nb", "\u200b\u200b"]),
        **fields(
            "POST", "/chats/room", given={"name": "R"}, description=[None, 5, ["x"], "a\0b", HALF, "d" * 501]
        ),
        **fields("POST", "/chats/room", given={"name": "R"}, is_public=NO_FLAG, requires_approval=NO_FLAG),
        **fields("PATCH", room, name=[None, 5, "", "a\0b", HALF, long_name], is_public=NO_FLAG),
        **fields(
            "POST",
            f"/chats/room/{ids.other_room}/join",
            invite_link=[None, 5, ["x"], "l" * 2001, "a\0b", HALF],
        ),
        **fields(
            "POST", f"{room}/invite/rotate", expires_in=[0, -1, 1.5, "x", 10**9, HUGE], max_uses=NO_ID[2:]
        ),
        **fields("POST", f"{room}/invite/rotate", for_guests=NO_FLAG),
        **fields(
            "POST", f"{room}/invite/guest", given={"invite_link": link[:80]}, username=[*NO_TEXT, "n" * 151]
        ),
        **fields("POST", f"{room}/invite/guest", given={"username": "guest"}, invite_link=[*NO_TEXT, link]),
        **fields("POST", f"{room}/invite/approve", user_id=NO_ID),
        **fields("POST", f"{room}/invite/deny", user_id=NO_ID),
        **fields("PATCH", f"{room}/members/{ids.bob_id}", role=[*NO_TEXT, "king"]),
        **fields(
            "DELETE", f"{room}/members/{ids.bob_id}", ban=NO_FLAG[1:], reason=[5, "a\0b", HALF, "r" * 301]
        ),
    }


def parameters(ids: "Ids") -> dict[str, Wrong]:
    """Query parameters that are wrong."""
    general, room = "/chats/general", f"/chats/room/{ids.room}"
    lists = (
        "/chats",
        "/auth/sessions",
        "/chats/room",
        *(f"{room}/{what}" for what in ("members", "requests", "bans")),
    )
    found = queries("/users", limit=NO_LIMIT, offset=NO_SEQ)
    for path in (*lists, f"/messages/{ids.message}/edits"):
        found |= queries(path, limit=["0", "1001", "x"], offset=["-1", str(HUGE)])
    seqs = dict.fromkeys(("offset", "before_seq", "after_seq", "around_seq"), NO_SEQ)
    return {
        **found,
        **queries(f"{general}/history", limit=NO_LIMIT, at=["x", "12:00"], **seqs),
        **queries(f"{room}/history", limit=["0", "201"], before_seq=["-1"]),
        **queries(f"/chats/private/{ids.private}/history", limit=["0", "201"], after_seq=["-1"]),
        **queries(f"{general}/changes", since_version=["", *NO_SEQ]),
        **queries(f"{room}/changes?since_version=0", limit=["0", "201", "x"]),
        "changes since nothing": Wrong("GET", f"{room}/changes", fields=("since_version",)),
        "two places in history": Wrong(
            "GET", f"{room}/history?before_seq=9&after_seq=1", fields=("after_seq",)
        ),
        **queries("/users", search=["s" * 101, "%00"]),
        **queries(
            "/chats/room", search=["s" * 81, "a%00b", "a%0Ab"], discover=["maybe", "2"], status=["king"]
        ),
        **queries(f"{room}/members", search=["s" * 81, "%00"], role=["king", "%00"]),
    }


def paths(ids: "Ids") -> dict[str, Wrong]:
    """Things that are not there, not for the caller, or not to be done."""
    foreign, theirs = f"/chats/room/{ids.foreign_room}", f"/chats/private/{ids.foreign_private}"
    hidden, link = f"/messages/{ids.foreign_message}", {"invite_link": "x" * 40}
    post, someone = {"content": "x"}, {"user_id": ids.bob_id}
    not_found: list[tuple[str, str, Any]] = [
        ("GET", "/nowhere", None),
        ("POST", "/chats/general/nowhere", {}),
        ("GET", "/users/abc", None),
        ("GET", "/users/-1", None),
        ("GET", "/users/0", None),
        ("GET", "/auth/sessions/1", None),
        ("DELETE", "/auth/sessions/00000000-0000-0000-0000-000000000000", None),
        ("GET", "/chats/room/abc", None),
        ("GET", "/chats/room/1.5", None),
        ("GET", "/chats/room/%00", None),
        ("GET", "/chats/room/%D9%A1", None),
        ("GET", f"/chats/room/{ids.room}/invite/{'x' * 40}", None),
        ("GET", f"/chats/room/{ids.room}/invite/%00%FF", None),
        ("GET", f"/chats/room/{ids.private}", None),
        ("GET", f"/chats/private/{ids.room}/history", None),
        ("POST", "/chats/private", {"receiver_id": HUGE - 1}),
        ("POST", f"/chats/room/{ids.other_room}/join", link),
        ("POST", f"/chats/room/{ids.other_room}/join", {}),
        ("POST", f"/chats/room/{ids.other_room}/invite/guest", {**link, "username": "guest"}),
        ("POST", f"/chats/room/{ids.room}/invite/approve", {"user_id": HUGE - 1}),
        ("POST", f"/chats/room/{ids.room}/invite/deny", {"user_id": HUGE - 1}),
        ("PATCH", f"/chats/room/{ids.room}/members/{HUGE - 1}", {"role": "moderator"}),
        ("DELETE", f"/chats/room/{ids.room}/members/{HUGE - 1}", None),
        ("DELETE", f"/chats/room/{ids.room}/bans/{ids.bob_id}", None),
        # somebody else's
        *[("GET", f"{chat}/history", None) for chat in (foreign, theirs)],
        *[("GET", f"{chat}/changes?since_version=0", None) for chat in (foreign, theirs)],
        *[("POST", f"{chat}/messages", post) for chat in (foreign, theirs)],
        *[("POST", f"{chat}/read", {"seq": 1}) for chat in (foreign, theirs)],
        *[("POST", f"{chat}/mute", {"until": None}) for chat in (foreign, theirs)],
        ("GET", foreign, None),
        ("PATCH", foreign, {"name": "Mine"}),
        ("DELETE", foreign, None),
        ("POST", f"{foreign}/leave", {}),
        *[("GET", f"{foreign}/{what}", None) for what in ("requests", "members", "bans")],
        ("POST", f"{foreign}/invite/approve", someone),
        ("POST", f"{foreign}/invite/deny", someone),
        ("POST", f"{foreign}/invite/rotate", {}),
        ("PATCH", f"{foreign}/members/{ids.bob_id}", {"role": "member"}),
        ("DELETE", f"{foreign}/members/{ids.bob_id}", None),
        ("DELETE", f"{foreign}/bans/{ids.bob_id}", None),
        ("GET", hidden, None),
        ("PATCH", hidden, post),
        ("DELETE", hidden, None),
        ("GET", f"{hidden}/edits", None),
        ("DELETE", f"/auth/sessions/{ids.foreign_session}", None),
    ]
    for number in (HUGE - 1, HUGE, 10**30, "9" * 5000):
        chats = (f"/chats/room/{number}", f"/chats/private/{number}")
        not_found += [("GET", f"/users/{number}", None), ("GET", f"/messages/{number}", None)]
        not_found += [("PATCH", f"/messages/{number}", post), ("GET", f"/messages/{number}/edits", None)]
        not_found += [("GET", f"{chat}/history", None) for chat in chats]
        not_found += [("POST", f"{chat}/messages", post) for chat in chats]
        not_found += [
            ("GET", chats[0], None),
            ("POST", f"{chats[0]}/join", {}),
            ("POST", f"{chats[0]}/leave", {}),
        ]
        not_found += [("DELETE", f"/chats/room/{ids.room}/members/{number}", None)]
    forbidden = {
        "open sockets, for staff": Wrong("GET", "/connections", status=403, code="forbidden"),
        "another's message": Wrong("PATCH", f"/messages/{ids.bobs_message}", post, 403, "forbidden"),
    }
    found = {f"{row[0]} {row[1][:70]}": Wrong(*row, status=404, code="not_found") for row in not_found}
    return {**found, **forbidden}


METHODS = {
    "/": "DELETE",
    "/auth/signup": "GET",
    "/auth/login": "PUT",
    "/auth/sessions": "POST",
    "/users": "POST",
    "/users/me": "PUT",
    "/chats": "POST",
    "/chats/general/history": "POST",
    "/chats/general/messages": "GET",
    "/chats/general/read": "DELETE",
    "/chats/private": "GET",
    "/chats/room": "DELETE",
    "/asyncapi": "DELETE",
    "/healthz": "POST",
}
POST = "/chats/general/messages"


def wholes() -> dict[str, Wrong]:
    """Bodies that are wrong as a whole, and headers."""
    bodies = {
        "broken JSON": b'{"content": "x"',
        "two objects": b'{"content": "x"}{}',
        "NaN": b'{"content": "x", "more": NaN}',
        "a list": b'[{"content": "x"}]',
        "a string": b'"x"',
        "a number": b"5",
        "null": b"null",
        "a byte order mark": b'\xef\xbb\xbf{"content": "x"}',
        "no UTF-8": b'{"content": "\xff\xfe"}',
        "UTF-16": '{"content": "x"}'.encode("utf-16"),
        "10,000 brackets": DEEP.encode(),
        "10,000 brackets in a member": f'{{"content": "x", "more": {DEEP}}}'.encode(),
        "half a pair in a name": b'{"content": "x", "\\ud83d": 1}',
    }
    content = {
        "a number out of range as content": b'{"content": 1e999}',
        "5,000 digits as content": b'{"content": ' + b"9" * 5000 + b"}",
        "no body": b"",
    }
    tokens = ("Bearer rubbish", "Bearer a.b.c", "Bearer", "Bearer \u00ff", "Basic YTpi", "rubbish", "")
    types = (
        "text/plain",
        "application/xml",
        "application/octet-stream",
        "rubbish",
        "application/json-patch+json",
    )
    big = b'{"content": "' + b"x" * (MEBIBYTE - 14) + b'"}'
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return {
        **{name: Wrong("POST", POST, body, fields=("body",)) for name, body in bodies.items()},
        **{name: Wrong("POST", POST, body, fields=("content",)) for name, body in content.items()},
        "a body of a MiB and a byte": Wrong("POST", POST, big, 413, "too_large"),
        "a body of four MiB": Wrong("POST", POST, big * 4, 413, "too_large"),
        "a form of over a MiB": Wrong(
            "POST", POST, b"content=" + b"x" * MEBIBYTE, 413, "too_large", (), form
        ),
        "a long content in a form": Wrong(
            "POST", POST, b"content=" + b"x" * 4001, 400, "invalid", ("content",), form
        ),
        **{
            f"the type {kind}": Wrong(
                "POST", POST, b'{"content": "x"}', 415, "unsupported_media_type", (), {"Content-Type": kind}
            )
            for kind in types
        },
        "an answer as XML": Wrong(
            "GET", "/chats", None, 406, "not_acceptable", (), {"Accept": "application/xml"}
        ),
        "an answer in a format": Wrong("GET", "/chats?format=xml", None, 404, "not_found"),
        **{
            f"{method} {path}": Wrong(method, path, None, 405, "method_not_allowed")
            for path, method in METHODS.items()
        },
        **{
            f"the token {token!r} at {path}": Wrong(
                "GET", path, None, 401, "not_authenticated", (), {"Authorization": token}
            )
            for token in tokens
            for path in ("/chats", "/users/me", "/chats/general/history", "/connections")
        },
    }


class Ids(NamedTuple):
    """Ann asks. `foreign_…` are of bob and eve alone; of `other_room` she knows the link, but is no member."""

    ann: str
    ann_id: int
    bob: str
    bob_id: int
    room: int
    other_room: int
    private: int
    message: int
    bobs_message: int
    in_general: int
    foreign_room: int
    foreign_private: int
    foreign_message: int
    foreign_session: str


@pytest.fixture
async def ids(people: People, ann: Person, bob: Person) -> Ids:
    eve = await people.sign_up("eve")
    room, foreign = await people.room(ann, bob), await people.room(bob, eve)
    private = (await ann.post("/chats/private", {"receiver_id": bob.id}))["chat_id"]
    foreign_private = (await bob.post("/chats/private", {"receiver_id": eve.id}))["chat_id"]
    said = {"content": "before"}
    return Ids(
        ann=ann.username,
        ann_id=ann.id,
        bob=bob.username,
        bob_id=bob.id,
        room=room,
        other_room=await people.room(eve),
        private=private,
        message=(await ann.post(f"/chats/room/{room}/messages", said))["id"],
        bobs_message=(await bob.post(f"/chats/room/{room}/messages", said))["id"],
        in_general=(await ann.post("/chats/general/messages", said))["id"],
        foreign_room=foreign,
        foreign_private=foreign_private,
        foreign_message=(await bob.post(f"/chats/room/{foreign}/messages", said))["id"],
        foreign_session=(await bob.get("/auth/sessions"))["results"][0]["id"],
    )


@pytest.fixture
async def line(server) -> AsyncIterator[httpx.AsyncClient]:
    """One connection to the server, kept alive."""
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=server.http, limits=limits, timeout=10) as client:
        yield client


async def ask(line: httpx.AsyncClient, ann: Person, wrong: Wrong) -> httpx.Response:
    body = wrong.body if isinstance(wrong.body, bytes) else json.dumps(wrong.body).encode()
    typed = {"Content-Type": "application/json"} if wrong.body is not None else {}
    headers = {"Authorization": f"Bearer {ann.token}", **typed, **wrong.headers}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    content = body if wrong.body is not None else None
    return await line.request(wrong.method, wrong.path, content=content, headers=raw)


def problem(wrong: Wrong, answer: httpx.Response) -> str | None:
    """What is not as it should be in the answer."""
    expected = (wrong.status, wrong.code, sorted(wrong.fields) or None)
    try:
        shape = answer.json()
        error = shape["error"]
        given = (answer.status_code, error["code"], sorted(error["fields"]) if "fields" in error else None)
        keys = (set(shape), set(error) - {"fields"})
    except (ValueError, KeyError, TypeError):
        return f"expected {expected}, got {answer.status_code}: {answer.text[:200]}"
    if given != expected:
        return f"expected {expected}, got {given}: {error['detail'][:200]}"
    if keys != ({"error"}, {"code", "detail"}) or not error["detail"] or len(error["detail"]) > 500:
        return f"another shape: {answer.text[:600]}"
    if not all(lines and all(lines) for lines in error.get("fields", {}).values()):
        return f"a field without a sentence: {answer.text[:200]}"
    if answer.status_code == 401 and not answer.headers.get("WWW-Authenticate", "").startswith("Bearer"):
        return "no WWW-Authenticate"
    if answer.status_code == 405 and wrong.method in answer.headers.get("Allow", wrong.method):
        return f"Allow: {answer.headers.get('Allow')}"
    return None


@pytest.mark.parametrize(
    "table",
    [bodies, parameters, paths, lambda ids: wholes()],
    ids=["bodies", "parameters", "paths", "wholes"],
)
async def test_wrong_requests(line: httpx.AsyncClient, ann: Person, bob: Person, ids: Ids, table):
    listener = await bob.socket(f"/ws/room/{ids.room}")
    problems, ports = [], set()
    wrong_ones: dict[str, Wrong] = table(ids)
    for name, wrong in wrong_ones.items():
        answer = await ask(line, ann, wrong)
        if found := problem(wrong, answer):
            problems.append(f"{name}: {found}")
        said = await ask(line, ann, Wrong("POST", f"/chats/room/{ids.room}/messages", {"content": name}))
        assert said.status_code == 201, f"after {name}: {said.text}"
        ports.add(said.extensions["network_stream"].get_extra_info("client_addr"))
    assert not problems, "\n".join(problems)
    assert len(ports) == 1, "all of it went over one connection"
    for name in wrong_ones:
        await listener.get("message", content=name)
    with_errors = [
        frame for frame in await listener.settle() if frame["type"] in ("message", "error", "removed")
    ]
    assert not with_errors, "nothing of what was wrong had an effect"
    assert (await ann.get("/users/me"))["username"] == ids.ann


async def test_without_a_token_nothing_is_said(line: httpx.AsyncClient, ids: Ids):
    for method, path in [
        ("GET", "/chats"),
        ("GET", "/users"),
        ("GET", "/users/me"),
        ("DELETE", "/users/me"),
        ("POST", "/auth/logout"),
        ("GET", "/auth/sessions"),
        ("POST", "/chats/private"),
        ("POST", "/chats/room"),
        ("GET", f"/chats/room/{ids.room}"),
        ("POST", f"/chats/room/{ids.room}/join"),
        ("POST", f"/chats/room/{ids.room}/invite/approve"),
        ("GET", "/chats/general/history"),
        ("POST", "/chats/general/messages"),
        ("GET", f"/chats/private/{ids.foreign_private}/history"),
        ("GET", "/chats/private/999999999/history"),
        ("PATCH", f"/messages/{ids.message}"),
        ("GET", "/connections"),
    ]:
        answer = await line.request(method, path)
        assert problem(Wrong(method, path, None, 401, "not_authenticated"), answer) is None, (method, path)
