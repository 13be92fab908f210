"""Arithmetic on month masks (bit 0 = January) as Django expressions."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Func, IntegerField, Value, When
from django.db.models.lookups import Exact

MONTHS = 12


class MonthCount(Func):
    """How many months a mask holds."""

    template = "bit_count((%(expressions)s)::int::bit(12))::int"
    arity = 1
    output_field = IntegerField()


class BitAnd(Func):
    """Months that are in both masks."""

    template = "(%(expressions)s)"
    arg_joiner = " & "
    output_field = IntegerField()


class Without(Func):
    """Months of the first mask that are not in the second."""

    template = "(%(expressions)s)"
    arg_joiner = " & ~"
    arity = 2
    output_field = IntegerField()


class ShiftedRun(Func):
    """Zero unless the mask holds a run of `length` months."""

    arity = 1
    output_field = IntegerField()

    def __init__(self, mask: Any, length: int, **extra: Any) -> None:
        super().__init__(mask, **extra)
        self.length = length

    def as_sql(  # type: ignore[override]  # the stubs list Func's template arguments
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        part, params = compiler.compile(self.source_expressions[0])
        terms = [f"({part})::int >> {step}" for step in range(self.length)]
        return "((" + ") & (".join(terms) + "))", list(params) * self.length


def longest_run(mask: Any) -> Case:
    """Length of the longest unbroken run of months inside one year; 0 for an empty mask."""
    runs = [When(~Exact(ShiftedRun(mask, length), 0), then=Value(length)) for length in range(MONTHS, 0, -1)]
    return Case(*runs, default=Value(0), output_field=IntegerField())
