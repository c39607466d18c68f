"""Queries that Django compiles to SQL once.

Building and compiling a queryset takes about a millisecond, several times what the database needs for a few rows.
Only queries of every request or page of history are worth this; all others are ordinary querysets.
"""

import json
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar, overload
from uuid import UUID

import msgspec
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BooleanField, DateTimeField, IntegerField, JSONField, QuerySet
from django.db.models.expressions import Col, RawSQL


class Ids(tuple[int, ...]):
    """Ids as one parameter, for `among`."""


class UUIDs(tuple[UUID, ...]):
    """UUIDs as one parameter, for `among`."""


Parameter = int | Ids | UUIDs
Row = TypeVar("Row")
Converter = Callable[[Any], Any]  # from the database's value to Python's; not called for None
#: Stands for the first parameter while the query is compiled; the next numbers stand for the others.
FIRST = 7_070_707_070_707


class Plan(NamedTuple):
    sql: str
    sql_of_sqlite: str  # with `?` for `%s`, and `%` for `%%`
    parameters: list[Any]
    places: list[tuple[int, int]]  # (index in `parameters`, number of the parameter that goes there)
    rows_of: Callable[[list[tuple[Any, ...]]], list[Any]]  # converts the values to Python's

    def fetch(self, parameters: list[Any]) -> list[tuple[Any, ...]]:
        """Run the query. On SQLite this bypasses Django's cursor, unless queries are logged or counted by a test: the
        cursor scans the SQL for `%s` each time, an eighth of the work of a page of history."""
        own: Any = connections[DEFAULT_DB_ALIAS]
        if own.vendor != "sqlite" or own.queries_logged or own.execute_wrappers:
            with own.cursor() as cursor:
                cursor.execute(self.sql, parameters)
                return cursor.fetchall()
        own.ensure_connection()
        own.validate_no_broken_transaction()
        with own.wrap_database_errors:
            return own.connection.execute(self.sql_of_sqlite, parameters).fetchall()


class Compiled(Generic[Row]):
    """`build` returns a `values_list` for its parameters, and for a `shape` that changes the SQL itself (a limit).

    Rows are lists, or the results of `row`, which is called with their values.
    Parameters are integers, `Ids` and `UUIDs`. `build` gets placeholders, so it may only use them within the query (in
    an `F` expression, in `among`). Raises `TypeError` otherwise.
    """

    @overload
    def __init__(
        self: "Compiled[list[Any]]",
        build: Callable[..., QuerySet[Any, Any]],
        kinds: tuple[type[Parameter], ...],
    ) -> None: ...

    @overload
    def __init__(
        self,
        build: Callable[..., QuerySet[Any, Any]],
        kinds: tuple[type[Parameter], ...],
        row: Callable[..., Row],
    ) -> None: ...

    def __init__(
        self,
        build: Callable[..., QuerySet[Any, Any]],
        kinds: tuple[type[Parameter], ...],
        row: Callable[..., Any] | None = None,
    ) -> None:
        self._build = build
        self._kinds = kinds
        self._row = row
        self._plans: dict[Hashable, Plan] = {}

    def __call__(self, *values: Parameter, shape: int | None = None) -> list[Row]:
        key = connection.vendor, shape
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._compile(shape)
        parameters = plan.parameters.copy()
        for index, number in plan.places:
            parameters[index] = _for_database(values[number])
        return plan.rows_of(plan.fetch(parameters))

    def _compile(self, shape: int | None) -> Plan:
        stands = [_stand(kind, FIRST + number) for number, kind in enumerate(self._kinds)]
        query = self._build(*stands) if shape is None else self._build(*stands, shape=shape)
        compiler = query.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        numbers = {_for_database(stand): number for number, stand in enumerate(stands)}
        places = [(index, numbers[value]) for index, value in enumerate(parameters) if value in numbers]
        if {number for _, number in places} != set(numbers.values()):
            raise TypeError("a parameter does not stand in the query as it was given")
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        found = {column: _converter(*how) for column, how in converters.items()}
        needed = {column: convert for column, convert in found.items() if convert is not None}
        rows_of = _reader(compiler.col_count, needed, self._row)
        return Plan(sql, sql % (("?",) * len(parameters)), list(parameters), places, rows_of)


