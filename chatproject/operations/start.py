"""Checks before the server starts: file permissions, settings, tables, and whether there is an administrator."""

import logging
import sys
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from accounts import administrator
from chatproject import env
from lib import private_files
from lib.database import errors as database_errors

logger = logging.getLogger(__name__)
MIGRATE = "Run `manage.py migrate` (`make run` does it by itself), then start the server again."


def prepare() -> None:
    """Run all checks. Raises `CommandError` with a sentence for the operator if the server can't start."""
    close_files()
    warn_of_settings()
    if not settings.DEBUG and not Path(settings.STATIC_ROOT, "staticfiles.json").exists():
        logger.warning(
            "the pages can't be drawn: run `manage.py collectstatic` (`make run` does it by itself)"
        )
    try:
        check_tables()
        if administrator.is_missing():
            offer_administration()
    except database_errors.AWAY:
        pass  # the server starts, and answers 503 until the database is back
    finally:
        connection.close()
        if settings.POSTGRESQL:
            connection.close_pool()  # type: ignore[attr-defined]  # the server opens its own, with its own options


def close_files() -> None:
    database = None if settings.POSTGRESQL else Path(connection.settings_dict["NAME"]).absolute()
    private_files.close_to_others(settings.DATA_DIR, database)


def warn_of_settings() -> None:
    """Warn of settings that are valid, but hardly as intended."""
    if settings.HOST in settings.EVERYWHERE and not env.text("ALLOWED_HOSTS"):
        logger.warning(
            "HOST=%s listens on every network, but without ALLOWED_HOSTS the server answers on this machine only: "
            "set ALLOWED_HOSTS to the names or addresses that people reach it by",
            settings.HOST,
        )
    if "*" in settings.ALLOWED_HOSTS and not settings.ALLOWED_ORIGINS:
        logger.warning(
            "with ALLOWED_HOSTS=* and no ALLOWED_ORIGINS, links in mails lead to %s, as a request could claim any "
            "name: set ALLOWED_ORIGINS to where people reach the server, such as https://chat.example.org",
            settings.LOCAL_ORIGIN,
        )


def check_tables() -> None:
    """Raises `CommandError` if a migration of this release has not run. Those of a later release may have."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not executor.loader.applied_migrations:
        raise CommandError(f"The database of DATABASE_URL is empty: its tables are not made yet. {MIGRATE}")
    if missing:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing)
        raise CommandError(f"The database is older than this release; it lacks {names}. {MIGRATE}")


def offer_administration() -> None:
    """Print a link to create the first administrator. Not logged, as it is a secret."""
    origin = [*settings.ALLOWED_ORIGINS, settings.LOCAL_ORIGIN][0]
    link = f"{origin}{reverse('page-administrator')}?{urlencode({'token': administrator.token()})}"
    sys.stderr.write(
        f"This server has no administrator yet. To become one, open this link; it works once:\n  {link}\n"
    )
    sys.stderr.flush()
