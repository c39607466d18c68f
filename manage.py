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
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
