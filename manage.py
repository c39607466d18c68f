#!/usr/bin/env python
"""Django's command line: `./manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as missing:
        sys.exit(f"{missing}. Run `make setup` first, or activate .venv.")
    from django.db import DatabaseError

    try:
        execute_from_command_line(sys.argv)
    except DatabaseError as error:
        from lib.database.errors import is_unmigrated

        if not is_unmigrated(error):
            raise
        sys.exit(
            f"The database of DATABASE_URL is not of this release ({error}). Run `manage.py migrate` first."
        )


if __name__ == "__main__":
    main()
