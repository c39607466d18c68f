"""Names of people and rooms: what is the same, what looks the same, what can't be seen, and how they are found."""

from importlib import import_module

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from rest_framework.test import APIClient

from accounts import mail, passwords, users
from accounts.models import User
from lib import text
from rooms import services
from rooms.models import Room
from tests.api.clients import PASSWORD, signed_in

pytestmark = pytest.mark.django_db
#: Nothing of these can be seen.
HIDDEN = {
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "Hangul jamo filler": "\u115f",
    "braille blank": "\u2800",
    "zero width space": "\u200b",
    "soft hyphen": "\u00ad",
    "grapheme joiner": "\u034f",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "right-to-left override": "\u202e",
    "isolate": "\u2067",
    "right-to-left mark": "\u200f",
    "Arabic letter mark": "\u061c",
    "variation selector": "\ufe0f",
    "tag": "\U000e0041",
    "supplementary variation selector": "\U000e0101",
    "Mongolian vowel separator": "\u180e",
    "line separator": "\u2028",
    "control character": "\u0007",
    "private use": "\ue000",
    "unassigned": "\u0378",
}


@pytest.fixture(autouse=True)
def no_limits(settings):
    settings.RATE_LIMITS = False
    settings.ALLOW_GUESTS = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    yield
    mail.deliver()


def sign_up(name: str, password: str = PASSWORD, email: str = "new@example.org"):
    return APIClient().post(
        "/auth/signup", {"username": name, "email": email, "password": password}, format="json"
    )


def log_in(name: str, password: str = PASSWORD):
    return APIClient().post("/auth/login", {"username": name, "password": password}, format="json")


def fields_of(answer) -> list[str]:
    assert answer.status_code == 400, answer.content
    return list(answer.json()["error"]["fields"])


# ---------------------------------------------------------------- the same name


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("ΝΙΚΟΣ", ["νικος", "Νικος", "νικοσ", "ΝΙΚΟΣ"]),
        ("İbrahim", ["i̇brahim", "İBRAHIM", "I\u0307brahim"]),
        ("straße", ["STRASSE", "strasse", "Straße", "STRAẞE"]),
        ("Zoe\u0308", ["zoë", "ZOË"]),
        ("काव्य", ["काव्य"]),
        ("กิตติ", ["กิตติ"]),
        ("தமிழ்", ["தமிழ்"]),
        ("нина", ["НИНА", "Нина"]),
        ("ａｎｎａ", ["anna", "ANNA", "Ａnna"]),
        ("mika٣", ["mika٣"]),
        ("ﬁona", ["fiona", "FIONA"]),
    ],
)
def test_all_spellings_of_a_name_are_one_account(name, others):
    made = sign_up(name)
    assert made.status_code == 201, made.content
    for other in others:
        assert log_in(other).status_code == 200, other
        assert fields_of(sign_up(other, email="other@example.org")) == ["username"]
    assert User.objects.count() == 1


def test_a_name_is_shown_as_it_was_typed():
    assert sign_up("Ηλίας").json()["user"]["username"] == "Ηλίας"


def test_the_case_and_composition_of_an_address_and_the_spelling_of_its_domain_do_not_matter():
    assert sign_up("ann", email="Ann@BÜCHER.example").status_code == 201
    for address in ("ann@bücher.example", "ANN@xn--bcher-kva.example", "ann@bu\u0308cher.example"):
        assert log_in(address).status_code == 200, address


@pytest.mark.parametrize(
    "name",
    ["a" * 51, "a", "a b", "a/b", "़़", "\u0301nn", "a" + "\u0301\u0302\u0303\u0304\u0305\u0306", "😀😀"],
)
def test_what_is_no_name_is_refused(name):
    assert fields_of(sign_up(name)) == ["username"]


def test_a_name_of_an_older_version_whose_key_is_taken_still_logs_in_and_stays_after_a_change(ann):
    old = users.sign_up("strasse", "one@example.org", PASSWORD)
    User.objects.filter(pk=ann.pk).update(username="straße", username_key="strasse#straße")
    assert users.find("straße") == ann
    assert users.find("strasse") == users.find("STRASSE") == old
    users.change(User.objects.get(pk=ann.pk), display_name="Ann of the street")
    assert log_in("straße").json()["token_type"] == "bearer" and users.find("straße") == ann


# ---------------------------------------------------------------- what can't be seen, and what looks the same


