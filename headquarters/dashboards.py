"""What a dashboard shows, put together from readings: tiles, the table of children, the treemap, bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from headquarters.readings import Reading, comparison, read_children, read_figures
from kernel.divisions.models import Division
from kernel.figures import Figure
from kernel.web.charts import Bar, Tile, bars, treemap
from kernel.web.tables import Cell, Column, Table

LARGEST_BARS = 15


@dataclass(frozen=True)
class FigureTile:
    """One tile as `web/tile.html` prints it."""

    name: str
    figure: str
    unit: str
    url: str
    note: str
    sentence: str
    text: str
    testid: str


def tiles(*, division: Division, year: int) -> list[FigureTile]:
    """All figures of a division, each with its arithmetic, definition and the previous period."""
    now = read_figures(division=division, year=year)
    before = read_figures(division=division, year=year - 1)
    return [
        FigureTile(
            name=str(reading.figure.label),
            figure=reading.text,
            unit=reading.unit,
            url=figure_url(division, code, year),
            note=comparison(reading, before.get(code)),
            sentence=reading.sentence,
            text=str(reading.figure.definition),
            testid=f"fig-{code}",
        )
        for code, reading in now.items()
    ]


def figure_url(division: Division, code: str, year: int) -> str:
    """The 口径 page of a figure at a division."""
    return f"{reverse('headquarters:figure', args=[division.pk, code])}?year={year}"


def place_url(code: int, year: int) -> str:
    """The dashboard of a division in a year."""
    return f"{reverse('headquarters:dashboard', args=[code])}?year={year}"


@dataclass(frozen=True)
class Children:
    """The divisions below one, with their readings; knows how to draw itself."""

    division: Division
    year: int
    rows: list[tuple[Division, dict[str, Reading]]]
    totals: dict[str, Reading]

    @property
    def figures(self) -> list[Figure]:
        return [reading.figure for reading in self.totals.values() if not reading.figure.county_only]

    def table(self) -> Table:
        """One line a child, totals at the foot; every number opens to the child."""
        columns = [Column(_("区划"))]
        columns += [
            Column(
                _("%(label)s（%(unit)s）") % {"label": figure.label, "unit": unit}
                if (unit := Reading(figure, 0, 0, None).unit)
                else figure.label,
                numeric=True,
                minor=position > 2,
            )
            for position, figure in enumerate(self.figures)
        ]
        return Table(
            caption=_("%(place)s各下级 %(year)s 年指标") % {"place": self.division, "year": self.year},
            columns=columns,
            rows=[self._line(child, readings) for child, readings in self.rows],
            footer=[Cell(_("合计")), *(Cell(self.totals[figure.code].text) for figure in self.figures)],
        )

    def _line(self, child: Division, readings: dict[str, Reading]) -> list[Cell]:
        cells = [Cell(child.short_name, href=place_url(child.pk, self.year))]
        for figure in self.figures:
            reading = readings.get(figure.code)
            text = reading.text if reading else Reading(figure, 0, 0, None).text
            cells.append(Cell(text, href=figure_url(child, figure.code, self.year) if reading else ""))
        return cells

    def treemap(self, size: Figure, shade: Figure) -> Any:
        """Children by number of people, shaded by a rate."""
        rows = []
        for child, readings in self.rows:
            people = readings.get(size.code)
            rate = readings.get(shade.code)
            if people is None or not people.numerator:
                continue
            rows.append(
                Tile(
                    label=child.short_name,
                    size=people.numerator,
                    shade=None if rate is None or rate.value is None else round(rate.value * 100, 1),
                    shade_text="—" if rate is None else rate.text,
                    href=place_url(child.pk, self.year),
                )
            )
        title = _("%(place)s：%(size)s与%(shade)s") % {"place": self.division, "size": size.label, "shade": shade.label}
        return treemap(
            rows,
            title=title,
            size_label=str(size.label),
            shade_label=str(shade.label),
            unit=str(size.unit),
            shade_unit="%",
        )

    def bars(self, figure: Figure) -> Any:
        """The largest children by one figure."""
        ranked = sorted(
            ((child, readings[figure.code]) for child, readings in self.rows if figure.code in readings),
            key=lambda pair: -(pair[1].value or 0),
        )[:LARGEST_BARS]
        rows = [
            Bar(
                label=child.short_name,
                value=reading.value or 0,
                text=f"{reading.text}{' ' + reading.unit if reading.unit else ''}",
                href=place_url(child.pk, self.year),
            )
            for child, reading in ranked
        ]
        title = _("%(figure)s最多的 %(n)s 处") % {"figure": figure.label, "n": len(rows)}
        return bars(rows, title=title, unit="", heading=str(figure.label))


def children(*, division: Division, year: int) -> Children | None:
    """The level below, real units only; None for a village."""
    if division.level == Division.Level.VILLAGE:
        return None
    readings = read_children(division=division, year=year)
    below = [each for each in division.children.all() if not each.is_statistical or each.pk in readings]
    if division.parent_id is None and not below:
        return None
    return Children(
        division,
        year,
        [(child, readings.get(child.pk, {})) for child in below],
        read_figures(division=division, year=year),
    )
