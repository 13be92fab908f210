"""Two schemes for everybody: from the raw facts, and from the year rows, against a bare scan, a count and the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from django.db import connections

from benchmarks import loop
from benchmarks.clock import Clock, sessions
from benchmarks.data import county_scope
from benchmarks.ground import YEAR, Size, superuser
from benchmarks.measures import Reading, reading, require_equal
from benchmarks.rounds import Race, Variant, race
from kernel.divisions.codes import Range
from kernel.wall.scope import open_scope
from labour.models import Employer, Person, PersonYear
from labour.services import refresh_years
from subsidies.models import Entitlement
from subsidies.services import recalculate

LOOP_PERSONS, LOOP_EMPLOYERS = 300, 10
JUDGED = 100_000
SCAN = (
    'SELECT count(*), sum(wage_fen), max(start), max("end"), max(person_id), count(employer_id),'
    " count(*) FILTER (WHERE area = 'county') FROM labour_employmentspell",
    "SELECT count(*), max(birth_date), count(*) FILTER (WHERE sex = '1'), count(*) FILTER (WHERE student = ''),"
    " count(*) FILTER (WHERE ability = 'weak'), count(*) FILTER (WHERE job_wish = 'no') FROM labour_person",
)
COUNT = ("SELECT count(*) FROM labour_personyear",)


def run(size: Size) -> Iterator[Reading]:
    """Equality first, then quiet, then speed."""
    if size.persons <= JUDGED:
        for number in range(size.counties):
            judge(number)
    yield from quiet(size)
    found = race(
        [
            Variant("from raw facts", lambda: from_raw(size)),
            Variant("recheck", lambda: recheck(size)),
            Variant("bare scan", lambda: _plain(SCAN)),
            Variant("count(*) of year rows", lambda: _plain(COUNT)),
        ],
        calls=5 if size.persons <= 4_000 else 1,
        clock=Clock(sessions("default", "owner")),
    )
    yield reading("eligibility.raw", found, "from raw facts", "bare scan")
    yield reading("eligibility.recheck", found, "recheck", "bare scan")
    yield reading("eligibility.recheck.count", found, "recheck", "count(*) of year rows")
    yield from _against_loop(size, found)


def from_raw(size: Size) -> int:
    """Year rows of everybody derived again from raw facts and compared, then both schemes: rows written."""
    written = 0
    for number in range(size.counties):
        with open_scope(county_scope(number)) as scope:
            written += len(refresh_years(span=Range(scope.lo, scope.hi), years=[YEAR]))
            written += recalculate(county=scope.lo, year=YEAR).total
    return written


def recheck(size: Size) -> int:
    """Both schemes for everybody from the year rows: rows written."""
    written = 0
    for number in range(size.counties):
        with open_scope(county_scope(number)) as scope:
            written += recalculate(county=scope.lo, year=YEAR).total
    return written


def judge(number: int) -> None:
    """Entitlements and year rows of a county are those of the loop."""
    with open_scope(county_scope(number, write=False)) as scope:
        persons, employers, years = loop.expected(scope.lo)
        stored = Entitlement.objects.filter(county=scope.lo, year=YEAR).order_by()
        rows = PersonYear.objects.filter(county=scope.lo, year=YEAR).order_by()
        require_equal("outside award", dict(stored.of_persons().values_list("person_id", "amount_fen")), persons)
        require_equal("employer award", dict(stored.of_employers().values_list("employer_id", "amount_fen")), employers)
        found = {
            row[0]: loop.Worked(_months(row[1]), _months(row[2]), row[3], row[4])
            for row in rows.values_list("person_id", "months", "outside_months", "wages_fen", "outside_wages_fen")
        }
        require_equal("year rows", found, years)


def _months(mask: int) -> set[int]:
    return {month for month in range(1, 13) if mask >> (month - 1) & 1}


def quiet(size: Size) -> Iterator[Reading]:
    """An unchanged recheck, from raw facts too, writes no row and no log. The server is ours and idle otherwise."""
    from_raw(size)
    least = (10**9, 10**9)
    with superuser(str(connections["default"].settings_dict["NAME"])) as watch:
        for _ in range(3):  # a snapshot of running transactions may be logged by the server itself in between
            before = _log_position(watch)
            rows = from_raw(size)
            least = min(least, (rows, _log_position(watch) - before))
    yield Reading("eligibility.unchanged.rows", least[0])
    yield Reading("eligibility.unchanged.wal", least[1])


def _log_position(watch: object) -> int:
    row = watch.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()  # type: ignore[attr-defined]
    return int(row[0])


def _plain(statements: tuple[str, ...]) -> None:
    """As the owner, whom no policy binds, without parallel workers."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall()


class _RollBack(Exception):
    """The loop's writes are not kept."""


def _against_loop(size: Size, found: Race) -> Iterator[Reading]:
    with open_scope(county_scope(0, write=False)):
        county = county_scope(0).lo
        persons = list(Person.objects.filter(county=county).order_by("uid").values_list("pk", flat=True)[:LOOP_PERSONS])
        employers = list(
            Employer.objects.filter(county=county).order_by("uid").values_list("pk", flat=True)[:LOOP_EMPLOYERS]
        )
    everybody = size.persons * _timed(lambda: loop.loop_persons(county, persons)) / len(persons)
    employing = max(40, size.persons // 80)
    everybody += employing * _timed(lambda: loop.loop_employers(county, employers)) / len(employers)
    note = f"the loop would do {size.persons / everybody:.0f} persons a second"
    for measure, variant in (("eligibility.raw.loop", "from raw facts"), ("eligibility.recheck.loop", "recheck")):
        ms = {"loop, extrapolated": everybody * 1000, variant: found.ms(variant)}
        yield Reading(measure, everybody * 1000 / found.ms(variant), ms, None, note)


def _timed(work: Callable[[], None]) -> float:
    with suppress(_RollBack), open_scope(county_scope(0)):
        clock = Clock(sessions("default"))
        start = clock()
        work()
        seconds = clock() - start
        raise _RollBack
    return seconds
