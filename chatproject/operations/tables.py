"""All rows of a database of either engine: read from one snapshot, loaded in one transaction.

The tables are those of the applied migrations, not of the current models: a database that still has to be migrated can
be read, and an older backup be loaded.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.management.color import no_style
from django.db import DatabaseError, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.models import Count, Max
from django.db.models.functions import Now

from chat.log import index
from chat.models import PROCESS_GONE

Migrations = set[tuple[str, str]]
Row = Sequence[object]
Rows = Callable[["Table"], Iterable[Row]]
Report = Callable[[str, int], None]  # (what, how many more)

#: Running processes and sockets, and the epoch: meaningless in another database.
RUNTIME = {"chat.serverprocess", "chat.connection", "chat.epoch", "accounts.waitingmail"}
CHUNK = 2000  # rows
#: Kinds of fields whose values in JSON are those that SQLite stores.
PLAIN = set(
    "AutoField BigAutoField SmallAutoField BigIntegerField IntegerField SmallIntegerField PositiveIntegerField "
    "PositiveBigIntegerField PositiveSmallIntegerField BooleanField FloatField CharField TextField SlugField FileField "
    "GenericIPAddressField".split()
)
BEGIN = {
    "sqlite": "BEGIN",  # in WAL mode a reader neither waits for writers nor delays them
    "postgresql": "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
}
UNHURRIED = (
    "SELECT set_config(name, '0', false) FROM pg_settings "
    "WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')"
)
SERVED = (
    "A server is running on this database. Stop it first; one that was killed counts as running for "
    f"{PROCESS_GONE.seconds} seconds more."
)


class Trouble(Exception):
    """An obstacle, as a sentence for the operator that says what to do next."""


@dataclass(frozen=True)
class Table:
    """A model's table at the applied migrations."""

    model: type[models.Model]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def fields(self) -> list[models.Field]:
        """The stored fields; generated ones are computed by the database."""
        return [one for one in self.model._meta.local_concrete_fields if not getattr(one, "generated", False)]

    @property
    def columns(self) -> list[str]:
        return [field.column or field.attname for field in self.fields]

    @property
    def is_kept(self) -> bool:
        return self.model._meta.label_lower not in RUNTIME


