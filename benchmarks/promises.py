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


# In this order they run: what rewrites most comes last, because areas of one size share a database.
PROMISES: dict[str, tuple[Measure, ...]] = {
    "scope": _scope(),
    "search": (
        Measure("search.common", "P8", "frequent name by prefix, county: wall / plain filter"),
        Measure("search.rare", "P8", "rare name by prefix, county: wall / plain filter"),
        Measure("search.pinyin", "P8", "pinyin or initials, county: wall / plain filter"),
    ),
    "lists": (
        Measure("lists.raw", "P10", "page of 50 over HTTP: raw cursor and orjson / the product's list"),
        Measure("lists.default", "P10", "page of 50 over HTTP: default DRF list with count / the product's list"),
        Measure("lists.whole", "", "page of 50 over HTTP: raw cursor and orjson / the whole address with audit"),
        Measure("lists.depth", "P9", "deepest page / page 1"),
        Measure("lists.inprocess", "", "raw cursor and orjson / the product's list, without HTTP"),
    ),
    "eligibility": (
        Measure("eligibility.raw", "P1", "two schemes for everybody from raw facts / bare serial scan of these"),
        Measure("eligibility.raw.loop", "P1", "loop over persons and employers / two schemes from raw facts"),
        Measure(
            "eligibility.raw.growth",
            "P1",
            "growth of the pass from raw facts",
            "exponent",
            ("eligibility.raw", "from raw facts"),
        ),
        Measure("eligibility.recheck", "P2", "recheck of everybody from year rows / bare serial scan of raw facts"),
        Measure("eligibility.recheck.count", "P2", "recheck of everybody from year rows / count(*) of year rows"),
        Measure("eligibility.recheck.loop", "P2", "loop over persons and employers / recheck from year rows"),
        Measure(
            "eligibility.recheck.growth", "P2", "growth of the recheck", "exponent", ("eligibility.recheck", "recheck")
        ),
        Measure("eligibility.unchanged.rows", "P2", "rows written by an unchanged pass from raw facts", "count"),
        Measure("eligibility.unchanged.wal", "P2", "bytes of log written by an unchanged pass from raw facts", "count"),
    ),
    "incremental": (
        Measure(
            "incremental.one",
            "P3",
            "database time: edit of one spell with year rows and both schemes current / bare edit",
        ),
        Measure(
            "incremental.one.growth",
            "P3",
            "growth of what one changed person costs",
            "exponent",
            ("incremental.one", "marks, year rows, schemes"),
        ),
        Measure("incremental.one.fresh", "P3", "database time in a new session: settled edit / bare edit"),
        Measure("incremental.one.wall", "P4", "time of client and database: settled edit / bare edit"),
        Measure("incremental.one.figures", "P6", "database time: settled edit with figures / bare edit"),
        Measure("incremental.hundred", "P3", "database time: a hundred spells settled / bare edit of them"),
        Measure(
            "incremental.hundred.growth",
            "P3",
            "growth of what a hundred changed persons cost",
            "exponent",
            ("incremental.hundred", "marks, year rows, schemes"),
        ),
    ),
    "import": (
        Measure("imports.path", "P11", "workbook to committed rows, all new / its parser alone"),
        Measure("imports.loop", "P11", "openpyxl and save loop / workbook to committed rows"),
        Measure("imports.again", "", "the same file again / its parser alone"),
        Measure("imports.again.rows", "P11", "rows written when the same file comes again", "count"),
    ),
    "history": (
        Measure("history.update.person", "P12", "update of many persons: with history / no trigger"),
        Measure("history.update.spell", "P12", "update of many spells: with history / no trigger"),
        Measure("history.insert.spell", "P12", "insert of many spells: with history / no trigger"),
        Measure("history.marks.update", "", "update of many spells: history and stale marks / no trigger"),
        Measure("history.marks.insert", "", "insert of many spells: history and stale marks / no trigger"),
    ),
}