@pytest.mark.parametrize("sign", HIDDEN.values(), ids=HIDDEN)
def test_no_name_holds_what_can_not_be_seen(ann, sign):
    assert fields_of(sign_up(f"ann{sign}b")) == ["username"]
    client = signed_in(ann)
    for name in (f"An{sign}n", sign * 3):
        assert fields_of(client.patch("/users/me", {"display_name": name}, format="json")) == ["display_name"]
        assert fields_of(client.post("/chats/room", {"name": name}, format="json")) == ["name"]
    assert fields_of(
        client.post("/chats/room", {"name": "Room", "description": f"a{sign}b"}, format="json")
    ) == ["description"]
    assert User.objects.get(pk=ann.pk).display_name == "" and not Room.objects.exists()


@pytest.mark.parametrize("name", ["   ", "\u00a0", "\u3000\u2003", "\t"])
def test_a_name_of_blanks_is_refused(ann, name):
    assert fields_of(signed_in(ann).patch("/users/me", {"display_name": name}, format="json")) == [
        "display_name"
    ]
    assert fields_of(signed_in(ann).post("/chats/room", {"name": name}, format="json")) == ["name"]


@pytest.mark.parametrize(
    "name",
    [
        "Ann 👨‍👩‍👧",
        "❤️ Ann",
        "1️⃣ first",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می‌خواهم",
        "क्‍ष",
        "山田　太郎",
        "O’Neill",
        "Ann 🫩",
    ],
)
def test_a_name_may_have_what_belongs_to_an_emoji_or_a_script(ann, name):
    answer = signed_in(ann).patch("/users/me", {"display_name": name}, format="json")
    assert answer.status_code == 200 and answer.json()["display_name"] == name.replace("　", " ")
    assert services.create(ann, name)[0].name == name.replace("　", " ")


@pytest.mark.parametrize(
    "name",
    ["\u0430nn", "an\u0578", "\u03b1nn", "ann\u3164", "𝐚𝐧𝐧", "ＡＮＮ", "ɑnn", "a\u0578\u0578"],
)
def test_a_name_that_looks_like_anothers_is_refused_everywhere(ann, name):
    assert fields_of(sign_up(name)) == ["username"]
    assert fields_of(APIClient().post("/auth/guest", {"username": name}, format="json")) == ["username"]
    bob = users.sign_up("bob", "bob@example.org", PASSWORD)
    assert fields_of(signed_in(bob).patch("/users/me", {"username": name}, format="json")) == ["username"]
    assert fields_of(signed_in(bob).patch("/users/me", {"display_name": name}, format="json")) == [
        "display_name"
    ]


@pytest.mark.parametrize(
    ("name", "other", "is_free"),
    [
        ("paul", "pauI", False),
        ("сора", "copa", False),  # the first in Cyrillic
        ("ВОВА", "BOBA", False),
        ("modern", "modem", False),
        ("modem", "Modern", False),
        ("ann1", "annl", False),
        ("anno", "ann0", False),
        ("walter", "wa1ter", False),
        ("wa1ter", "WALTER", False),
        ("bill2", "biI12", False),
        ("biI12", "bill2", False),
        ("rn355e", "m355e", False),
        ("ill355e", "i1l355e", False),
        ("oscar", "0scar", False),
        ("0SCAR", "oscar", False),
        ("user10", "user1o", False),
        ("kirn.k1m", "Kim.KlM", False),
        ("ВОВА", "ʙoʙa", False),  # the second in Latin small capitals
        ("Ian", "Lan", True),
        ("user1", "user11", True),
        ("user1", "user10", True),
        ("bench-1", "bench-i", True),
        ("4e0b1c", "4e1b0c", True),
        ("ali", "all-in", True),
        ("andré", "andre", True),
        ("иван_qa", "иван_dev", True),
    ],
)
def test_ordinary_names_are_not_taken_for_each_other(name, other, is_free):
    assert sign_up(name).status_code == 201
    assert (sign_up(other, email="other@example.org").status_code == 201) == is_free