class Database:
    """An open connection, and the models at the migrations applied there.

    Raises Trouble if this version doesn't have some of these migrations.
    """

    def __init__(self, connection: BaseDatabaseWrapper, migrations: Migrations | None = None) -> None:
        """`migrations`: use these instead of the applied ones."""
        self.connection = connection
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(UNHURRIED)
        loader = MigrationLoader(connection)
        self.migrations: Migrations = set(loader.applied_migrations) if migrations is None else migrations
        self.known: Migrations = set(loader.disk_migrations)
        if unknown := self.migrations - self.known:
            raise Trouble(f"it has changes that this version doesn't know ({'.'.join(sorted(unknown)[0])})")
        apps = loader.project_state(sorted(self.migrations & set(loader.graph.nodes))).apps
        self.models = {one._meta.label_lower: one for one in apps.get_models(include_auto_created=True)}
        self.all = [Table(model) for model in self.models.values()]
        self.tables = [table for table in self.all if table.is_kept]

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever made in it."""
        return not self.migrations

    def query(self, label: str) -> models.QuerySet:
        return self.models[label]._base_manager.using(self.connection.alias)

    def count(self, table: Table) -> int:
        return table.model._base_manager.using(self.connection.alias).count()

    def is_served(self) -> bool:
        """Whether a server process had a heartbeat within the last half minute."""
        if "chat.serverprocess" not in self.models:
            return False
        return self.query("chat.serverprocess").filter(heartbeat_at__gt=Now() - PROCESS_GONE).exists()

    def people(self) -> int:
        return self.query("accounts.user").count() if "accounts.user" in self.models else 0

    def messages(self) -> int:
        return self.query("chat.message").count() if "chat.message" in self.models else 0

    def contents(self) -> str:
        """Such as "20 people and 3,000 messages"."""
        return f"{counted(self.people(), 'person', 'people')} and {counted(self.messages(), 'message', 'messages')}"

    def chats(self) -> str:
        """A hash of each chat's counters, number of messages and last `seq`: a different hash means that data was
        lost."""
        found = hashlib.sha256()
        chats = self.query("chat.chat").annotate(count=Count("messages"), last=Max("messages__seq"))
        rows = chats.order_by("pk").values_list("pk", "last_seq", "version", "count", "last")
        for row in rows.iterator(CHUNK):
            found.update(repr(tuple(row)).encode())
        return found.hexdigest()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """A context manager in which all reads see one snapshot; others may go on writing."""
        with self.connection.cursor() as cursor:
            cursor.execute(BEGIN[self.connection.vendor])
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")

    def rows(self, table: Table) -> Iterator[Row]:
        """The table's rows by primary key, some thousands in memory at a time."""
        names = [field.attname for field in table.fields]
        every = table.model._base_manager.using(self.connection.alias).order_by("pk")
        return every.values_list(*names).iterator(CHUNK)

    def take_epoch(self, source: "Database") -> None:
        """Take over the epoch of another database whose rows were moved here."""
        for uuid, began_at in source.query("chat.epoch").values_list("uuid", "began_at"):
            self.query("chat.epoch").create(pk=1, uuid=uuid, began_at=began_at)

    def load(self, rows: Rows, counts: dict[str, int], chats: str, report: Report) -> None:
        """Replace all rows by these, in one transaction. Raises Trouble.

        `counts`, by table, and `chats` are the results expected afterwards.
        """
        connection, doing = self.connection, "the rows"
        try:
            # SQLite would scan all messages for answers to each new one.
            with connection.constraint_checks_disabled(), transaction.atomic(connection.alias):
                self._empty()
                for table in self.tables:
                    doing = f"a row of {table.name}"
                    self._insert(table, rows(table), report)
                doing = "the rows"
                connection.check_constraints()
                self._set_sequences()
                self._compare(counts, chats)
                self._begin_followers()
                self._analyze()
        except DatabaseError as error:
            raise Trouble(
                f"The database refused {doing}, and is as it was before: {error}".strip()
            ) from error

    def _empty(self) -> None:
        flush = self.connection.ops.sql_flush(no_style(), [table.name for table in self.all])
        self.connection.ops.execute_sql_flush(flush)

    def _begin_followers(self) -> None:
        """Free the leases, which are of processes elsewhere, and let the index of words be filled anew: it isn't among
        the models' tables, which were copied."""
        positions = "accounts.followerposition"
        for label in {positions, "chat.followed"} & self.models.keys():
            self.query(label).filter(name=index.FOLLOWER).delete()
        if positions in self.models:
            self.query(positions).update(leased_by=None, leased_until=None)
        with self.connection.cursor() as cursor:
            if index.TABLE in self.connection.introspection.table_names(cursor):
                cursor.execute(f"DELETE FROM {index.TABLE}")  # noqa: S608

    def _insert(self, table: Table, rows: Iterable[Row], report: Report) -> None:
        name, columns = self._quote(table.name), ", ".join(map(self._quote, table.columns))
        chunks = in_chunks(_converted(table, rows, self.connection))
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "postgresql":
                with (
                    self.connection.wrap_database_errors,
                    cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy,
                ):
                    for chunk in chunks:
                        for row in chunk:
                            copy.write_row(row)
                        report(table.name, len(chunk))
            else:
                marks = ", ".join(["%s"] * len(table.columns))
                for chunk in chunks:
                    cursor.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", chunk)  # noqa: S608
                    report(table.name, len(chunk))

    def _set_sequences(self) -> None:
        made = [table.model for table in self.tables]
        with self.connection.cursor() as cursor:
            for statement in self.connection.ops.sequence_reset_sql(no_style(), made):
                cursor.execute(statement)

    def _analyze(self) -> None:
        """Update statistics: PostgreSQL would plan the first queries for empty tables."""
        if self.connection.vendor == "postgresql":
            with self.connection.cursor() as cursor:
                cursor.execute(f"ANALYZE {', '.join(self._quote(table.name) for table in self.tables)}")

    def _compare(self, counts: dict[str, int], chats: str) -> None:
        for table in self.tables:
            found, wanted = self.count(table), counts.get(table.name, 0)
            if found != wanted:
                raise Trouble(f"{table.name} came to {found} rows instead of {wanted}; nothing was changed.")
        if self.chats() != chats:
            raise Trouble("The chats' counters don't match their messages; nothing was changed.")

    def _quote(self, name: str) -> str:
        return self.connection.ops.quote_name(name)


def counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def in_chunks(rows: Iterable[Row]) -> Iterator[list[Any]]:
    """Lists of CHUNK rows, to bound the memory."""
    rest = iter(rows)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _converted(table: Table, rows: Iterable[Row], connection: BaseDatabaseWrapper) -> Iterator[Row]:
    """Rows from `Database.rows`, possibly after a round trip through JSON, with values that the database accepts."""
    special = [
        (index, convert)
        for index, field in enumerate(table.fields)
        if (convert := _converter(field, connection)) is not None
    ]
    for row in rows:
        values = list(row)
        for place, convert in special:
            values[place] = convert(values[place])
        yield values


def _converter(field: models.Field, connection: BaseDatabaseWrapper) -> Callable[[Any], object] | None:
    kind = field
    while isinstance(kind, models.ForeignKey):
        kind = kind.target_field
    if isinstance(kind, models.JSONField):
        encoder, nullable = kind.encoder, kind.null
        return lambda value: None if value is None and nullable else json.dumps(value, cls=encoder)
    # PostgreSQL reads times, UUIDs and addresses from text by itself.
    if connection.vendor == "postgresql" or kind.get_internal_type() in PLAIN:
        return None
    if isinstance(kind, models.DateTimeField):
        return lambda value: (
            value and value.replace("T", " ").removesuffix("Z")
        )  # UTC, as Django stores times there
    return lambda value: None if value is None else kind.get_db_prep_save(kind.to_python(value), connection)
