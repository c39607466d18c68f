"""The rules of a chat: who may pin messages and mention everyone, and for how long messages can be edited and deleted.

A room's are set by its owners (rooms.services), those of general, which has none, by staff in the admin. `chat.policy`
goes by them.
"""

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from chat import events, policy
from chat.models import Chat
from lib import errors

Rule = str | int | None
#: A chat's own windows are in seconds; 0: no end, None: as the operator says.
NAMES = ("pin_by", "mention_everyone", "edit_window", "delete_window")
PERMISSION = "chat.change_chat"


def of(chat: Chat) -> dict[str, Rule]:
    return {
        "pin_by": chat.pin_by or policy.PIN_BY[0],
        "mention_everyone": chat.mention_everyone,
        "edit_window": chat.edit_window,
        "delete_window": chat.delete_window,
    }


def set_on(chat: Chat, rules: dict[str, Rule]) -> None:
    """Set some of the rules on a chat that is saved afterwards. Raises `Invalid`."""
    for name, rule in rules.items():
        setattr(chat, name, _checked(name, rule))


def _checked(name: str, rule: Rule) -> Rule:
    if name == "pin_by" and rule not in policy.PIN_BY:
        raise errors.Invalid({name: ["This must be moderators or all."]})
    if name == "mention_everyone" and rule is not None and rule not in policy.MENTION_EVERYONE:
        raise errors.Invalid({name: ["This must be nobody, moderators or all."]})
    if name in ("edit_window", "delete_window") and isinstance(rule, int):
        if not 0 <= rule <= settings.WINDOW_LONGEST:
            raise errors.Invalid(
                {name: [f"This must be 0 to {settings.WINDOW_LONGEST:,} seconds; 0 means no limit."]}
            )
    return rule


@transaction.atomic
def change_general(by: User, rules: dict[str, Rule]) -> None:
    """Set some of general's rules. For staff with the permission to change chats. Raises `Forbidden`, `Invalid`."""
    if not (by.is_staff and by.has_perm(PERMISSION)):
        raise errors.Forbidden("Only staff with the permission can change the rules of general.")
    general = policy.lock(policy.general_id())
    before = of(general)
    set_on(general, rules)
    after = of(general)
    if changed := [name for name in NAMES if after[name] != before[name]]:
        events.change_chats(Chat.objects.filter(pk=general.pk), **{name: after[name] for name in changed})
        audit.note(by, "change general", detail=", ".join(changed))
