"""Settling: what a transaction made stale is put right before it commits, or left to a job when it is too much."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import transaction

from kernel.divisions.codes import WIDTH, Range, range_of
from kernel.jobs.models import Job
from kernel.jobs.services import enqueue
from kernel.wall.scope import Touched, settling
from labour.services import refresh_years, register_years
from subsidies.programs import programs_for
from subsidies.services.recalculation import Changes, recalculate_some
from subsidies.statements import run_prepared

FEW = 100
"""Up to so many persons are put right inside the transaction that changed them."""

# From here on the transaction plans nothing twice: for one person planning costs ten times the work (SPEED 1.3).
SETTLE_FEW = """
SELECT s.of_county, s.few, s.people, s.years, s.employers, s.places, s.place_years, s.versions,
       set_config('plan_cache_mode', 'force_generic_plan', true)
FROM subsidies_settle_few(%(most)s) AS s
"""
TAKE_PLACE = """
WITH taken AS (
    DELETE FROM labour_stalemark WHERE id IN (
        SELECT id FROM labour_stalemark WHERE village_id >= %(lo)s AND village_id < %(hi)s FOR UPDATE SKIP LOCKED)
    RETURNING person_id, year, village_id
)
SELECT DISTINCT person_id, year, village_id FROM taken
"""
WAITING = """
SELECT DISTINCT village_id / 1000 * 1000 FROM labour_stalemark
WHERE village_id >= %(lo)s AND village_id < %(hi)s ORDER BY 1
"""
EMPLOYERS = "SELECT DISTINCT employer_id FROM labour_workeryear WHERE person_id = ANY (%(ids)s::bigint[])"
PEOPLE = "SELECT id FROM labour_person WHERE village_id >= %(lo)s AND village_id < %(hi)s"
# Two transactions that change two workers of one employer must count its heads one after the other.
LOCK_EMPLOYERS = """
SELECT count(pg_advisory_xact_lock(e * 10 + 3)) FROM (SELECT unnest(%(ids)s::bigint[]) AS e ORDER BY 1) AS s
"""


class Mark(NamedTuple):
    """A person whose year rows may be stale; `year` None for all, `person` None for a whole village."""

    person: int | None
    year: int | None
    village: int


class Settled(NamedTuple):
    """What `subsidies_settle_few` did in one county: the columns of that function."""

    county: int
    few: bool
    people: list[int]
    years: list[int] | None
    employers: list[int]
    places: list[int] | None
    place_years: list[int] | None
    versions: str | None


def settle(touched: Touched) -> None:
    """First settler: year rows and entitlements for what this transaction changed, up to a hundred persons.

    More, or marks of whole villages, stay; a job for the county is rung when the transaction commits. An editor's scope
    may be one village while an employer's award lies above it, so this looks at the editor's county.
    """
    with settling():
        for row in (Settled(*found[:-1]) for found in run_prepared(SETTLE_FEW, {"most": FEW})):
            if not row.few:
                enqueue("subsidies.settle", division=row.county)
                continue
            programs = programs_for(row.county, row.years, stamp=row.versions)
            changes = recalculate_some(programs, person_ids=row.people, employer_ids=row.employers)
            touched |= set(zip(row.places or (), row.place_years or (), strict=True))
            touched |= places_touched(row.county, changes, {year for _program, years in programs for year in years})


def bring_up_to_date(county: int, marks: Collection[Mark], span: Range | None = None) -> Touched:
    """Refresh the year rows behind some marks, then the entitlements of those persons and of their employers.

    Employers are those of before and of after. With `span` everybody in those villages counts as marked. Returns the
    places and years changed.
    """
    years = _years(marks)
    people = _people(marks, span)
    before = _employers(people)
    touched = refresh_years(person_ids=people, years=years) if span is None else refresh_years(span=span, years=years)
    employers = before | _employers(people)
    if employers:
        run_prepared(LOCK_EMPLOYERS, {"ids": sorted(employers)})
    programs = programs_for(county, years)
    changes = recalculate_some(programs, person_ids=people, employer_ids=employers)
    return touched | places_touched(county, changes, {year for _program, chosen in programs for year in chosen})


def places_touched(county: int, changes: Changes, years: Iterable[int]) -> Touched:
    """Where figures of entitlements may have moved: the villages, and the county itself for county-only figures."""
    if not changes.total:
        return set()
    return {(place, year) for year in years for place in changes.places | {county}}


def _years(marks: Collection[Mark]) -> list[int] | None:
    years = {mark.year for mark in marks}
    return None if None in years else sorted(year for year in years if year is not None)


def _people(marks: Collection[Mark], span: Range | None) -> list[int]:
    marked = {mark.person for mark in marks if mark.person is not None}
    if span is not None:
        marked |= {person for (person,) in run_prepared(PEOPLE, {"lo": span.lo, "hi": span.hi})}
    return sorted(marked)


def _employers(people: list[int]) -> set[int]:
    return {employer for (employer,) in run_prepared(EMPLOYERS, {"ids": people})}


def waiting_townships(county: int) -> list[int]:
    """Codes of townships with marks that nobody has worked off, in order."""
    lo, hi = range_of(county, "county")
    return [code for (code,) in run_prepared(WAITING, {"lo": lo, "hi": hi})]


@transaction.atomic
def settle_township(*, county: int, township: int) -> Touched:
    """Work off the marks of one township, one transaction. Marks another worker holds are left to it."""
    span = Range(township, township + WIDTH["township"])
    marks = [Mark(*row) for row in run_prepared(TAKE_PLACE, {"lo": span.lo, "hi": span.hi})]
    if not marks:
        return set()
    whole = any(mark.person is None for mark in marks) or len({mark.person for mark in marks}) > FEW * 10
    touched = bring_up_to_date(county, marks, span if whole else None)
    # Year rows that moved with their people differ from nothing: a marked village is measured whatever was written.
    kept = register_years(county=county)
    return touched | {
        (mark.village, year)
        for mark in marks
        if mark.person is None
        for year in (kept if mark.year is None else [mark.year])
    }


def enqueue_waiting(*, county: int) -> Job | None:
    """Put the settling of a county on the list when marks wait there; None when there are none."""
    return enqueue("subsidies.settle", division=county) if waiting_townships(county) else None
