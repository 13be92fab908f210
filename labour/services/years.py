"""Year rows: brought up to date for some people or a range of villages, compared with a full rebuild, moved on in time.

The computation is one statement in the database (`labour/migrations/0009_cheaper_year_rows.py`), the same one for all three.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import connection, transaction

from kernel.clock import today
from kernel.divisions.codes import WIDTH, Range
from kernel.divisions.models import Division
from labour.models import CountyRegister

ALL_YEARS = (0, 9999)


class YearDifference(NamedTuple):
    """One year row that is not what the raw facts say. `found` is None when it is missing, `wanted` when it is too many."""

    village: int
    year: int
    table: str
    pk: int | None
    person: int | None
    found: dict[str, Any] | None
    wanted: dict[str, Any] | None


@transaction.atomic(savepoint=False)
def refresh_years(
    *, person_ids: Collection[int] | None = None, span: Range | None = None, years: Collection[int] | None = None
) -> set[tuple[int, int]]:
    """Bring PersonYear and WorkerYear up to date for these people, or for everybody in a range of villages.

    Reads spells, people, the county's standard and its register; writes only rows that differ, and nothing at all when
    none does. Returns the (village, year) pairs in which a row was written, and for `person_ids` also the villages that
    people left or came to in this transaction. Obeys the open scope; exactly one of
    `person_ids` and `span` is given, else ValueError. `years` narrows it (None: every year of the register).
    """
    if (person_ids is None) == (span is None):
        raise ValueError("refresh_years needs person_ids or span, not both")
    first, last = (min(years), max(years)) if years else ALL_YEARS
    with connection.cursor() as cursor:
        if person_ids is not None:
            cursor.execute(
                "SELECT village, year FROM labour_refresh_people(%s::bigint[], %s, %s)", [list(person_ids), first, last]
            )
            return set(cursor.fetchall())
        touched: set[tuple[int, int]] = set()
        for part in _by_county(span):
            cursor.execute("SELECT village, year FROM labour_refresh_span(%s, %s, %s, %s)", [*part, first, last])
            touched.update(cursor.fetchall())
        return touched


def compare_years(span: Range, year: int | None = None) -> list[YearDifference]:
    """Every year row in a range that differs from a full rebuild out of the raw facts. Writes nothing; one year or all."""
    first, last = (year, year) if year else ALL_YEARS
    found: list[YearDifference] = []
    with connection.cursor() as cursor:
        for part in _by_county(span):
            cursor.execute(
                "SELECT village, year, source, id, person, found, wanted FROM labour_compare_span(%s, %s, %s, %s)",
                [*part, first, last],
            )
            for village, at, table, pk, person, was, wanted in cursor.fetchall():
                found.append(YearDifference(village, at, table, pk, person, _row(was), _row(wanted)))
    return found


def _row(text: str | None) -> dict[str, Any] | None:
    return json.loads(text) if text else None


def rebuild_years(span: Range, year: int) -> list[YearDifference]:
    """The nightly proof: compare one year of a range with a full rebuild, put right what differs, return the differences.

    Each is a defect of the incremental path. Time passing is none: year rows speak of the register's `as_of`, which
    only `advance_register` moves. So the night runs this first and that second.
    """
    differences = compare_years(span, year)
    if differences:
        refresh_years(span=span, years=[year])
    return differences


@transaction.atomic
def open_register(*, county: Division, first_year: int, as_of: dt.date | None = None) -> CountyRegister:
    """Keep year rows for a county from `first_year` on; a later first year than the present one changes nothing.

    Needs a scope that covers the county. Refreshes the county at once when the first year moved.
    """
    register, created = CountyRegister.objects.get_or_create(
        county=county, defaults={"first_year": first_year, "as_of": as_of or today()}
    )
    if created or first_year < register.first_year:
        register.first_year = min(first_year, register.first_year)
        register.save(update_fields=["first_year"])
        refresh_years(span=county.range)
    return register


@transaction.atomic
def advance_register(*, county: Division, day: dt.date | None = None) -> set[tuple[int, int]]:
    """Let a county's year rows speak of `day` (default: the business day): open spells gain their months, people age.

    A new year begins its rows here. Returns the (village, year) pairs that changed, empty when the day is the same.
    """
    day = day or today()
    register = CountyRegister.objects.filter(county=county).first()
    if register is None or register.as_of == day:
        return set()
    years = range(min(register.as_of, day).year, max(register.as_of, day).year + 1)
    register.as_of = day
    register.save(update_fields=["as_of"])
    return refresh_years(span=county.range, years=years)


def register_years(*, county: int) -> list[int]:
    """The years for which a county has year rows; none for a county that is not set up."""
    register = CountyRegister.objects.filter(county=county).first()
    return [] if register is None else list(range(register.first_year, register.as_of.year + 1))


def _by_county(span: Range | None) -> list[Range]:
    """The range itself within one county, else its counties: bounds memory, keeps the locks to one county each."""
    if span is None:
        return []
    if span.hi - span.lo <= WIDTH["county"]:
        return [span]
    counties = Division.objects.at("county").within(span).values_list("pk", flat=True)
    return [Range(code, code + WIDTH["county"]) for code in counties]