@pytest.mark.parametrize(
    "name",
    [
        "admin",
        "Admin",
        "ADM1N",
        "adm1n",
        "adrnin",
        "admln",
        "ADMlN",
        "adm1n1strator",
        "supp0rt",
        "0ffic1a1",
        "rn0derator",
        "a11",
        "de1eted-7",
        "аdmin",
        "ádmin",
        "_admin_",
        "r00t",
        "system",
        "everyone",
        "here",
        "aIl",
        "moderator",
        "support",
        "deleted-7",
        "Deleted-x",
    ],
)
def test_a_name_that_speaks_for_the_server_or_for_all_is_nobodys(ann, name):
    assert fields_of(sign_up(name)) == ["username"]
    assert fields_of(APIClient().post("/auth/guest", {"username": name}, format="json")) == ["username"]
    for field in ("username", "display_name"):
        assert fields_of(signed_in(ann).patch("/users/me", {field: name}, format="json")) == [field]


@pytest.mark.parametrize("name", ["ali", "Ail", "annadmin", "marshall", "heren", "rooter", "deleted"])
def test_a_name_that_only_has_a_reserved_one_in_it_is_free(name):
    assert sign_up(name).status_code == 201


def test_the_operator_may_be_called_admin_and_keeps_the_name():
    call_command(
        "createsuperuser", username="admin", email="admin@example.org", interactive=False, verbosity=0
    )
    admin = User.objects.get(username="admin")
    users.change(admin, username="admin", display_name="Administrator")
    assert users.find("Admin") == admin


def test_a_display_name_in_capitals_of_several_scripts_is_no_reserved_one(ann):
    for name in ("ΑDΜΙΝ", "АDМІN", "ΗΕRΕ", "АLL"):
        assert fields_of(signed_in(ann).patch("/users/me", {"display_name": name}, format="json")) == [
            "display_name"
        ]


def test_two_people_may_have_the_same_display_name_but_none_that_only_looks_the_same(ann):
    bob = users.sign_up("bob", "bob@example.org", PASSWORD)
    users.change(ann, display_name="Maria Scopa")
    client = signed_in(bob)
    assert client.patch("/users/me", {"display_name": "Maria Scopa"}, format="json").status_code == 200
    for name in ("Mаria Scopa", "Maria Sсора", "Ｍaria Ѕcopa"):
        assert fields_of(client.patch("/users/me", {"display_name": name}, format="json")) == ["display_name"]
    for name in ("@ann", "ANN", "ann ✓", "ａｎｎ", "«ann»"):
        assert fields_of(client.patch("/users/me", {"display_name": name}, format="json")) == ["display_name"]
    users.sign_up("ΝΙΚΟΣ", "nikos@example.org", PASSWORD)
    assert fields_of(client.patch("/users/me", {"display_name": "νικος"}, format="json")) == ["display_name"]
    assert client.patch("/users/me", {"display_name": "Bob"}, format="json").status_code == 200


def test_people_may_change_the_spelling_of_their_own_name(ann):
    for name in ("Ann", "ann1", "annl", "annI", "ANN1"):
        answer = signed_in(ann).patch("/users/me", {"username": name}, format="json")
        assert (answer.status_code, answer.json()["username"]) == (200, name)


def test_names_of_an_older_version_that_look_alike_stay_and_are_refused_to_others(ann):
    for name in ("walter", "wa1ter", "pauI", "paul", "modem", "modern"):
        user = User.objects.create_user(name, password=PASSWORD)
        User.objects.filter(pk=user.pk).update(username_shape="old", username_look="", display_shape="old")
    old = MigrationExecutor(connection).loader.project_state(("accounts", "0009_looks")).apps
    import_module("accounts.migrations.0009_looks").fill(old, connection.schema_editor())
    assert User.objects.get(username="pauI").username_look == User.objects.get(username="paul").username_shape
    assert not User.objects.exclude(display_shape="").exists()
    for name in ("walter", "wa1ter", "pauI", "modem", "modern"):
        assert log_in(name).status_code == 200
    client = signed_in(User.objects.get(username="wa1ter"))
    answer = client.patch("/users/me", {"username": "wa1ter", "display_name": "Walter's"}, format="json")
    assert answer.status_code == 200
    for name in ("waIter", "pau1", "rnodem"):
        assert fields_of(sign_up(name)) == ["username"]


