"""Statements kept between requests: a page without filters is the same SQL every time, only its position moves.

Building a queryset and compiling it costs Django more than PostgreSQL needs for the whole page (1.1 against 0.3 ms).
So the SQL that Django made is kept with the places of its position values, and run again. The wall is not in it: the
database reads the scope when the statement runs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

MOST_KEPT = 500
# Stand-ins for the position while Django compiles; no real key or code is as large.
MARKS = tuple(9_100_000_000_000_000_001 + number for number in range(4))

_kept: dict[Hashable, Statement] = {}


@dataclass(frozen=True, slots=True)
class Statement:
    """One compiled `values()` query with how its columns are read."""

    sql: str
    params: tuple[Any, ...]
    names: tuple[str, ...]
    compiler: Any
    converters: Any

    def run(self, position: Sequence[int]) -> list[dict[str, Any]]:
        """The rows after a position, as `values()` gives them."""
        told = dict(zip(MARKS, position, strict=False))
        params = [told.get(value, value) if isinstance(value, int) else value for value in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found: Any = cursor.fetchall()
        if self.converters:
            found = self.compiler.apply_converters(found, self.converters)
        names = self.names
        return [dict(zip(names, row, strict=True)) for row in found]


def kept_statement(key: Hashable, make: Callable[[], QuerySet[Any, dict[str, Any]]]) -> Statement:
    """The statement kept under `key`, or the one that `make` gives. `make` uses `MARKS` where the position belongs."""
    statement = _kept.get(key)
    if statement is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        statement = _kept[key] = _compiled(make())
    return statement


def _compiled(rows: QuerySet[Any, dict[str, Any]]) -> Statement:
    query: Any = rows.query
    compiler = query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    expressions = [expression for expression, *_ in compiler.select[: compiler.col_count]]
    names = tuple(query.selected) if query.selected else (*query.values_select, *query.annotation_select)
    return Statement(sql, tuple(params), names, compiler, compiler.get_converters(expressions))
