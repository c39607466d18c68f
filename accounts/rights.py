"""Permissions on accounts in the admin: nobody can gain rights that they were not given."""

from accounts.models import User
from lib.errors import Conflict

LAST = "This is the last administrator. Appoint another one first."


def may_change(actor: User, target: User) -> bool:
    """Whether the actor may change, deactivate or delete the account, or end its sessions.

    Not if the account has more rights than they: with a new password or address they could take it over.
    """
    return actor.is_superuser or (not target.is_superuser and permissions(target) <= permissions(actor))


def permissions(user: User) -> set[str]:
    """The permissions that the account has when active: a deactivated one can be activated again."""
    return User(pk=user.pk).get_all_permissions()


def check_not_last(user: User) -> None:
    """Raises `Conflict` (`last_administrator`) if nobody else could run the server any more.

    Call in the transaction that removes the rights, so that of two concurrent ones the second is refused.
    """
    administrators = (
        User.objects.select_for_update(no_key=True).filter(is_superuser=True, is_active=True).order_by("pk")
    )
    if [one.pk for one in administrators] == [user.pk]:
        raise Conflict(LAST, code="last_administrator")
