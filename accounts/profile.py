"""What people say of themselves: title, bio, time zone, and for a while a custom status: an emoji, a text, both.

Whether they are online is another thing: accounts.online.
"""

from datetime import datetime
from functools import cache
from typing import Any, Protocol
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from msgspec import UNSET, UnsetType

from accounts.changes import state_changed
from accounts.models import User
from accounts.person import CustomStatus
from lib import text
from lib.database.compiled import Compiled
from lib.emoji import qualified
from lib.errors import Fields, Invalid

LIMITS = {"title": 80, "bio": 300, "status_text": 100}
#: The text is "", so that open clients are told; for people who never had a status it is None (chat.realtime.state).
NO_STATUS = {"status_emoji": None, "status_text": "", "status_until": None}
NOTHING = {"title": None, "bio": None, "time_zone": None, **NO_STATUS}


def clean(user: User, changes: dict[str, Any]) -> dict[str, Any]:
    """Those of the changes that are about fields of NOTHING, as they are to be stored.

    Without an emoji or a text there is no status, and no end of it. A part of the status that isn't given stays as it
    is, unless the status is over. Raises `Invalid`, naming each wrong field.
    """
    found = {name: value or None for name, value in changes.items() if name in NOTHING}
    wrong: Fields = {}
    for name in LIMITS.keys() & found.keys():
        found[name], faults = _clean_text(name, found[name] or "")
        if faults:
            wrong[name] = faults
    zone, emoji, until = (found.get(name) for name in ("time_zone", "status_emoji", "status_until"))
    if zone and zone not in zones():
        wrong["time_zone"] = ["This isn't a time zone, such as Europe/Berlin."]
    if emoji and not (emoji := qualified(emoji)):
        wrong["status_emoji"] = ["This must be one emoji."]
    if until and until <= timezone.now():
        wrong["status_until"] = ["This time is over."]
    if NO_STATUS.keys() & found.keys():
        before = NO_STATUS if status_of(user) is UNSET else {name: getattr(user, name) for name in NO_STATUS}
        found = {**before, **found}
        found["status_emoji"] = emoji or found["status_emoji"]
        if not (found["status_emoji"] or found["status_text"]):
            if until:
                wrong.setdefault("status_until", ["Choose an emoji or write a text first."])
            found |= NO_STATUS
    if wrong:
        raise Invalid(wrong)
    return found


def _clean_text(name: str, value: str) -> tuple[str | None, list[str]]:
    """The text as it is stored (None if blank), on one line unless it is a bio; and what is wrong with it."""
    has_lines = name == "bio"
    value = value.replace("\r\n", "\n").strip() if has_lines else text.one_line(value)
    if len(value) > LIMITS[name]:
        return None, [f"This must be {LIMITS[name]} characters at most."]
    if text.has_hidden(value, allowed="\n" if has_lines else ""):
        return None, ["This must not contain invisible or control characters."]
    return (None if text.is_blank(value) else value), []


@cache
def zones() -> set[str]:
    return available_timezones() - {
        "localtime",
        "Factory",
    }  # files of this machine's; browsers don't know them


class WithStatus(Protocol):
    """A row of a person: the model, or the columns."""

    @property
    def status_emoji(self) -> str | None: ...
    @property
    def status_text(self) -> str | None: ...
    @property
    def status_until(self) -> datetime | None: ...


def status_of(row: WithStatus) -> CustomStatus | UnsetType:
    """The status; none if it is over, whether or not it was cleared yet."""
    if not (row.status_emoji or row.status_text):
        return UNSET
    if row.status_until is not None and row.status_until <= timezone.now():
        return UNSET
    return CustomStatus(emoji=row.status_emoji or "", text=row.status_text or "", until=row.status_until)


_over = Compiled(lambda: User.objects.filter(status_until__lte=Now()).values_list("pk"), ())


def clear_over() -> int:
    """Clear statuses whose time is over, and announce that. Returns their number. Several processes may run it at once:
    each status is cleared by one of them."""
    ids = [pk for (pk,) in _over()]  # nearly always there are none
    if not ids:
        return 0
    with transaction.atomic():
        count = User.objects.filter(pk__in=ids, status_until__lte=Now()).update(
            **NO_STATUS, profile_changed_at=Now()
        )
        if count:
            state_changed()
    return count
