"""Invite links: how long, how often and for whom they open, and what they show."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from rooms.models import Invite, Room
from tests.api.rooms import api, code, create, enter, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits(settings) -> None:
    settings.ALLOW_GUESTS = True
    cache.clear()


@pytest.fixture
def ann() -> User:
    return person("ann", display_name="Ann")


@pytest.fixture
def bob() -> User:
    return person("bob")


@pytest.fixture
def cas() -> User:
    return person("cas")


def rotate(path: str, by: User, **terms) -> str:
    answer = api(by).post(f"{path}/invite/rotate", terms)
    assert answer.status_code == 200, answer.json()
    return answer.json()["invite_link"]


def path_of(link: str) -> str:
    return link.removeprefix("http://testserver")


def test_a_link_tells_anybody_where_it_leads(ann: User, bob: User) -> None:
    path, link = create(ann)
    card = api(None).get(path_of(link)).json()
    assert card.pop("expires_at").endswith("Z")
    assert card == {
        "room_id": int(path.rsplit("/", 1)[1]),
        "name": "Gardening",
        "description": "Tomatoes.",
        "creator": "Ann",
        "invited_by": "Ann",
        "member_count": 1,
        "requires_approval": True,
        "for_guests": False,
        "archived": False,
        "status": "none",
    }
    assert api(ann).get(path_of(link)).json()["status"] == "member"
    api(bob).post(f"{path}/join", {"invite_link": link})
    assert api(bob).get(path_of(link)).json()["status"] == "pending"


def test_a_browser_gets_a_page_without_scripts_in_it(ann: User) -> None:
    path, link = create(ann, name="<script>alert(1)</script>")
    page = Client(headers={"Accept": "text/html"}).get(path_of(link))
    html = page.content.decode()
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "style=" not in html
    assert "Ann invited you. 1 member so far." in html
    assert f"?next={path}/invite/" in html


def test_who_is_signed_in_joins_from_the_page(ann: User, bob: User) -> None:
    path, link = create(ann)
    client = Client(headers={"Accept": "text/html"}, enforce_csrf_checks=True)
    client.force_login(bob)
    html = client.get(path_of(link)).content.decode()
    assert "Ask to join as bob" in html
    form = {"invite_link": link, "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert client.post(f"{path}/join", {"invite_link": link}).status_code == 403
    assert client.post(f"{path}/join", form).status_code == 200
    assert "Cancel request" in client.get(path_of(link)).content.decode()
    enter(path, link, ann, bob)
    assert "already a member" in client.get(path_of(link)).content.decode()


@pytest.mark.parametrize("how", ["unknown", "revoked", "expired", "used up", "of another room"])
def test_a_link_that_does_not_open_is_not_found(how: str, ann: User, bob: User, cas: User) -> None:
    path, link = create(ann)
    if how == "unknown":
        link = link[:-2] + "xx"
    elif how == "revoked":
        rotate(path, ann)
    elif how == "expired":
        Invite.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif how == "used up":
        link = rotate(path, ann, max_uses=1)
        api(cas).post(f"{path}/join", {"invite_link": link})
    else:
        _, link = create(ann)
        link_here = f"http://testserver{path}/invite/{link.rsplit('/', 1)[1]}"
        assert code(api(bob).get(path_of(link_here))) == (404, "not_found")
        assert code(api(bob).post(f"{path}/join", {"invite_link": link_here})) == (404, "not_found")
        assert code(api(bob).post(f"{path}/join", {"invite_link": link})) == (404, "not_found")
        return
    assert code(api(bob).get(path_of(link))) == (404, "not_found")
    assert code(api(bob).post(f"{path}/join", {"invite_link": link})) == (404, "not_found")
    assert Client(headers={"Accept": "text/html"}).get(path_of(link)).status_code == 404


def test_a_bad_link_does_not_tell_whether_there_is_such_a_room(ann: User, bob: User) -> None:
    path, _ = create(ann)
    body = {"invite_link": "A" * 32, "username": "visitor"}
    for call in ("join", "invite/guest"):
        there, nowhere = (api(bob).post(f"{each}/{call}", body) for each in (path, "/chats/room/999999"))
        assert there.status_code == 404
        assert there.json() == nowhere.json()
    there, nowhere = (api(bob).get(f"{each}/invite/{'A' * 32}") for each in (path, "/chats/room/999999"))
    assert there.json() == nowhere.json()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://example.org/", (400, "invalid")),
        ("http://testserver/chats/room/x/invite/y", (400, "invalid")),
        ("http://[/chats/room/1/invite/y", (400, "invalid")),
        ("a\x00b", (400, "invalid")),
        ("x" * 2001, (400, "invalid")),
        (["x"], (400, "invalid")),
        (None, (400, "invalid")),
        ("nonsense", (404, "not_found")),
        ("http://testserver/chats/room/{room}/invite/nonsense", (404, "not_found")),
        ("http://testserver/chats/room/{room}/invite/", (400, "invalid")),
        ("ünsinn-ünsinn-ünsinn-ünsinn", (404, "not_found")),
        ("", (404, "not_found")),
    ],
)
def test_what_is_no_link_is_refused(text: object, wanted: tuple[int, str], ann: User, bob: User) -> None:
    path, _ = create(ann)
    if isinstance(text, str):
        text = text.replace("{room}", path.rsplit("/", 1)[1])
    assert code(api(bob).post(f"{path}/join", {"invite_link": text})) == wanted


PASTED = [
    "{link}/",
    "{link}?utm=1#x",
    "  {link}\n",
    "{path}",
    "{address}",
    "‹{link}›",
    "<{link}>",
    '"{link}"',
    "„{link}“",
    "«{link}»",
    "({link})",
    "[{link}]",
    "[Join us]({link})",
    "*{link}*",
    "**{link}**",
    "_{link}_",
    "`{link}`",
    "{link}.",
    "{link},",
    "{link};",
    "{link}。",
    "链接：{link}，谢谢",
    "{address}…",
    "Come to our room!\r\n\r\n{link}\r\n\r\nSee you, Ann",
    "HTTPS://TESTSERVER/chats/room/{room}/invite/{token}",
    "https://testserver:8443/chats/room/{room}/invite/{token}",
    "http://testserver./chats/room/{room}/invite/{token}",
    "{quoted}",
    "https://safe.example.com/?url={quoted}&data=1",
    "[{address}]",
    "[{address}",
    "[[{address}]]",
    "[[::1]:8000/chats/room/{room}/invite/{token}]",
    "[Join][{address}]",
    "_chats/room/{room}/invite/{token}_",
    "chats/room/{room}/invite/{token}",
    "[chats/room/{room}/invite/{token}]",
    "Join: chats/room/{room}/invite/{token}.",
    "{token}",
    "{token}/",
    "/{token}",
    "<{token}/>",
    "{token}\u200b",
    "\ufeff{token}",
    "\u2068{token}\u2069",
    "\u200e{token}\u00ad",
    "{token}…",
    "→ {token}!",
    " ‹{token}›. ",
    "*{token}*",
    "_{address}_",
]


@pytest.mark.parametrize("pasted", PASTED)
def test_a_link_opens_however_it_was_pasted(pasted: str, ann: User, bob: User, settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "[::1]"]
    path, link = create(ann)
    text = pasted.format(
        link=link,
        path=path_of(link),
        address=link.removeprefix("http://"),
        quoted=quote(link, safe=""),
        room=path.rsplit("/", 1)[1],
        token=link.rsplit("/", 1)[1],
    )
    answer = api(bob).post(f"{path}/join", {"invite_link": text})
    assert answer.json() == {"status": "pending_approval"}


@pytest.mark.parametrize(
    "host",
    ["chat.example.org", "evil-testserver", "testserver.example.org", "testserver@evil.example", "[::1]"],
)
def test_a_link_of_another_server_is_refused_by_name(host: str, ann: User, bob: User, settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    path, link = create(ann)
    elsewhere = link.replace("//testserver/", f"//{host}/")
    for pasted in (elsewhere, f"Join: <{elsewhere}>.", quote(elsewhere, safe="")):
        answer = api(bob).post(f"{path}/join", {"invite_link": pasted})
        assert code(answer) == (400, "invalid")
        assert answer.json()["error"]["fields"]["invite_link"] == ["This invite link is for another server."]
    both = f"Not {elsewhere} but {link}"
    assert api(bob).post(f"{path}/join", {"invite_link": both}).json() == {"status": "pending_approval"}


def test_a_token_with_something_added_opens_nothing(ann: User, bob: User) -> None:
    path, link = create(ann)
    for text in (link + "x", link + "-x", "x" + link.rsplit("/", 1)[1]):
        assert code(api(bob).post(f"{path}/join", {"invite_link": text})) == (404, "not_found")


def test_a_person_uses_a_link_once_however_often_they_join(ann: User, bob: User, cas: User) -> None:
    path, _ = create(ann)
    link = rotate(path, ann, max_uses=2)
    for _ in range(3):
        assert api(bob).post(f"{path}/join", {"invite_link": link}).json() == {"status": "pending_approval"}
        assert api(bob).post(f"{path}/requests/withdraw").json() == {"status": "withdrawn"}
    assert Invite.objects.get(revoked_at=None).uses == 1
    api(cas).post(f"{path}/join", {"invite_link": link})
    assert Invite.objects.get(revoked_at=None).uses == 2
    assert api(bob).get(path_of(link)).status_code == 200
    assert api(person("dan")).get(path_of(link)).status_code == 404


def test_a_new_link_kills_the_old_ones_and_keeps_who_waits(ann: User, bob: User) -> None:
    path, old = create(ann)
    api(bob).post(f"{path}/join", {"invite_link": old})
    answer = api(ann).post(f"{path}/invite/rotate", {"expires_in": 3600, "max_uses": 5})
    link = answer.json()
    assert (link["max_uses"], link["for_guests"]) == (5, False)
    expires = Invite.objects.get(revoked_at=None).expires_at
    assert expires is not None
    assert abs(expires - timezone.now() - timedelta(hours=1)) < timedelta(seconds=30)
    assert api(None).get(path_of(old)).status_code == 404
    assert api(None).get(path_of(link["invite_link"])).status_code == 200
    assert api(bob).post(f"{path}/join", {"invite_link": old}).json() == {"status": "pending_approval"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expires_in": 7 * 86400 + 1}, "expires_in"),
        ({"expires_in": None}, "expires_in"),
        ({"expires_in": 0}, "expires_in"),
        ({"expires_in": -5}, "expires_in"),
        ({"expires_in": "soon"}, "expires_in"),
        ({"expires_in": 10**30}, "expires_in"),
        ({"max_uses": 0}, "max_uses"),
        ({"max_uses": 10**7}, "max_uses"),
        ({"max_uses": "x"}, "max_uses"),
        ({"for_guests": "perhaps"}, "for_guests"),
    ],
)
def test_terms_the_server_does_not_allow_are_refused_and_the_link_stays(
    body: dict, field: str, ann: User
) -> None:
    path, link = create(ann)
    answer = api(ann).post(f"{path}/invite/rotate", body)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])
    assert api(None).get(path_of(link)).status_code == 200


def test_the_operators_cap_is_the_default_age(ann: User, settings) -> None:
    settings.INVITE_MAX_AGE = timedelta(hours=2)
    create(ann)
    expires = Invite.objects.get().expires_at
    assert expires is not None
    assert abs(expires - timezone.now() - timedelta(hours=2)) < timedelta(seconds=30)


def test_without_a_cap_links_need_not_end(ann: User, settings) -> None:
    settings.INVITE_MAX_AGE = None
    path, _ = create(ann)
    assert Invite.objects.get().expires_at is None
    assert api(ann).post(f"{path}/invite/rotate", {"expires_in": None}).json()["expires_at"] is None
    assert api(ann).post(f"{path}/invite/rotate", {"expires_in": 90 * 86400}).status_code == 200


def test_a_link_for_guests_takes_a_name_alone_into_that_room_alone(ann: User) -> None:
    path, _ = create(ann, requires_approval=False)
    public, _ = create(ann, is_public=True)
    link = rotate(path, ann, for_guests=True)
    answer = api(None).post(f"{path}/invite/guest", {"invite_link": link, "username": "visitor"})
    entered = answer.json()
    assert (answer.status_code, entered["status"], entered["token_type"]) == (201, "joined", "bearer")
    guest = User.objects.get(username="visitor")
    assert (entered["user"]["id"], guest.kind, guest.has_usable_password()) == (guest.pk, "room_guest", False)
    assert Session.objects.get(user=guest).is_alive

    client = api(None)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {entered['access_token']}")
    assert client.get(path).json()["role"] == "member"
    assert client.get(f"{path}/members").json()["results"][1]["user"]["username"] == "visitor"
    assert client.get(public).status_code == 404
    assert client.post(f"{public}/join").status_code == 404
    assert client.post("/chats/room", {"name": "Mine"}).status_code == 403
    assert api(ann).delete(f"{path}/members/{guest.pk}").status_code == 204
    assert client.get(path).status_code == 403


def test_a_guest_waits_like_anybody_where_the_room_wants_approval(ann: User) -> None:
    path, _ = create(ann)
    link = rotate(path, ann, for_guests=True)
    answer = api(None).post(f"{path}/invite/guest", {"invite_link": link, "username": "visitor"}).json()
    guest = User.objects.get(username="visitor")
    assert answer["status"] == "pending_approval"
    assert api(guest).get(path).json()["status"] == "pending"
    assert api(guest).post(f"{path}/join").json() == {"status": "pending_approval"}
    assert api(ann).post(f"{path}/invite/approve", {"user_id": guest.pk}).json() == {"status": "approved"}
    assert api(guest).post(f"{path}/join").json() == {"status": "joined"}


@pytest.mark.parametrize(
    ("body", "wanted", "field"),
    [
        ({"username": "visitor", "invite_link": "nonsense"}, 404, None),
        ({"username": "visitor"}, 400, "invite_link"),
        ({"invite_link": "LINK"}, 400, "username"),
        ({"username": "ANN", "invite_link": "LINK"}, 400, "username"),
        ({"username": "x" * 51, "invite_link": "LINK"}, 400, "username"),
        ({"username": "no spaces", "invite_link": "LINK"}, 400, "username"),
    ],
)
def test_a_guest_without_link_or_name_is_refused(
    body: dict, wanted: int, field: str | None, ann: User
) -> None:
    path, _ = create(ann)
    link = rotate(path, ann, for_guests=True)
    body = {name: link if value == "LINK" else value for name, value in body.items()}
    answer = api(None).post(f"{path}/invite/guest", body)
    assert answer.status_code == wanted
    if field:
        assert list(answer.json()["error"]["fields"]) == [field]
    assert User.objects.count() == 1


def test_a_link_not_for_guests_lets_none_in(ann: User) -> None:
    path, link = create(ann)
    answer = api(None).post(f"{path}/invite/guest", {"invite_link": link, "username": "visitor"})
    assert code(answer) == (403, "forbidden")
    assert not User.objects.filter(username="visitor").exists()


def test_the_database_holds_no_token(ann: User) -> None:
    _, link = create(ann)
    token = link.rsplit("/", 1)[1]
    stored = Invite.objects.get()
    assert len(token) >= 32
    assert token not in str(vars(stored))
    assert len(stored.token_hash) == 64
    assert Room.objects.get().invites.get() == stored


def test_where_the_operator_takes_no_guests_no_link_lets_them_in(ann: User, settings) -> None:
    path, _ = create(ann)
    link = rotate(path, ann, for_guests=True)
    settings.ALLOW_GUESTS = False
    answer = api(None).post(f"{path}/invite/guest", {"invite_link": link, "username": "visitor"})
    assert code(answer) == (403, "guests_closed")
