"""Finding the heading row by the headings an importer needs, under any number of title rows, and naming what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kernel.exchange.importer import ROUND_TRIP, Column, Importer

SEARCHED = 20
_NOISE = re.compile(r"[\s\u3000\xa0\u200b*＊]+")
_WIDTHS = str.maketrans("（）：／", "():/")


def normalised(title: object) -> str:
    """A heading without spaces, line breaks, asterisks and full-width brackets."""
    return _NOISE.sub("", str(title)).translate(_WIDTHS)


def letter(position: int) -> str:
    """Column letters of a position counted from 0."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(65 + rest) + name
    return name


def cell_problem(*, sheet: str, cell: str, column: str, code: str, message: str | Promise) -> dict[str, str]:
    """One problem as it is stored, shown, and written beside the cell."""
    return {"sheet": sheet, "cell": cell, "column": column, "code": code, "message": str(message)}


@dataclass(slots=True)
class Headings:
    """Where each known column stands. `row` counts from 0 in the parsed area; positions likewise."""

    row: int = -1
    known: dict[str, int] = field(default_factory=dict)
    unknown: list[dict[str, str]] = field(default_factory=list)
    problems: list[dict[str, str]] = field(default_factory=list)


def find_headings(
    importer: type[Importer], rows: Sequence[Sequence[Any]], *, sheet: str, top: int, left: int
) -> Headings:
    """Read the first rows of a sheet. Problems (missing, repeated) mean the file cannot be staged."""
    titles = _titles(importer)
    best, hits = -1, 0
    for at, row in enumerate(rows[:SEARCHED]):
        found = len({titles[name] for name in map(normalised, row) if name in titles})
        if found > hits:
            best, hits = at, found
    required = [column for column in importer.columns if column.required]
    if best < 0 or hits * 2 < min(len(required), 4):
        text = _("前 %(n)s 行里找不到标题行，请用本模板的标题：%(titles)s")
        wanted = "、".join(column.title for column in required)
        message = text % {"n": SEARCHED, "titles": wanted}
        return Headings(problems=[cell_problem(sheet=sheet, cell="", column="", code="heading.none", message=message)])
    return _read_headings(importer, rows[best], Headings(row=best), titles, sheet=sheet, top=top, left=left)


def _titles(importer: type[Importer]) -> dict[str, str]:
    titles: dict[str, str] = {}
    for column in (*importer.columns, *ROUND_TRIP):
        for title in (column.title, *column.aliases):
            titles[normalised(title)] = column.field
    return titles


def _read_headings(
    importer: type[Importer],
    row: Sequence[Any],
    found: Headings,
    titles: dict[str, str],
    *,
    sheet: str,
    top: int,
    left: int,
) -> Headings:
    line = top + found.row + 1
    for at, cell in enumerate(row):
        name = normalised(cell)
        if not name:
            continue
        place = letter(left + at)
        known = titles.get(name)
        if known is None:
            found.unknown.append({"letter": place, "title": str(cell).strip()})
        elif known in found.known:
            first = letter(left + found.known[known])
            text = _("标题“%(title)s”在 %(first)s 列已经有了，请删去多余的一列")
            found.problems.append(
                cell_problem(
                    sheet=sheet,
                    cell=f"{place}{line}",
                    column=str(cell),
                    code="heading.repeated",
                    message=text % {"title": cell, "first": first},
                )
            )
        else:
            found.known[known] = at
    for column in importer.columns:
        if column.required and column.field not in found.known:
            found.problems.append(_missing(column, sheet, line))
    return found


def _missing(column: Column, sheet: str, line: int) -> dict[str, str]:
    text = _("第 %(line)s 行缺少必需的标题“%(title)s”，请补上这一列") % {"line": line, "title": column.title}
    return cell_problem(sheet=sheet, cell="", column=column.title, code="heading.missing", message=text)
