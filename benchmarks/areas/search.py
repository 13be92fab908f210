"""Finding people by what was typed into the box, under the wall and with a plain filter."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connections, transaction

from benchmarks.areas.scope import asker, places
from benchmarks.clock import Clock, sessions
from benchmarks.ground import Size
from benchmarks.measures import Reading, reading, require_equal
from benchmarks.rounds import Variant, race
from kernel.wall.scope import Scope, open_scope
from labour.models import Person
from labour.searching import search_people

TYPED = {"common": "王伟", "rare": "罗涵洋", "pinyin": "abc"}
ROWS = 51


def run(size: Size) -> Iterator[Reading]:
    """A county's user looks for a frequent name, a rare one, and by pinyin: first page in the roster's order."""
    span = places(size)["county"]
    scope = Scope(span.lo, span.hi, source="page")
    with transaction.atomic(using="owner"), open_scope(scope):
        clock = Clock(sessions("default", "owner"))
        for case, text in TYPED.items():
            rows = search_people(Person.objects.filter(village__gte=span.lo, village__lt=span.hi), text)
            statement = rows.order_by("village_id", "pk").values_list("pk", "name", "village_id")[:ROWS]
            sql, params = statement.query.sql_with_params()
            asked = {"wall": asker("default", sql, params), "plain filter": asker("owner", sql, params)}
            answers = {name: ask() for name, ask in asked.items()}
            require_equal(case, answers["wall"], answers["plain filter"])
            found = race([Variant(name, ask) for name, ask in asked.items()], calls=100, clock=clock)
            yield reading(f"search.{case}", found, "wall", "plain filter", f"{len(answers['wall'])} rows")
    connections["owner"].close()
