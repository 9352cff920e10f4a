"""ORM queries that are compiled once: the ORM says what is asked and converts the answer, and only values change.

Compiling takes the ORM several times as long as the database takes to answer, and it compiles anew at each call. That
matters where every call of the API passes, and nowhere else. `core.statements` runs what was compiled.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet

from apps.core import statements

_MOST_PLANS = 500


@dataclass(frozen=True, slots=True)
class _Plan:
    sql: str
    constants: tuple[Any, ...]
    # Which parameter is which value, and in which form the database backend wants it.
    slots: tuple[tuple[int, int, Callable[[Any], Any]], ...]
    converters: tuple[tuple[int, tuple[Callable[..., Any], ...], Any], ...]


class Prepared:
    """A query whose SQL is made at its first use, and which reads only.

    `build(*shape, **values)` returns a `values_list()` query. It is called once for each shape and each length of the
    lists among the values, with stand-ins in place of the values, which it must do nothing with but compare columns.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._plans: dict[Hashable, _Plan] = {}

    def __call__(self, *shape: Hashable, **values: Any) -> list[tuple[Any, ...]]:
        """Run the query and return its rows, converted as the ORM converts them."""
        lengths = [len(value) for value in values.values() if isinstance(value, list)]
        key = (shape, *values, *lengths)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = self._compile(shape, values)
        return _run(plan, _flat(values))

    def _compile(self, shape: Sequence[Hashable], values: dict[str, Any]) -> _Plan:
        samples = {name: _sample(value) for name, value in values.items()}
        query = self._build(*shape, **samples).query
        compiler = query.get_compiler(connection=connection)
        sql, constants = compiler.as_sql()
        flat = _flat(samples)
        slots = []
        for place, constant in enumerate(constants):
            for number, sample in enumerate(flat):
                form = _form(sample, constant)
                if form is not None:
                    slots.append((place, number, form))
        if {number for _, number, _ in slots} != set(range(len(flat))):
            raise ValueError("A value of a prepared query does not reach the database.")
        expressions = [expression for expression, _, _ in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(expressions)
        return _Plan(
            sql,
            tuple(constants),
            tuple(slots),
            tuple((place, tuple(found), expression) for place, (found, expression) in converters.items()),
        )


def _flat(values: dict[str, Any]) -> list[Any]:
    flat: list[Any] = []
    for value in values.values():
        if isinstance(value, list):
            flat.extend(value)
        else:
            flat.append(value)
    return flat


def _sample(value: Any) -> Any:
    """A stand-in of the same type that no constant of the query can be equal to."""
    if isinstance(value, list):
        return [_sample(item) for item in value]
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, str):
        return uuid4().hex
    if isinstance(value, date):
        return date.min + timedelta(days=uuid4().int % 300_000)
    if isinstance(value, int):
        return uuid4().int >> 66
    raise TypeError(f"A prepared query takes no {type(value).__name__}.")


def _same(value: Any) -> Any:
    return value


def _hex(value: UUID) -> str:
    return value.hex


def _form(sample: Any, constant: Any) -> Callable[[Any], Any] | None:
    """In which form the backend has put a stand-in among the parameters; None if this is not it."""
    if type(constant) is type(sample) and constant == sample:
        return _same
    if isinstance(sample, int) and isinstance(constant, int) and constant == sample:
        # psycopg's driver gets integers as Int2, Int4 or Int8, so that the server knows their size.
        return type(constant)
    if isinstance(sample, UUID) and constant == sample.hex:
        return _hex
    if isinstance(sample, date | UUID) and constant == str(sample):
        return str
    return None


def _run(plan: _Plan, flat: list[Any]) -> list[tuple[Any, ...]]:
    parameters = list(plan.constants)
    for place, number, form in plan.slots:
        parameters[place] = form(flat[number])
    rows = _fetch(plan.sql, parameters)
    if not plan.converters:
        return rows
    converted = []
    for row in rows:
        cells = list(row)
        for place, converters, expression in plan.converters:
            for convert in converters:
                cells[place] = convert(cells[place], expression, connection)
        converted.append(tuple(cells))
    return converted


def _fetch(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    """Read; where the database has dropped the connection since its last use, once more on a new one.

    That replaces the question whether the connection still lives, which would be a round trip before every call.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]  # Django's, unknown to its stubs
    try:
        return statements.run(sql, parameters)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
    connection.close()
    return statements.run(sql, parameters)
