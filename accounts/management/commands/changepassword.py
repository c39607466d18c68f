"""`manage.py changepassword`: Django's, and all sessions of the person end."""

from typing import Any

from django.contrib.auth.management.commands import changepassword

from accounts import passwords
from accounts.models import User


class Command(changepassword.Command):
    help = "Set a person's password, and end all their sessions."

    def handle(self, *args: Any, **options: Any) -> str:
        said = super().handle(*args, **options)
        # Not in one transaction with the above, which would be open while the operator types.
        passwords.save(User.objects.using(options["database"]).get(username=options["username"]))
        return f"{said}. All sessions of this account have ended."
