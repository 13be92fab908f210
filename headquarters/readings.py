"""Reading figures: a range sum for any division, children side by side, and the words a figure is shown in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max, Q, Sum, Value
from django.db.models.functions import Mod
from django.utils.translation import gettext as _

from headquarters.models import FigureValue
from headquarters.registry import figures
from kernel.divisions.codes import WIDTH
from kernel.divisions.models import Division
from kernel.figures import Figure
from kernel.identity.money import fen_to_wan_text, fen_to_yuan_text
from labour.models import CountyRegister


@dataclass(frozen=True)
class Reading:
    """One figure of one division and period: numerator, denominator (0 for counts and money), and how old it is."""

    figure: Figure
    numerator: int
    denominator: int
    as_of: dt.datetime | None

    @property
    def value(self) -> float | int | None:
        """Count, fen, ratio (1.158) or mean in fen; None when there is nothing to divide by."""
        if self.figure.kind in {"count", "money"}:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None

    @property
    def text(self) -> str:
        """The value as people say it: 4,064, 115.8%, 1.33, 76.93."""
        return shown(self.figure, self.value)

    @property
    def unit(self) -> str:
        """Unit beside the value: money and means are said in 万元, ratios carry their sign already."""
        if self.figure.kind in {"money", "mean"}:
            return _("万元")
        return "" if self.figure.kind == "ratio" else str(self.figure.unit)

    @property
    def sentence(self) -> str:
        """The arithmetic: 4,707 人次 ÷ 4,064 人 = 115.8%."""
        if self.figure.kind == "money":
            return _("%(yuan)s 元") % {"yuan": fen_to_yuan_text(self.numerator)}
        if self.figure.kind == "count":
            return ""
        if self.figure.kind == "mean":
            mean = round(self.value) if self.value is not None else 0
            return _("%(top)s 元 ÷ %(bottom)s 人 = %(mean)s 元") % {
                "top": fen_to_yuan_text(self.numerator),
                "bottom": f"{self.denominator:,}",
                "mean": fen_to_yuan_text(mean),
            }
        note = _("（人次口径，可超过 100%）") if self.figure.may_exceed else ""
        return _("%(top)s %(unit)s ÷ %(bottom)s 人 = %(share)s%(note)s") % {
            "top": f"{self.numerator:,}",
            "unit": self.figure.unit,
            "bottom": f"{self.denominator:,}",
            "share": self.text,
            "note": note,
        }


def shown(figure: Figure, value: float | int | None) -> str:
    """A figure's value as text, without its unit."""
    if value is None:
        return "—"
    if figure.kind == "ratio":
        return f"{value * 100:,.1f}%"
    if figure.kind in {"money", "mean"}:
        return fen_to_wan_text(round(value))
    return f"{value:,}"


def read_figures(*, division: Division, year: int) -> dict[str, Reading]:
    """Every figure that can be read at this division, by code, in declared order. County-only ones need a county."""
    span = division.range
    rows = FigureValue.objects.filter(village__gte=span.lo, village__lt=span.hi, period=str(year))
    found = {
        row["figure"]: row
        for row in rows.values("figure").annotate(top=Sum("numerator"), bottom=Sum("denominator"), at=Max("as_of"))
    }
    return {
        code: _reading(figure, found.get(code))
        for code, figure in figures().items()
        if not figure.county_only or WIDTH[division.level] >= WIDTH["county"]
    }


def _reading(figure: Figure, row: Mapping[str, Any] | None) -> Reading:
    if row is None:
        return Reading(figure, 0, 0, None)
    return Reading(figure, int(row["top"]), int(row["bottom"]), row["at"])


def read_children(*, division: Division, year: int) -> dict[int, dict[str, Reading]]:
    """Figures of every child division, in one query: child code -> figure code -> reading."""
    width = _child_width(division)
    span = division.range
    rows = (
        FigureValue.objects.filter(
            Q(village__gte=span.lo) & Q(village__lt=span.hi) & ~Q(village=division.pk), period=str(year)
        )
        .values("figure", child=F("village_id") - Mod(F("village_id"), Value(width)))
        .annotate(top=Sum("numerator"), bottom=Sum("denominator"), at=Max("as_of"))
    )
    children: dict[int, dict[str, Reading]] = {}
    for row in rows:
        figure = figures().get(row["figure"])
        if figure is not None and not figure.county_only:
            children.setdefault(int(row["child"]), {})[figure.code] = _reading(figure, row)
    return children


def _child_width(division: Division) -> int:
    levels = list(WIDTH)
    return WIDTH[levels[min(levels.index(division.level) + 1, len(levels) - 1)]]


def years_stored(*, division: Division) -> list[int]:
    """Periods that hold figures here, newest first."""
    span = division.range
    rows = FigureValue.objects.filter(village__gte=span.lo, village__lt=span.hi)
    return sorted({int(period) for period in rows.values_list("period", flat=True).distinct()}, reverse=True)


def comparison(now: Reading, before: Reading | None) -> str:
    """Against the previous period, in words; says so when there is none."""
    if before is None or before.as_of is None or before.value is None or now.value is None:
        return _("无上期数据")
    change = now.value - before.value
    if now.figure.kind == "ratio":
        return _("较上期 %(change)s 个百分点") % {"change": f"{change * 100:+.1f}"}
    text = shown(now.figure, abs(change))
    return (
        _("与上期持平")
        if change == 0
        else _("较上期 %(sign)s%(text)s") % {"sign": "+" if change > 0 else "-", "text": text}
    )


def speaks_of(division: Division, year: int) -> dt.date | None:
    """The day that the figures speak of: how far the county's register has come. None before the register begins."""
    register = CountyRegister.objects.filter(county=division.county_code).first()
    return register.as_of if register and year >= register.first_year else None
