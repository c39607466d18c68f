"""Who may act on whose account in the admin: nobody gets rights there that they were not given."""

from accounts.models import User
from lib.errors import Conflict

LAST = "This is the last administrator. Appoint another one first."


def may_change(actor: User, target: User) -> bool:
    """Whether the actor may change, deactivate or delete the account, or end its sessions.

    Not one that may do more than they: a new password or address would make them that person.
    """
    return actor.is_superuser or (not target.is_superuser and permissions(target) <= permissions(actor))


def permissions(user: User) -> set[str]:
    """All that the account may do once it is active: a deactivated one can be activated again."""
    return User(pk=user.pk).get_all_permissions()


def check_not_last(user: User) -> None:
    """Raises `Conflict` (`last_administrator`) if nobody else could run the server any more.

    In the transaction that takes the rights away, so that of two who do it at once the second is refused.
    """
    administrators = User.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk")
    if [one.pk for one in administrators] == [user.pk]:
        raise Conflict(LAST, code="last_administrator")
