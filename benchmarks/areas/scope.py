"""The wall against a plain filter: the same statements as the plain role under row-level security, and as a role that
bypasses it with the range in WHERE. One process, two connections, answers compared before times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connections, transaction
from django.db.models import Count, QuerySet

from benchmarks.clock import Clock, sessions
from benchmarks.data import county_code
from benchmarks.ground import Size
from benchmarks.measures import Reading, reading, require_equal
from benchmarks.promises import SCOPES
from benchmarks.rounds import Variant, race
from kernel.divisions.codes import WIDTH, Range
from kernel.wall.scope import Scope, open_scope
from labour.models import Person

COLUMNS = (
    "id", "uid", "village_id", "name", "sex", "birth_date", "relation", "education", "ability", "health", "low_income",
    "job_wish", "updated_at",
)  # fmt: skip
CALLS = {"page1": 150, "newest": 150, "count": 100, "by_village": 60}

Rows = QuerySet[Person, Any]


def queries(county: int) -> dict[str, Rows]:
    """What pages ask, as the product asks it."""
    people = Person.objects.all()
    return {
        "page1": people.order_by("village_id", "id").values_list(*COLUMNS)[:50],
        "newest": people.newest(county).values_list(*COLUMNS)[:50],
        "by_village": people.order_by().values("village_id").annotate(n=Count("pk")).values_list("village_id", "n"),
    }


def places(size: Size) -> dict[str, Range]:
    """A county, a township and a village in the middle of the register."""
    county = county_code(size.counties // 2)
    township, village = county + 108_000, county + 108_210
    return {
        "county": Range(county, county + WIDTH["county"]),
        "township": Range(township, township + WIDTH["township"]),
        "village": Range(village, village + 1),
    }


def run(size: Size) -> Iterator[Reading]:
    """Each query in each scope."""
    found = places(size)
    for place in SCOPES:
        span = found[place]
        scope = Scope(span.lo, span.hi, source="command")
        with transaction.atomic(using="owner"), open_scope(scope):
            for query in CALLS:
                yield _compare(f"scope.{query}.{place}", query, span, scope.county)


def _compare(measure: str, query: str, span: Range, county: int) -> Reading:
    walled, plain = (_statement(query, county, where) for where in (None, span))
    asked = {"wall": asker("default", *walled), "plain filter": asker("owner", *plain)}
    answers = {name: sorted(ask()) for name, ask in asked.items()}
    require_equal(measure, answers["wall"], answers["plain filter"])
    found = race(
        [Variant(name, ask) for name, ask in asked.items()],
        calls=CALLS[query],
        clock=Clock(sessions("default", "owner")),
    )
    return reading(measure, found, "wall", "plain filter", f"{len(answers['wall'])} rows")


def _statement(query: str, county: int, span: Range | None) -> tuple[str, tuple[Any, ...]]:
    if query == "count":
        where = f"WHERE village_id >= {span.lo} AND village_id < {span.hi}" if span else ""
        return f"SELECT count(*) FROM labour_person {where}", ()
    rows = queries(county)[query]
    if span:
        low, high = rows.query.low_mark, rows.query.high_mark
        rows.query.clear_limits()
        rows = rows.filter(village_id__gte=span.lo, village_id__lt=span.hi)
        rows.query.set_limits(low, high)
    return rows.query.sql_with_params()


def asker(using: str, sql: str, params: tuple[Any, ...]) -> Callable[[], list[tuple[Any, ...]]]:
    """Runs one statement on a connection, as Django sends it: constants in the text, planned every time."""
    cursor = connections[using].cursor()

    def ask() -> list[tuple[Any, ...]]:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    return ask
