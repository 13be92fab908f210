"""What history costs: the same statement on the same table with the wall's triggers, with all triggers, with none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from django.db import connections, transaction

from benchmarks.clock import Clock, sessions
from benchmarks.data import county_scope
from benchmarks.ground import Size, superuser
from benchmarks.measures import Reading, reading, require_equal
from benchmarks.rounds import Race, Variant, race

MOST = 10_000
INSERTS = 10_000
INSERT = """
INSERT INTO labour_employmentspell (village_id, person_id, start, "end", area, place_province, place_city, place_county,
    wage_fen, employer_id, employer_name, industry, channel, point_to_point)
SELECT village_id, person_id, start, "end", area, place_province, place_city, place_county, wage_fen, employer_id,
    employer_name || '#', industry, channel, point_to_point
FROM labour_employmentspell WHERE id <= %s AND employer_name NOT LIKE '%%#'
"""
_texts = (f"t{number}" for number in count())


def run(size: Size) -> Iterator[Reading]:
    """Updates of many rows, inserts of many."""
    bench = Bench(min(MOST, size.persons), min(INSERTS, size.persons))
    people = bench.updates("labour_person", "health = %s")  # nothing is derived from it
    spells = bench.updates("labour_employmentspell", "wage_fen = wage_fen + length(%s)")
    inserts = bench.inserts()
    yield reading("history.update.person", people, "history", "none")
    yield reading("history.update.spell", spells, "history", "none")
    yield reading("history.insert.spell", inserts, "history", "none")
    yield reading("history.marks.update", spells, "all", "none", "wages change, so every village is marked")
    yield reading("history.marks.insert", inserts, "all", "none")


class Bench:
    """Runs as the owner, whom no policy binds: only triggers differ between variants."""

    def __init__(self, many: int, inserts: int) -> None:
        self.connection = connections["owner"]
        self.super = superuser(str(self.connection.settings_dict["NAME"]))
        self.super.execute("SET session_replication_role = replica")  # history is append-only for everybody else
        self.many, self.added = many, inserts

    def updates(self, table: str, sets: str) -> Race:
        """One column of many rows changes, versions counted as `RecordQuerySet.update` does."""
        statement = (
            f"UPDATE {table} SET {sets}, version = version + 1, updated_at = statement_timestamp() WHERE id <= %s"
        )
        self._prove(table, statement)
        return self._race(table, lambda: self._write(statement, [next(_texts), self.many]))

    def inserts(self) -> Race:
        """New spells."""
        table = "labour_employmentspell"
        return self._race(table, lambda: self._write(INSERT, [self.added]))

    def _race(self, table: str, write: Callable[[], None]) -> Race:
        def put_back() -> None:
            self._clean(table)
            self.super.execute(f"VACUUM {table}")

        variants = [
            Variant(which, write, before=lambda which=which: self._arm(table, which), after=put_back)
            for which in ("none", "history", "all")
        ]
        found = race(variants, clock=Clock(sessions("owner")))
        self._arm(table, "all")
        return found

    def _arm(self, table: str, which: str) -> None:
        """Only the triggers of a variant are on."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
            changes = [
                f"{'ENABLE' if which == 'all' or (which == 'history' and not name.startswith('mark_')) else 'DISABLE'}"
                f" TRIGGER {name}"
                for (name,) in cursor.fetchall()
            ]
            cursor.execute(f"ALTER TABLE {table} {', '.join(changes)}")

    def _write(self, statement: str, params: list[object]) -> None:
        scope = county_scope(0)
        with transaction.atomic(using="owner"), self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('app.write', 'on', true), set_config('app.act', '1', true), set_config('app.who', %s, true)",
                [scope.who()],
            )
            cursor.execute(statement, params)

    def _clean(self, table: str) -> None:
        self.super.execute(f"TRUNCATE history.{table}, labour_stalemark")
        if table == "labour_employmentspell":
            self.super.execute(f"DELETE FROM {table} WHERE employer_name LIKE '%#'")

    def _prove(self, table: str, statement: str) -> None:
        """Every old row is in the history, unchanged."""
        self._clean(table)
        self._arm(table, "history")
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} WHERE id <= %s ORDER BY id", [self.many])
            before = cursor.fetchall()
            self._write(statement, [next(_texts), self.many])
            cursor.execute(
                "SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
                [table],
            )
            (names,) = cursor.fetchone()
            cursor.execute(f"SELECT {names} FROM history.{table} ORDER BY id")
            require_equal(f"history of {table}", cursor.fetchall(), before)
        self._clean(table)
