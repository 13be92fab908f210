"""A treemap of places: area says how many, five shades of blue say how much of a share."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kernel.web.charts.drawing import Number, canvas, data_table, figure, joined, legend, number_text, text_width
from kernel.web.charts.squares import Box, squarify

CLASSES = 5
WIDTH, HEIGHT = 640, 420  # the layout's pixels; the drawing stretches sideways only
PHONE_WIDTH = 300
STRIP = 18  # height of a group's name


@dataclass(frozen=True, slots=True)
class Tile:
    """One place: `size` is the area, `shade` the coloured measure (None: no data), `group` the place above it."""

    label: str
    size: int
    shade: Number | None = None
    shade_text: str = ""
    href: str = ""
    group: str = ""

    @property
    def full_name(self) -> str:
        """Villages of different townships share names, so the place above is said too."""
        return f"{self.group} {self.label}".lstrip()

    @property
    def shade_shown(self) -> str:
        if self.shade is None:
            return "—"
        return self.shade_text or number_text(self.shade)


@dataclass(frozen=True, slots=True)
class _Laid:
    tile: Tile
    box: Box
    colour: int


def treemap(
    rows: Sequence[Tile],
    *,
    title: str,
    size_label: str,
    shade_label: str,
    breaks: Sequence[Number] | None = None,
    unit: str = "",
    shade_unit: str = "",
) -> SafeString:
    """Tiles grouped by `group` when given. `breaks` are up to four rising limits between the shades.

    Without breaks they are quintiles of the distinct shades, so that colours part even skewed shares.
    """
    limits = list(breaks) if breaks is not None else quintiles([row.shade for row in rows if row.shade is not None])
    laid, strips = _layout(rows, limits)
    drawing = canvas(
        title=title,
        description=_("面积表示%(size)s，颜色深浅表示%(shade)s") % {"size": size_label, "shade": shade_label},
        height=HEIGHT,
        content=joined([_tiles(laid, unit), _labels(laid), _strips(strips)]),
        linked=any(row.href for row in rows),
    )
    ordered = sorted(rows, key=lambda row: -row.size)
    return figure(
        kind="treemap",
        title=title,
        drawing=drawing,
        legend=_legend(rows, limits, shade_label, shade_unit),
        table=data_table(
            title,
            [_("名称"), size_label, shade_label],
            [(row.href, row.full_name, [number_text(row.size), row.shade_shown]) for row in ordered],
        ),
    )


def quintiles(values: Sequence[Number]) -> list[Number]:
    """Up to four limits that part the distinct values into groups of about equal number."""
    distinct = sorted(set(values))
    cuts = min(CLASSES, len(distinct))
    spread = float(distinct[-1]) - float(distinct[0]) if distinct else 0.0
    limits = {rounded(distinct[len(distinct) * step // cuts], spread) for step in range(1, cuts)}
    return sorted(limit for limit in limits if distinct[0] < limit <= distinct[-1])


def rounded(value: Number, spread: float) -> Number:
    """As coarse as a tenth of the spread allows: a legend is read, not computed with, but its groups must not collapse."""
    if spread <= 0:
        return value
    return round(float(value), 1 - floor(log10(spread)))


def _colour(shade: Number | None, limits: Sequence[Number]) -> int:
    """Class 1 to 5; 0 stands for no data."""
    return 0 if shade is None else bisect_right(list(limits), shade) + 1


def _layout(rows: Sequence[Tile], limits: Sequence[Number]) -> tuple[list[_Laid], list[tuple[str, Box]]]:
    groups: dict[str, list[Tile]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    whole = Box(0, 0, WIDTH, HEIGHT)
    members = list(groups.values())
    spaces = squarify([sum(row.size for row in group) for group in members], whole)
    laid: list[_Laid] = []
    strips: list[tuple[str, Box]] = []
    for name, group, space in zip(groups, members, spaces, strict=True):
        inside = space
        if name and space.height > 2 * STRIP:
            strips.append((name, Box(space.x, space.y, space.width, STRIP)))
            inside = Box(space.x, space.y + STRIP, space.width, space.height - STRIP)
        boxes = squarify([row.size for row in group], inside)
        laid += [_Laid(row, box, _colour(row.shade, limits)) for row, box in zip(group, boxes, strict=True)]
    return [each for each in laid if each.tile.size], strips


def _rectangle(box: Box, kind: str, content: SafeString | str = "") -> SafeString:
    # Edges are rounded, not widths: neighbours then share an edge exactly, without gaps or overlaps.
    left, right = round(box.x), round(box.x + box.width)
    top, bottom = round(box.y), round(box.y + box.height)
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>',
        kind,
        left,
        top,
        right - left,
        bottom - top,
        content,
    )


def _tiles(laid: Sequence[_Laid], unit: str) -> SafeString:
    """The rectangles, stretched sideways to the width there is.

    They stay out of the tab order (339 stops help nobody); the table below holds the same links.
    """
    parts = []
    for each in laid:
        row = each.tile
        hint = format_html("<title>{} {}{} · {}</title>", row.full_name, number_text(row.size), unit, row.shade_shown)
        rectangle = _rectangle(each.box, f"q{each.colour}", hint)
        parts.append(format_html('<a href="{}" tabindex="-1">{}</a>', row.href, rectangle) if row.href else rectangle)
    return format_html(
        '<svg class="tiles-area" width="100%" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>',
        HEIGHT,
        WIDTH,
        HEIGHT,
        joined(parts),
    )


def _fit(text: str, box: Box, size: int) -> str:
    """Class of a label: "" fits everywhere, " wide-only" not on a phone, "none" nowhere."""
    need = text_width(text, size) + 8
    if box.height < size + 6 or need > box.width:
        return "none"
    return "" if need <= box.width * PHONE_WIDTH / WIDTH else " wide-only"


def _label(text: str, box: Box, *, kind: str, size: int) -> SafeString | None:
    fit = _fit(text, box, size)
    if fit == "none":
        return None
    return format_html(
        '<text class="{}{}" x="{}%" dx="4" y="{}">{}</text>',
        kind,
        fit,
        f"{box.x / WIDTH * 100:.1f}",
        round(box.y) + size + 1,
        text,
    )


def _labels(laid: Sequence[_Laid]) -> SafeString:
    drawn = (_label(each.tile.label, each.box, kind=f"t{each.colour}", size=12) for each in laid)
    return joined(label for label in drawn if label is not None)


def _strips(strips: Sequence[tuple[str, Box]]) -> SafeString:
    """The groups' names above their tiles."""
    drawn = (_label(name, box, kind="tg", size=12) for name, box in strips)
    return joined(label for label in drawn if label is not None)


def _legend(rows: Sequence[Tile], limits: Sequence[Number], label: str, unit: str) -> SafeString:
    shades = [row.shade for row in rows if row.shade is not None]
    entries: list[tuple[str, str]] = []
    if shades:
        edges = [min(shades), *limits, max(shades)]
        entries = [(f"q{index}", _span(low, high, unit)) for index, (low, high) in enumerate(pairwise(edges), start=1)]
    if any(row.shade is None for row in rows):
        entries.append(("q0", _("无数据")))
    return format_html('<p class="chart-note">{}</p>{}', _("颜色：%(label)s") % {"label": label}, legend(entries))


def _span(low: Number, high: Number, unit: str) -> str:
    """A class of shades; its lower limit belongs to it."""
    first, last = (number_text(round(float(value), 1)) + unit for value in (low, high))
    return first if first == last else f"{first}–{last}"
