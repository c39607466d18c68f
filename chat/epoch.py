"""The epoch identifies the log: positions (`seq`, `version`, ids) of one epoch mean nothing in another.

A log that went back to an earlier state, after a restore or a fail-over that lost its end, assigns numbers that clients
have already seen with other messages. So it begins a new epoch, and clients that know the old one reload everything.
`restore` and `new_epoch` begin one; so does a server when it finds that PostgreSQL was restored or failed over, or that
a chat has gone back.
"""

import logging
from collections.abc import Mapping
from uuid import uuid4

from django.db import DatabaseError, OperationalError, connection
from django.db.models import Q
from django.utils import timezone

from chat.models import Chat, Epoch

logger = logging.getLogger(__name__)
MAX_LENGTH = 64  # characters of the epoch that a client sends
#: Identifies the table in PostgreSQL. A standby has the same cluster, database and table, but another timeline once it
#: is promoted; so has point-in-time recovery. `pg_restore` creates another table, in another database or cluster.
PLACE = """
    SELECT concat_ws('.', system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()),
        'chat_epoch'::regclass::oid, left(pg_walfile_name(pg_current_wal_lsn()), 8))
    FROM pg_control_system()"""


class Known:
    """What this process knows of the epoch."""

    epoch = ""
    has_place = True  # False where PostgreSQL does not say (some hosted ones)


def current() -> str:
    """The epoch as this process knows it. The first call reads it; `look` notices a new one."""
    return Known.epoch or look()


def look() -> str:
    """Read the epoch from the database; begin a new one if the database was restored or failed over."""
    found, _ = Epoch.objects.get_or_create(pk=Epoch.ONLY)
    place = _place()
    if place and found.place != place:
        unchanged = Epoch.objects.filter(uuid=found.uuid, place=found.place)
        if not found.place:
            unchanged.update(place=place)
        else:
            logger.warning("PostgreSQL was restored or failed over: a new epoch begins")
            unchanged.update(uuid=uuid4(), place=place, began_at=timezone.now())
        found = Epoch.objects.get()
    Known.epoch = str(found.uuid)
    return Known.epoch


def begin(instead_of: str | None = None) -> str:
    """Begin a new epoch, unless another has begun since `instead_of`. Running servers notice within seconds."""
    Epoch.objects.get_or_create(pk=Epoch.ONLY)
    which = Q() if instead_of is None else Q(uuid=instead_of)
    Epoch.objects.filter(which).update(uuid=uuid4(), place=_place(), began_at=timezone.now())
    return look()


def begin_if_back(versions: Mapping[int, int]) -> str:
    """The epoch: a new one if a chat's version is now lower than one already seen (`versions`, by chat id)."""
    before = current()
    now = Chat.objects.filter(pk__in=versions).values_list("pk", "version")
    if any(version < versions[chat_id] for chat_id, version in now):
        logger.error("the database has lost the last changes of a chat: a new epoch begins")
        return begin(instead_of=before)
    return before


def _place() -> str:
    if connection.vendor != "postgresql" or not Known.has_place:
        return ""
    try:
        with connection.cursor() as cursor:
            cursor.execute(PLACE)
            return str(cursor.fetchone()[0])
    except OperationalError:  # it is unreachable, or still in recovery
        raise
    except DatabaseError as error:
        if connection.in_atomic_block:
            raise
        logger.warning(
            "PostgreSQL does not say which log it has, so run new_epoch after a fail-over: %s", error
        )
        Known.has_place = False
        return ""
