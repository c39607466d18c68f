"""The audit takes over a database of the version before, and gives it back without what that one can't hold."""

import json

import pytest

from tests.servers import BACKENDS, Backing

THERE_AND_BACK = """
import json
from django.core.management import call_command
from django.db import connection
from accounts import audit
from accounts.models import User
from rooms import services
from rooms.models import AuditEntry

def entries():
    with connection.cursor() as cursor:
        cursor.execute("SELECT action, room_id IS NULL FROM rooms_auditentry ORDER BY id")
        return [[action, bool(is_without)] for action, is_without in cursor.fetchall()]

call_command("migrate", verbosity=0)
ann = User.objects.create_user("ann")
room, _ = services.create(ann, "Garden")
services.archive(room.pk, ann)
audit.note(ann, "deactivate", ann)
told = [entries()]
for number in ("0003", "0004"):
    call_command("migrate", "rooms", number, verbosity=0)
    told.append(entries())
audit.note(ann, "deactivate", ann)
told.append(entries())
print(json.dumps(told))
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_entries_of_rooms_stay_and_others_go_with_the_version_that_holds_them(backing: Backing, backend: str):
    server = backing.chat_server(backend)
    told = json.loads(server.manage("shell", "--verbosity=0", "-c", THERE_AND_BACK))
    both, room_alone = [["archive", False], ["deactivate", True]], [["archive", False]]
    assert told == [both, room_alone, room_alone, both]
