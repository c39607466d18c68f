"""Operations for migrations of a database in use."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class AddIndexInUse(AddIndexConcurrently):  # type: ignore[misc, no-any-unimported, unused-ignore]
    """On PostgreSQL people go on writing meanwhile. SQLite knows no such thing, and is quick."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        kind = (
            AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else migrations.AddIndex
        )
        kind.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        kind = (
            AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else migrations.AddIndex
        )
        kind.database_backwards(self, app_label, schema_editor, from_state, to_state)
