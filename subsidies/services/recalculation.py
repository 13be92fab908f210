"""Making entitlements equal to what the terms say of the year rows: for some, or for a whole county."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from kernel.audit.services import record
from subsidies.programs import Program, programs_for
from subsidies.statements import run_planned, run_prepared

# The same lock as labour's refresh: whoever works on part of a county holds it shared, whoever works on all, alone.
# A sequential scan would ask the wall's policy for every row; an index, bitmaps too, asks once for the range.
LOCK_COUNTY = "SELECT pg_advisory_xact_lock(%s * 10 + 1), set_config('enable_seqscan', 'off', true)"
AS_BEFORE = "SET LOCAL enable_seqscan TO DEFAULT"


@dataclass(frozen=True)
class Changes:
    """How many entitlements were added, changed and removed, and the division codes where they lie."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    places: frozenset[int] = field(default_factory=frozenset)

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            self.added + other.added,
            self.changed + other.changed,
            self.removed + other.removed,
            self.places | other.places,
        )

    @property
    def total(self) -> int:
        """Rows written."""
        return self.added + self.changed + self.removed


@transaction.atomic(savepoint=False)
def recalculate(
    *,
    county: int,
    year: int,
    person_ids: Collection[int] | None = None,
    employer_ids: Collection[int] | None = None,
    thorough: bool = False,
) -> Changes:
    """Compute every scheme of a county for one year and write only what differs; an unchanged recheck writes nothing.

    Without ids: everybody, alone in the county until commit. With ids: only these persons and employers. Reads year rows,
    which must be up to date; needs a writing scope that covers the county (an employer's workers live in many villages).
    `thorough` compares every stored snapshot of everybody; else digests tell whether a scheme needs that.
    """
    if person_ids is None and employer_ids is None:
        return recalculate_all(programs_for(county, [year]), county, thorough=thorough)
    return recalculate_some(programs_for(county, [year]), person_ids=person_ids or (), employer_ids=employer_ids or ())


def recalculate_some(
    programs: list[tuple[Program, list[int]]], *, person_ids: Collection[int], employer_ids: Collection[int]
) -> Changes:
    """The programs' years for some persons and employers, one statement a program."""
    ids = {"person": sorted(person_ids), "employer": sorted(employer_ids)}
    total = Changes()
    for program, years in programs:
        chosen = ids[program.statement.subject]
        if chosen:
            total += _changes(run_prepared(program.statement.some, {"years": years, "ids": chosen}))
    return total


def recalculate_all(programs: list[tuple[Program, list[int]]], county: int, *, thorough: bool = False) -> Changes:
    """The programs' years for everybody in a county: one question a year which programs may differ, then only those."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_COUNTY, [county])
    total = Changes()
    for year in sorted({year for _program, years in programs for year in years}):
        chosen = [program for program, years in programs if year in years]
        doubtful = {program.terms_id for program in chosen} if thorough else _doubtful(chosen, year)
        for program in chosen:
            if program.terms_id in doubtful:
                total += _changes(run_planned(program.statement.all, {"year": year}))
    with connection.cursor() as cursor:
        cursor.execute(AS_BEFORE)
    return total


def _doubtful(programs: list[Program], year: int) -> set[int]:
    question = " UNION ALL ".join(program.statement.doubt for program in programs)
    return {terms_id for (terms_id,) in run_prepared(question, {"year": year})}


def _changes(rows: list[tuple[Any, ...]]) -> Changes:
    ((added, changed, removed, places),) = rows
    return Changes(added, changed, removed, frozenset(places or ()))


@transaction.atomic
def prove_entitlements(*, county: int, year: int) -> Changes:
    """The nightly proof: a full pass after the year rows were proved. Differences are put right and logged as a defect.

    Returns them; none when the incremental path was right all day.
    """
    changes = recalculate(county=county, year=year, thorough=True)
    if changes.total:
        record(
            "recalculation.difference",
            result="error",
            division=county,
            rows=changes.total,
            detail={
                "table": "subsidies_entitlement",
                "year": year,
                "added": changes.added,
                "changed": changes.changed,
                "removed": changes.removed,
            },
        )
    return changes
