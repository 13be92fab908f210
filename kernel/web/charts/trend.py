"""A line over months or years, with the previous period as a thin line behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kernel.web.charts.drawing import (
    Number,
    canvas,
    data_table,
    figure,
    joined,
    legend,
    nice_ceiling,
    number_text,
)

HEIGHT = 216
TOP, BOTTOM = 18, 188  # where the largest value and zero lie
LEFT, RIGHT = 4.0, 96.0  # percent of the width
LABELS_THAT_FIT = 7


@dataclass(frozen=True, slots=True)
class Point:
    """One moment; a value of None is unknown and leaves a gap, which is not the same as zero."""

    label: str
    value: Number | None
    text: str = ""

    @property
    def shown(self) -> str:
        if self.value is None:
            return "—"
        return self.text or number_text(self.value)


@dataclass(frozen=True, slots=True)
class Series:
    """A named run of points."""

    label: str
    points: Sequence[Point]


def trend(series: Series, previous: Series | None = None, *, title: str, unit: str = "") -> SafeString:
    """Both runs on one scale that starts at zero; moments are matched by position (January with January)."""
    runs = [run for run in (previous, series) if run is not None]
    known = [float(point.value) for run in runs for point in run.points if point.value is not None]
    if any(value < 0 for value in known):
        raise ValueError("trend cannot show negative numbers")
    ceiling = nice_ceiling(max(known, default=0))
    parts = [_grid(ceiling), _moments(series.points)]
    if previous is not None:
        parts.append(_line(previous.points, ceiling, "line-previous", len(series.points)))
    parts.append(_line(series.points, ceiling, "line-current", len(series.points)))
    parts.append(_dots(series.points, ceiling, unit))
    drawing = canvas(
        title=title,
        description=_("纵轴从 0 到 %(top)s") % {"top": number_text(ceiling)},
        height=HEIGHT,
        content=joined(parts),
        linked=False,
    )
    names = [("swatch-current", series.label)]
    if previous is not None:
        names.append(("swatch-previous", previous.label))
    return figure(
        kind="trend", title=title, drawing=drawing, legend=legend(names), table=_table(title, series, previous)
    )


def _across(index: int, count: int) -> str:
    return f"{LEFT + (RIGHT - LEFT) * index / max(count - 1, 1):.2f}%"


def _down(value: Number, ceiling: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * float(value) / ceiling, 1)


def _grid(ceiling: float) -> SafeString:
    return joined(
        format_html(
            '<line class="grid" x2="100%" y1="{}" y2="{}"/><text class="tick" y="{}">{}</text>',
            height,
            height,
            height - 4,
            number_text(value),
        )
        for value in (ceiling, ceiling / 2, 0)
        for height in (_down(value, ceiling),)
    )


def _moments(points: Sequence[Point]) -> SafeString:
    """Labels under the axis. Those that would collide on a phone carry a class and are hidden there."""
    step = -(-len(points) // LABELS_THAT_FIT) or 1
    return joined(
        format_html(
            '<text class="tick{}" x="{}" y="{}" text-anchor="middle">{}</text>',
            "" if index % step == 0 else " wide-only",
            _across(index, len(points)),
            HEIGHT - 8,
            point.label,
        )
        for index, point in enumerate(points)
    )


def _line(points: Sequence[Point], ceiling: float, kind: str, count: int) -> SafeString:
    """Straight pieces between neighbours that are both known."""
    pieces = []
    for index, (left, right) in enumerate(pairwise(points)):
        if left.value is None or right.value is None:
            continue
        pieces.append(
            format_html(
                '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>',
                kind,
                _across(index, count),
                _down(left.value, ceiling),
                _across(index + 1, count),
                _down(right.value, ceiling),
            )
        )
    return joined(pieces)


def _dots(points: Sequence[Point], ceiling: float, unit: str) -> SafeString:
    return joined(
        format_html(
            '<circle class="dot" cx="{}" cy="{}" r="3.5"><title>{}：{} {}</title></circle>',
            _across(index, len(points)),
            _down(point.value, ceiling),
            point.label,
            point.shown,
            unit,
        )
        for index, point in enumerate(points)
        if point.value is not None
    )


def _table(title: str, series: Series, previous: Series | None) -> SafeString:
    earlier = list(previous.points) if previous is not None else []
    headings = [_("时间"), series.label, *([previous.label] if previous is not None else [])]
    rows = []
    for index, point in enumerate(series.points):
        cells = [point.shown]
        if previous is not None:
            cells.append(earlier[index].shown if index < len(earlier) else "—")
        rows.append(("", point.label, cells))
    return data_table(title, headings, rows)