def _reader(
    count: int, converters: dict[int, Converter], make: Callable[..., Any] | None
) -> Callable[[list[tuple[Any, ...]]], list[Any]]:
    """A function that makes rows of `count` values each: one comprehension, with the conversions written out in it.

    Half the time of going through the rows again for each column. (`namedtuple` and `dataclass` make theirs this way.)
    """
    columns = [f"v{column}" for column in range(count)]
    values = ", ".join(
        f"None if {name} is None else c{column}({name})" if column in converters else name
        for column, name in enumerate(columns)
    )
    row = f"[{values}]" if make is None else f"make({values})"
    names = {"make": make, **{f"c{column}": convert for column, convert in converters.items()}}
    source = f"lambda rows: [{row} for {', '.join(columns)}, in rows]"
    return eval(source, names)  # noqa: S307 (built from column numbers only)


def among(ids: Ids | UUIDs) -> RawSQL:
    """For `…__in=`: one parameter for any number of ids, so that the SQL stays the same.

    On PostgreSQL an array, not JSON: the planner sees its length. It estimated JSON at a hundred rows, and read every
    membership to find the chats of one person.
    """
    if connection.vendor != "postgresql":
        sql = "SELECT value FROM json_each(%s)"
    elif isinstance(ids, UUIDs):
        sql = "SELECT unnest(%s::uuid[])"
    else:
        sql = "SELECT unnest(%s::bigint[])"
    return RawSQL(sql, [_for_database(ids)])  # noqa: S611 (the SQL is one of these three)


def among_pairs(one: str, other: str, ones: Ids, others: Ids) -> RawSQL:
    """A condition for `filter`: the columns `one` and `other` are a pair of these, which stand at equal places."""
    if connection.vendor == "postgresql":
        pairs = "SELECT * FROM unnest(%s::bigint[], %s::bigint[])"
    else:
        pairs = "SELECT a.value, b.value FROM json_each(%s) a JOIN json_each(%s) b ON a.key = b.key"
    sql = f"({one}, {other}) IN ({pairs})"
    return RawSQL(sql, [_for_database(ones), _for_database(others)], BooleanField())  # noqa: S611 (no input in it)


def _converter(steps: list[Callable[..., Any]], expression: Any) -> Converter | None:
    """One function for Django's conversions of a column's values to Python's.

    Times and JSON have faster ones: pages of history are full of them, and Django's took a fifth of such a request.
    None for integers, which both drivers return as `int`; Django converts them again because of sums on PostgreSQL.
    """
    if isinstance(expression.output_field, IntegerField) and not expression.contains_aggregate:
        return None
    if isinstance(expression, Col) and isinstance(expression.output_field, JSONField):
        return msgspec.json.decode
    if isinstance(expression, Col) and isinstance(expression.output_field, DateTimeField):
        return _in_utc

    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value, expression, connection)
        return value

    return convert


def _in_utc(value: datetime) -> datetime:
    """Needed on SQLite only, whose times are UTC but naive. `replace` takes four times as long."""
    return datetime.combine(value.date(), value.time(), UTC)


def _stand(kind: type[Parameter], number: int) -> Parameter:
    if kind is UUIDs:
        return UUIDs([UUID(int=number)])
    return Ids([number]) if kind is Ids else number


def _for_database(value: Parameter) -> int | str:
    if not isinstance(value, tuple):
        return value
    if connection.vendor == "postgresql":
        return "{" + ",".join(map(str, value)) + "}"
    return json.dumps([one.hex if isinstance(one, UUID) else one for one in value])
