"""One changed person: marks, year rows and both schemes current in the person's own transaction.

Database time is what the session's server process spends on the processor: planning included, waiting for the disk not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import quantiles
from typing import Any

from django.db import connection, connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from benchmarks.areas.eligibility import JUDGED, judge
from benchmarks.clock import Clock, sessions
from benchmarks.data import county_scope
from benchmarks.ground import Size
from benchmarks.measures import Reading
from benchmarks.rounds import Race, Variant, race
from kernel.wall.scope import Scope, open_scope
from labour.models import EmploymentSpell

OURS = ["subsidies.services.settle"]
SPELLS, BARE = "labour_employmentspell", "benchmark_spell"
COLUMNS = """
SELECT string_agg(quote_ident(attname), ',') FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' AND NOT attisdropped
"""
CALLS = 30


def run(size: Size) -> Iterator[Reading]:
    """One person in a session that has done this before, in a fresh session, a hundred persons; figures as well."""
    bench = Bench()
    yield from bench.one()
    yield from bench.fresh()
    yield from bench.hundred()
    if size.persons <= JUDGED:
        judge(0)
    yield from bench.with_figures()


class Bench:
    """Edits spells of people of the first county, each time another one."""

    def __init__(self) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute(COLUMNS, [SPELLS])
            (names,) = cursor.fetchone()
            cursor.execute(f"CREATE TABLE {BARE} (LIKE {SPELLS} INCLUDING ALL)")
            cursor.execute(f"INSERT INTO {BARE} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {SPELLS}")
            cursor.execute(f"VACUUM ANALYZE {BARE}")
        with open_scope(county_scope(0, write=False)) as scope:
            rows = EmploymentSpell.objects.filter(county=scope.lo, start__year=2019).order_by("uid")
            self.spells = list(rows.values_list("pk", "village_id")[:4_000])
        self.at = 0

    def one(self) -> Iterator[Reading]:
        """The whole edit against the same edit of a copy of the table that has no triggers."""
        found = self._race(self._edit, calls=CALLS)
        p95 = quantiles(self.samples(60), n=20)[18] * 1000
        yield _reading("incremental.one", found, f"{self.statements()} statements; p95 of settled edits {p95:.3f} ms")
        yield _reading("incremental.one.wall", self._race(self._edit, calls=CALLS, own=True))

    def fresh(self) -> Iterator[Reading]:
        """The first edit of a new session: nothing is planned yet."""
        yield _reading("incremental.one.fresh", self._race(self._edit, calls=10, fresh=True))

    def hundred(self) -> Iterator[Reading]:
        """A hundred people in one statement, still settled inside."""
        yield _reading("incremental.hundred", self._race(self._edit_hundred, calls=5))

    def with_figures(self) -> Iterator[Reading]:
        """All settlers of the product: village and county figures too."""
        yield _reading("incremental.one.figures", self._race(self._edit, calls=CALLS, settlers=None))

    def _race(
        self, edit: Callable[[str], None], *, calls: int, fresh: bool = False, own: bool = False,
        settlers: list[str] | None = OURS,
    ) -> Race:  # fmt: skip
        session = Session(own=own, fresh=fresh)
        return race(
            [
                Variant("bare edit", lambda: _settled_by([], edit, BARE), before=session.ready),
                Variant("settled edit", lambda: _settled_by(settlers, edit, SPELLS), before=session.ready),
            ],
            calls=calls,
            clock=session.clock,
        )

    def _edit(self, table: str) -> None:
        pk, village = self.spells[self.at % len(self.spells)]
        self.at += 1
        with open_scope(Scope(village, village + 1, write=True, source="page")), connection.cursor() as cursor:
            self._update(cursor, table, [pk])

    def _edit_hundred(self, table: str) -> None:
        chosen = [self.spells[(self.at + step) % len(self.spells)][0] for step in range(100)]
        self.at += 100
        with open_scope(county_scope(0)), connection.cursor() as cursor:
            self._update(cursor, table, chosen)

    def _update(self, cursor: Any, table: str, pks: list[int]) -> None:
        """What `RecordQuerySet.update` says. The act is there in both variants: the guard that makes it is in one only."""
        cursor.execute("SELECT wall_act()")
        cursor.execute(
            f"UPDATE {table} SET wage_fen = wage_fen + 100, version = version + 1, updated_at = statement_timestamp()"
            " WHERE id = ANY (%s)",
            [pks],
        )

    def samples(self, number: int) -> list[float]:
        """Seconds of single settled edits."""
        session, seconds = Session(own=False, fresh=False), []
        session.ready()
        for _ in range(number):
            start = session.clock()
            _settled_by(OURS, self._edit, SPELLS)
            seconds.append(session.clock() - start)
        return seconds

    def statements(self) -> int:
        """How many statements one settled edit sends."""
        with CaptureQueriesContext(connection) as sent:
            _settled_by(OURS, self._edit, SPELLS)
        return len(sent)


class Session:
    """The clock of the current session's server process; a fresh one for each call when told so."""

    def __init__(self, *, own: bool, fresh: bool) -> None:
        self.own, self.fresh = own, fresh
        self.clock_now = Clock(sessions("default"), own=own)

    def ready(self) -> None:
        """Open a session and learn its process."""
        if self.fresh:
            connection.close()
        self.clock_now = Clock(sessions("default"), own=self.own)

    def clock(self) -> float:
        return self.clock_now()


def _settled_by(settlers: list[str] | None, edit: Callable[[str], None], table: str) -> None:
    if settlers is None:
        edit(table)
        return
    with override_settings(SETTLERS=settlers):
        edit(table)


def _reading(measure: str, found: Race, note: str = "") -> Reading:
    ms = {name: found.ms(name) for name in found.seconds}
    ms["marks, year rows, schemes"] = ms["settled edit"] - ms["bare edit"]
    spread = found.spread("settled edit", "bare edit")
    return Reading(measure, found.ratio("settled edit", "bare edit"), ms, spread, note)
