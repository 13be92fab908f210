"""Every measure of every area, in one place that needs no Django, so that gates can be checked against it."""

from __future__ import annotations

from benchmarks.measures import Measure

SCOPES = ("county", "township", "village")
SCOPE_QUERIES = {
    "page1": "first 50 of the place in list order",
    "newest": "newest 50",
    "count": "count(*)",
    "by_village": "count grouped by village",
}


def _scope() -> tuple[Measure, ...]:
    return tuple(
        Measure(f"scope.{query}.{place}", "P8", f"{label}, {place}: wall / plain filter without row-level security")
        for query, label in SCOPE_QUERIES.items()
        for place in SCOPES
    )


PROMISES: dict[str, tuple[Measure, ...]] = {
    "scope": _scope(),
    "history": (
        Measure("history.update.person", "P12", "update of many persons: with history / no trigger"),
        Measure("history.update.spell", "P12", "update of many spells: with history / no trigger"),
        Measure("history.insert.spell", "P12", "insert of many spells: with history / no trigger"),
        Measure("history.marks.update", "", "update of many spells: history and stale marks / no trigger"),
        Measure("history.marks.insert", "", "insert of many spells: history and stale marks / no trigger"),
        Measure("history.one.spell", "", "update of one spell: with history / no trigger"),
    ),
}
