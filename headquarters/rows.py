"""The rows under a figure as a table: people, employers or spells, each leading to its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.figures import Figure
from kernel.identity.money import fen_to_yuan_text
from kernel.web.tables import Cell, Column, Table


def rows_table(figure: Figure, rows: Sequence[Any], year: int) -> Table:
    """A page of the rows that a figure counts; `rows` come from `figure.rows` with what the table needs selected."""
    build = {"person": _people, "employer": _employers, "spell": _spells}[figure.rows_kind]
    return build(_("%(figure)s明细") % {"figure": figure.label}, rows, year)


def _person_cell(person: Any) -> Cell:
    return Cell(person.name, href=reverse("labour:person", args=[person.uid]))


def _place(row: Any) -> Cell:
    village = row.village
    return Cell(f"{village.parent.short_name} {village.short_name}" if village.parent else village.short_name)


def _people(caption: str, rows: Sequence[Any], year: int) -> Table:
    columns = [Column(_("姓名")), Column(_("所属村")), Column(_("性别")), Column(_("年龄"), numeric=True)]
    lines = [
        [_person_cell(row), _place(row), Cell(row.get_sex_display()), Cell(year - row.birth_date.year)] for row in rows
    ]
    return Table(caption, columns, lines)


def _employers(caption: str, rows: Sequence[Any], year: int) -> Table:
    columns = [Column(_("名称")), Column(_("类型"))]
    lines = [
        [Cell(row.name, href=reverse("labour:employer", args=[row.uid])), Cell(row.get_kind_display())] for row in rows
    ]
    return Table(caption, columns, lines)


def _spells(caption: str, rows: Sequence[Any], year: int) -> Table:
    columns = [
        Column(_("姓名")),
        Column(_("所属村")),
        Column(_("起止")),
        Column(_("务工地"), minor=True),
        Column(_("用工主体"), minor=True),
        Column(_("月收入（元）"), numeric=True),
    ]
    lines = [
        [
            _person_cell(row.person),
            _place(row),
            Cell(f"{row.start:%Y-%m} – {row.end:%Y-%m}" if row.end else f"{row.start:%Y-%m} –"),
            Cell(f"{row.place_province}{row.place_county}"),
            Cell(row.employer_name),
            Cell(fen_to_yuan_text(row.wage_fen)),
        ]
        for row in rows
    ]
    return Table(caption, columns, lines)
