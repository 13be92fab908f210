"""Measuring: all figures of a span in one statement, compared first, written only where they differ."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from headquarters.registry import figures
from kernel.divisions.codes import Range
from kernel.figures import Figure

# The desired rows meet the stored ones; only differences are written: vanished deleted, the rest upserted.
STATEMENT = """
WITH desired AS MATERIALIZED ({desired}),
stored AS (
    SELECT id, village_id, figure, numerator, denominator FROM headquarters_figurevalue
    WHERE village_id >= %s AND village_id < %s AND period = %s AND figure = ANY(%s)
),
difference AS MATERIALIZED (
    SELECT s.id, d.figure, d.place, d.numerator, d.denominator FROM desired d
    FULL JOIN stored s ON s.village_id = d.place AND s.figure = d.figure
    WHERE (s.numerator, s.denominator) IS DISTINCT FROM (d.numerator, d.denominator)
),
gone AS (
    DELETE FROM headquarters_figurevalue USING difference x
    WHERE headquarters_figurevalue.id = x.id AND x.figure IS NULL
    RETURNING headquarters_figurevalue.village_id
),
put AS (
    INSERT INTO headquarters_figurevalue (figure, village_id, period, numerator, denominator, as_of)
    SELECT figure, place, %s, numerator, denominator, clock_timestamp() FROM difference WHERE figure IS NOT NULL
    ON CONFLICT (village_id, period, figure) DO UPDATE
    SET numerator = excluded.numerator, denominator = excluded.denominator, as_of = excluded.as_of
    RETURNING village_id
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)
"""


def _part(figure: Figure, span: Range, year: int) -> tuple[str, tuple[Any, ...]]:
    rows: QuerySet[Any] = figure.measure(span, year)
    sql, params = rows.values("place", "numerator", "denominator").query.sql_with_params()
    return (
        f"SELECT %s::text AS figure, m.place::bigint, m.numerator::bigint, m.denominator::bigint FROM ({sql}) m"  # noqa: S608 -- intended: the SQL is Django's own
        " WHERE m.numerator <> 0 OR m.denominator <> 0",
        (figure.code, *params),
    )


def measure(span: Range, year: int, chosen: list[Figure]) -> int:
    """Measure `chosen` over a span and store what changed. Returns the rows written; 0 when nothing moved."""
    if not chosen:
        return 0
    parts = [_part(each, span, year) for each in chosen]
    desired = " UNION ALL ".join(sql for sql, _ in parts)
    params = [value for _, values in parts for value in values]
    codes = [each.code for each in chosen]
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(desired=desired), [*params, span.lo, span.hi, str(year), codes, str(year)])
        return int(cursor.fetchone()[0])


@cache
def village_figures() -> list[Figure]:
    """Figures stored per village."""
    return [each for each in figures().values() if not each.county_only]


@cache
def county_figures() -> list[Figure]:
    """Figures stored at the county's own code only."""
    return [each for each in figures().values() if each.county_only]