def test_who_has_a_name_may_keep_it_though_rules_have_changed(ann):
    User.objects.filter(pk=ann.pk).update(username="here", display_name="a\u202eb")
    answer = signed_in(ann).patch("/users/me", {"username": "here", "share_reads": False}, format="json")
    assert answer.status_code == 200


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize(
    ("typed", "again"),
    [
        ("pâté-crème-brûlée", "pa\u0302te\u0301-cre\u0300me-bru\u0302le\u0301e"),
        ("boats ﬁve １２", "boats five 12"),
    ],
)
def test_a_password_is_the_same_however_its_letters_come(ann, typed, again):
    passwords.set_new(ann, typed)
    assert log_in("ann", typed).status_code == log_in("ann", again).status_code == 200
    assert log_in("ann", typed + "x").status_code == 401
    passwords.set_new(ann, again)
    assert log_in("ann", typed).status_code == 200
    answer = signed_in(ann).post(
        "/auth/password/change", {"current_password": again, "new_password": PASSWORD}, format="json"
    )
    assert answer.status_code == 200, answer.content


def test_a_password_hashed_as_it_was_typed_still_works_and_is_hashed_anew(ann):
    from django.contrib.auth.hashers import make_password

    typed = "cre\u0300me-bru\u0302le\u0301e"
    User.objects.filter(pk=ann.pk).update(password=make_password(typed))
    assert log_in("ann", text.password(typed)).status_code == 401
    assert log_in("ann", typed).status_code == 200
    assert log_in("ann", text.password(typed)).status_code == 200


# ---------------------------------------------------------------- search and order


def test_people_members_and_rooms_are_found_and_ordered_whatever_case_and_accents(ann):
    room, _ = services.create(ann, "General talk", is_public=True)
    for name, title in (("abe", "Ökologie"), ("Zed", "zoo"), ("Bob", "Ärger"), ("élodie", "Łódź")):
        user = users.sign_up(name, f"{len(title)}{name.encode().hex()}@example.org", PASSWORD)
        services.create(user, title, f"Sur {name}", is_public=True)
        signed_in(user).post(f"/chats/room/{room.pk}/join", {})
    User.objects.filter(username="Zed").update(display_name="")
    users.change(User.objects.get(username="Zed"), display_name="Søren Ñandú")

    def found(path: str, search: str = "") -> list[str]:
        rows = signed_in(ann).get(path, {"search": search, "discover": "true"}).json()["results"]
        return [row.get("username") or row.get("name") or row["user"]["username"] for row in rows]

    members = f"/chats/room/{room.pk}/members"
    assert found("/users") == ["abe", "Bob", "élodie", "Zed"]
    assert found(members) == ["abe", "ann", "Bob", "élodie", "Zed"]
    assert found("/chats/room") == ["Ärger", "General talk", "Łódź", "Ökologie", "zoo"]
    for search in ("elodie", "ÉLODIE", "e\u0301lod", "Elo"):
        assert found("/users", search) == found(members, search) == ["élodie"]
    for search in ("soren", "SØREN", "nandu", "Ñan", "søren   ñandú"):
        assert found("/users", search) == found(members, search) == ["Zed"]
    for search in ("ökologie", "OKOLOGIE", "Ökol", "okolo"):
        assert found("/chats/room", search) == ["Ökologie"]
    assert found("/chats/room", "lodz") == ["Łódź"]
    assert found("/chats/room", "SUR ELODIE") == ["Łódź"]
    for search in ("%", "_", "\\", "%o%", "b_b"):
        assert found("/users", search) == found(members, search) == found("/chats/room", search) == [], search


def test_a_renamed_room_and_person_are_found_by_the_new_name(ann):
    room, _ = services.create(ann, "Old", is_public=True)
    services.update(room.pk, ann, name="Größe")
    assert list(Room.objects.matching("grosse")) == [room] and not Room.objects.matching("old")
    bob = users.sign_up("bob", "bob@example.org", PASSWORD)
    users.change(bob, username="François")
    assert [row.username for row in users.directory(ann, "francois")] == ["François"]


def test_the_admin_finds_and_sorts_by_the_same_rules(ann):
    users.change(ann, display_name="Élodie Öz")
    room, _ = services.create(ann, "Ökologie")
    admin = Client()
    admin.force_login(User.objects.create_superuser("root", "root@example.org"))
    for path, search, row in (
        ("accounts/user", "elodie", ann),
        ("accounts/user", "ÖZ", ann),
        ("accounts/user", "ANN@example", ann),
        ("rooms/room", "okologie", room),
        ("rooms/room", "ÖKO", room),
        ("chat/chat", "ökologie", room.chat),
    ):
        assert list(admin.get(f"/admin/{path}/", {"q": search}).context["cl"].result_list) == [row], search
