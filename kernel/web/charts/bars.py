"""Horizontal bars: one row per place or group, largest number fills the width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kernel.web.charts.drawing import (
    Number,
    canvas,
    data_table,
    figure,
    fitted,
    joined,
    linked,
    number_text,
    share,
    text_width,
)

ROW_HEIGHT = 38
NARROWEST = 300  # pixels left for a chart on a 360 px phone


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `text` replaces the printed number (for example 76.93 万元), `href` opens what is behind it."""

    label: str
    value: Number
    text: str = ""
    href: str = ""

    @property
    def shown(self) -> str:
        return self.text or number_text(self.value)


def bars(rows: Sequence[Bar], *, title: str, unit: str = "", heading: str = "") -> SafeString:
    """Bars in the order given. Raises ValueError on a negative number: a bar has no direction."""
    if any(row.value < 0 for row in rows):
        raise ValueError("bars cannot show negative numbers")
    largest = max((row.value for row in rows), default=0)
    drawing = canvas(
        title=title,
        description=_("共 %(count)d 项，最长的一条为 %(largest)s")
        % {"count": len(rows), "largest": number_text(largest)},
        height=max(len(rows), 1) * ROW_HEIGHT,
        content=joined(_row(row, index * ROW_HEIGHT, largest, unit) for index, row in enumerate(rows)),
        linked=any(row.href for row in rows),
    )
    headings = [heading or _("名称"), unit or _("数值")]
    return figure(
        kind="bars",
        title=title,
        drawing=drawing,
        table=data_table(title, headings, [(row.href, row.label, [row.shown]) for row in rows]),
    )


def _row(row: Bar, top: int, largest: Number, unit: str) -> SafeString:
    value = row.shown if row.text else f"{row.shown} {unit}".rstrip()
    drawn = format_html(
        '<title>{}：{}</title><rect class="hit" y="{}" width="100%" height="{}"/>'
        '<text class="bar-label" y="{}">{}</text>'
        '<text class="bar-value" x="100%" y="{}" text-anchor="end">{}</text>'
        '<rect class="bar-track" y="{}" width="100%" height="8" rx="2"/>'
        '<rect class="bar-fill" y="{}" width="{}" height="8" rx="2"/>',
        row.label,
        value,
        top,
        ROW_HEIGHT,
        top + 17,
        fitted(row.label, NARROWEST - text_width(value, 13) - 16, 13),
        top + 17,
        value,
        top + 24,
        top + 24,
        share(row.value, largest),
    )
    return linked(row.href, format_html("<g>{}</g>", drawn))
