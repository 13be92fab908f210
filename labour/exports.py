"""People, employers and spells as workbooks in the very layout of their importers: what comes back untouched changes nothing.

A workbook is Chinese whoever takes it: the importers read Chinese words only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from kernel.clock import default_year, today
from kernel.codes.lookup import keys_to_labels
from kernel.divisions.codes import Range
from kernel.divisions.models import Division
from kernel.exchange.exporting import ROUND_TRIP, OutColumn, TooManyRows, export_workbook
from kernel.exchange.importer import Importer
from labour.imports import EmployersWorkbook, PeopleWorkbook, SpellsWorkbook
from labour.imports import employers as employers_book
from labour.imports import people as people_book
from labour.imports import spells as spells_book

MOST = 20_000
"""Rows of one workbook: a row costs about a millisecond, and a request must end."""
CHINESE = "zh-hans"
SEXES = {"1": "男", "2": "女"}
KINDS = {key: word for word, key in reversed(employers_book.KINDS.items())}
Value = Callable[[Any], Any]


class _Places(dict[int, tuple[str, str, str]]):
    """Code of a place -> its county, township and village as the importers read them; a county is read at once."""

    def __missing__(self, code: int) -> tuple[str, str, str]:
        county = code - code % 1_000_000
        span = Range(county, county + 1_000_000)
        names = dict(Division.objects.within(span).values_list("pk", "short_name"))
        for pk, name in names.items():
            self[pk] = (names.get(county, ""), names.get(pk - pk % 1_000, ""), name)
        return self.setdefault(code, (names.get(county, ""), "", ""))


class _Said:
    """Keys of code lists as their official Chinese labels; a key that no list has leaves as it is."""

    def __init__(self, lists: Mapping[str, str]) -> None:
        self._labels = {field: keys_to_labels(name) for field, name in lists.items()}

    def one(self, field: str, row: Any) -> str:
        """The label of a field that holds one key."""
        return self.label(field, getattr(row, field))

    def label(self, field: str, key: str) -> str:
        """The label of one key."""
        return self._labels[field].get(key, key)

    def several(self, field: str, row: Any) -> str:
        """The labels of a field that holds keys joined by commas."""
        return "、".join(self.label(field, key) for key in getattr(row, field).split(",") if key)


def _coded(said: _Said, *fields: str) -> dict[str, Value]:
    return {field: _teller(said, field) for field in fields}


def _teller(said: _Said, field: str) -> Value:
    return lambda row: said.one(field, row)


def _plain(*fields: str) -> dict[str, Value]:
    return {field: _getter(field) for field in fields}


def _getter(field: str) -> Value:
    return lambda row: getattr(row, field)


def _people(unmask: bool) -> dict[str, Value]:
    places, said, year = _Places(), _Said(people_book.LISTS), default_year()
    return {
        **_plain("number", "name", "id_number", "phone", "low_income"),
        **_coded(said, "ethnicity", "relation", "education", "student", "ability", "politics"),
        "county_name": lambda row: places[row.village_id][0],
        "township": lambda row: places[row.village_id][1],
        "village_name": lambda row: places[row.village_id][2],
        "household_number": lambda row: row.household.number,
        "sex": lambda row: SEXES.get(row.sex, ""),
        # With the birth date the last two characters of the number leave nine candidates, so it is masked like it.
        "birth_date": lambda row: f"{row.birth_date:%Y%m%d}" if unmask else f"{row.birth_date:%Y}****",
        "id_kind": lambda row: "居民身份证" if row.id_number else "",
        "year": lambda row: year,
        "health": lambda row: said.several("health", row),
        "category": lambda row: said.label("category", row.household.category),
        "village_code": lambda row: str(row.village_id),
    }


def _employers(unmask: bool) -> dict[str, Value]:
    places = _Places()
    return {
        **_plain("name", "credit_code"),
        "kind": lambda row: KINDS.get(row.kind, row.kind),
        "county_name": lambda row: places[row.village_id][0],
    }


def _month(day: dt.date | None) -> str:
    return f"{day:%Y年%m月}" if day else ""


def _spells(unmask: bool) -> dict[str, Value]:
    places, said = _Places(), _Said(spells_book.LISTS)
    return {
        **_plain("place_province", "place_city", "place_county", "wage_fen", "employer_name", "point_to_point"),
        **_coded(said, "industry", "channel"),
        "county_name": lambda row: places[row.village_id][0],
        "township": lambda row: places[row.village_id][1],
        "village_name": lambda row: places[row.village_id][2],
        "household_number": lambda row: row.person.household.number,
        "name": lambda row: row.person.name,
        "id_number": lambda row: row.person.id_number,
        "working": lambda row: True,
        "start": lambda row: _month(row.start),
        "end": lambda row: _month(row.end),
    }


@dataclass(frozen=True, slots=True)
class Book:
    """What one workbook is made of: its importer, the event it leaves, who may see its rows, and a value a column."""

    importer: type[Importer]
    action: str
    permission: str
    values: Callable[[bool], dict[str, Value]]
    related: tuple[str, ...] = ()

    def columns(self, *, unmask: bool) -> list[OutColumn]:
        """The importer's columns in its order, then the hidden ones for the way back. KeyError: a column without value."""
        values = self.values(unmask)
        columns = [
            OutColumn(
                each.title,
                values[each.field],
                width=each.width,
                as_text=each.field not in NUMBERS,
                yuan=each.field == "wage_fen",
            )
            for each in self.importer.columns
        ]
        return [*columns, *ROUND_TRIP]


NUMBERS = frozenset({"wage_fen", "year"})
BOOKS = {
    "people": Book(PeopleWorkbook, "person.export", "labour.view_person", _people, ("household",)),
    "employers": Book(EmployersWorkbook, "employer.export", "labour.view_employer", _employers),
    "spells": Book(SpellsWorkbook, "spell.export", "labour.view_employmentspell", _spells, ("person__household",)),
}


def export_book(
    kind: str, *, rows: QuerySet[Any], division: Division, unmask: bool = False, purpose: str = ""
) -> IO[bytes]:
    """The workbook of `BOOKS[kind]` as an open temporary file, and its audit event. The caller asks for the rights.

    Identity numbers, phones and birth dates leave masked unless `unmask`, which needs a purpose (PurposeMissing). Raises
    TooManyRows above `MOST`.
    """
    book, count = BOOKS[kind], rows.count()
    if count > MOST:
        raise TooManyRows(_("一次最多导出 %(n)s 行，请先缩小范围") % {"n": f"{MOST:,}"})
    with override(CHINESE):
        return export_workbook(
            rows=rows.select_related(*book.related).iterator(chunk_size=2_000),
            columns=book.columns(unmask=unmask),
            sheet=str(book.importer.label),
            action=book.action,
            purpose=purpose,
            unmask=unmask,
            division=division.pk,
            titles=(
                f"{division.name}{book.importer.label}",
                f"导出日期：{today()}　共 {count:,} 行　单位：人、元　改后可再导入：请保留末尾两个隐藏列",
            ),
        )


def file_name(kind: str, division: Division) -> str:
    """Chinese name of the file: what, where, when; nothing of any person."""
    with override(CHINESE):
        return f"{BOOKS[kind].importer.label}_{division.pk}_{today():%Y%m%d}.xlsx"
