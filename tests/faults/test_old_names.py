"""A database of the version before, in which names stand that are one name now, is taken over, and given back."""

import json

import pytest

from tests.servers import BACKENDS, Backing

NAMES = ["strasse", "straße", "STRASSE2", "νικος", "νικοσ", "Ann", "ann\u1160", "élodie"]
#: Makes people of a version before with these names and passwords in decomposed letters, and tells what is found after
#: going forward, back, and forward again.
THERE_AND_BACK = """
import json
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection
from accounts import users
from accounts.models import User
from chat.models import Chat

def old():
    for app, number in (("rooms", "0001"), ("chat", "0005"), ("accounts", "0003")):
        call_command("migrate", app, number, verbosity=0)

old()
names = json.loads(NAMES)
columns = "username, email, display_name, kind, password, is_superuser, is_active, is_staff, date_joined"
with connection.cursor() as cursor:
    for number, name in enumerate(names):
        cursor.execute(
            f"INSERT INTO accounts_user ({columns}) VALUES"
            " (%s, %s, 'Zoë', 'member', %s, %s, %s, %s, CURRENT_TIMESTAMP)",
            [name, f"{number}@example.org", make_password(f"cre\\u0300me {number}"), False, True, False],
        )
    cursor.execute(
        "INSERT INTO chat_chat (kind, title, is_public, last_seq, version, changed_at, created_at)"
        " VALUES ('room', 'Ökologie', %s, 0, 0, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)", [True]
    )
def told():
    call_command("migrate", verbosity=0)
    return {
        "found": [users.find(name).username for name in names],
        "keys": list(User.objects.order_by("pk").values_list("username_key", flat=True)),
        "in": [users.find(name).check_password(f"cre\\u0300me {number}") for number, name in enumerate(names)],
        "zoe": users.directory(User.objects.first(), "zoe").count(),
        "room": Chat.objects.filter(search_text="okologie").count(),
    }

first = told()
old()
with connection.cursor() as cursor:
    cursor.execute("SELECT username FROM accounts_user ORDER BY id")
    before = [name for (name,) in cursor.fetchall()]
print(json.dumps({"ways": [first, told()], "before": before}))
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_names_that_collide_now_stay_apart_and_all_log_in(backing: Backing, backend: str):
    server = backing.chat_server(backend)
    script = THERE_AND_BACK.replace("NAMES", repr(json.dumps(NAMES)))
    found = json.loads(server.manage("shell", "--verbosity=0", "-c", script))
    assert found["before"] == NAMES
    for told in found["ways"]:
        assert told["found"] == NAMES
        assert told["keys"] == [
            *(
                "strasse",
                "strasse#straße",
                "strasse2",
                "νικοσ",
                "νικοσ#νικοσ",
                "ann",
                "ann#ann\u1160",
                "élodie",
            )
        ]
        assert told["in"] == [True] * len(NAMES)
        assert told["zoe"] == len(NAMES) - 1 and told["room"] == 1
