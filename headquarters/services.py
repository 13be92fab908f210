"""Keeping figures right: at the edit, after bulk writes, and every night against the raw facts."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from headquarters.measuring import county_figures, measure, village_figures
from kernel.audit.services import record
from kernel.divisions.codes import Range, range_of
from kernel.wall.scope import Touched, settling
from labour.models import CountyRegister

FEW = 5
"""Up to so many villages of a county are measured one by one; more are one statement over the whole county."""


def refresh_figures(*, divisions: Iterable[int], year: int) -> int:
    """Measure the figures of these villages (and of the counties among the codes) again. Returns rows written.

    Needs an open writing scope that covers them. Sums above the village need no refresh: they are read as range sums.
    """
    written = 0
    villages: dict[int, set[int]] = {}
    for code in set(divisions):
        if code % 1_000_000 == 0:
            written += measure(range_of(code, "county"), year, county_figures())
        else:
            villages.setdefault(code - code % 1_000_000, set()).add(code)
    for county, codes in villages.items():
        spans = [Range(code, code + 1) for code in sorted(codes)] if len(codes) <= FEW else [range_of(county, "county")]
        for span in spans:
            written += measure(span, year, village_figures())
    return written


@transaction.atomic
def prove_figures(*, county: int, year: int) -> int:
    """Measure every figure of a county again; differences are put right and recorded as a defect. Returns their number."""
    span = range_of(county, "county")
    written = measure(span, year, village_figures()) + measure(span, year, county_figures())
    if written:
        record(
            "recalculation.difference",
            result="error",
            division=county,
            rows=written,
            detail={"table": "headquarters_figurevalue", "year": year},
        )
    return written


def counties_with_registers() -> list[int]:
    """Counties that keep a register of labourers. The register is not personal data and is read without a scope."""
    return list(CountyRegister.objects.order_by("county_id").values_list("county_id", flat=True))


def settle(touched: Touched) -> None:
    """Last settler: figures of the divisions and years whose derived rows changed in this transaction."""
    if not touched:
        return
    by_year: dict[int, set[int]] = {}
    for division, year in touched:
        by_year.setdefault(year, set()).add(division)
    with settling():
        for year, divisions in by_year.items():
            refresh_figures(divisions=divisions, year=year)
