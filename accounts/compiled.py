"""Queries that Django compiles to SQL once, and then only runs.

Building a queryset and compiling it takes about a millisecond, several times what the database needs for a few rows.
Only what every request or page of history asks is worth this; everything else is an ordinary queryset.
"""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

Parameter = int | UUID
#: Stands for the first parameter while the query is compiled, the next numbers for the others.
FIRST = 7_070_707_070_707


class Plan(NamedTuple):
    sql: str
    parameters: list[Any]
    places: list[tuple[int, int]]  # (index in `parameters`, number of the parameter that goes there)
    compiler: Any
    converters: Any


class Compiled:
    """`build` makes a `values_list` of its parameters, and of a `shape` that changes the SQL itself (a limit).

    Parameters are whole numbers or UUIDs. What `build` does with them must be part of the query (an `F`
    expression), as it sees stand-ins.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], kinds: tuple[type[Parameter], ...]) -> None:
        self._build = build
        self._kinds = kinds
        self._plans: dict[Hashable, Plan] = {}

    def __call__(self, *values: Parameter, shape: int | None = None) -> list[list[Any]]:
        key = connection.vendor, shape
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._compile(shape)
        parameters = plan.parameters.copy()
        for index, number in plan.places:
            parameters[index] = _for_database(values[number])
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, parameters)
            rows = cursor.fetchall()
        return list(plan.compiler.apply_converters(rows, plan.converters))

    def _compile(self, shape: int | None) -> Plan:
        stands = [
            UUID(int=FIRST + number) if kind is UUID else FIRST + number
            for number, kind in enumerate(self._kinds)
        ]
        query = self._build(*stands) if shape is None else self._build(*stands, shape=shape)
        compiler = query.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        numbers = {_for_database(stand): number for number, stand in enumerate(stands)}
        places = [(index, numbers[value]) for index, value in enumerate(parameters) if value in numbers]
        if {number for _, number in places} != set(numbers.values()):
            raise TypeError("a parameter does not stand in the query as it was given")
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        return Plan(sql, list(parameters), places, compiler, converters)


def _for_database(value: Parameter) -> Any:
    return value.hex if isinstance(value, UUID) and not connection.features.has_native_uuid_field else value
