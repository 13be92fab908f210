"""人员信息.xlsx: people and their households, as exported by the national system."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kernel.exchange import cells
from kernel.exchange.chunks import Chunk
from kernel.exchange.importer import Column, Importer, Link, Seal, Target
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.registry import importer
from kernel.exchange.staging import refuse_rows
from kernel.identity.id_number import birth_date, sex
from kernel.identity.problems import Problem
from labour.imports.places import Places, Words
from labour.models import Household, Person
from labour.models.people import (
    BIRTH_DISAGREES,
    ID_CONTEXT,
    PHONE_CONTEXT,
    SEX_DISAGREES,
    TAIL_CONTEXT,
    id_faults,
    pinyin_of,
)
from labour.services.people import HOUSEHOLD_ELSEWHERE, PERSON_ELSEWHERE

STUDYING = Problem("education.both", _("文化程度和在校生状况只能填一项：在校的填在校生状况。"))
LISTS = {
    "ethnicity": "ethnicity",
    "relation": "relation",
    "education": "education",
    "student": "student",
    "ability": "ability",
    "health": "health",
    "politics": "politics",
    "category": "household_category",
}
COMPARED = (
    "number", "name", "sex", "birth_date", "id_number", "id_index", "phone", "phone_index", "relation", "ethnicity",
    "education", "student", "ability", "health", "politics", "low_income",
)  # fmt: skip

# Numbers that the county knows in a village the uploader cannot see: the named functions answer which, not where.
# Nearly always none: so the rows are looked through a second time only for an answer.
ELSEWHERE = """
SELECT {function}((SELECT array_agg(DISTINCT {value}) FROM exchange_stagedrow s
     WHERE s.upload_id = %(upload)s AND s.verdict <> 'error' AND s.target_ids[{at}] IS NULL))
"""
SAYING = """
SELECT s.number FROM exchange_stagedrow s
WHERE s.upload_id = %(upload)s AND s.verdict <> 'error' AND {value} = ANY (%(known)s)
"""

ASKED = (
    ("labour_households_elsewhere", "s.data->>'household_number'", "household_number", HOUSEHOLD_ELSEWHERE),
    ("labour_people_elsewhere", "decode(s.data->>'id_index', 'hex')", "id_number", PERSON_ELSEWHERE),
)
"""Function, what it is asked about, the column to blame and the problem; in the order of the importer's targets."""


def birth_cell(cell: Any) -> dt.date | None:
    """A birth date; nearly all are written 19810224, which has a short way. Masked in an export: as if it were blank."""
    if isinstance(cell, str) and "*" in cell:
        return None
    if type(cell) is str and len(cell) == 8 and cell.isascii() and cell.isdigit() and cell[:2] in {"19", "20"}:
        try:
            return dt.date.fromisoformat(cell)
        except ValueError:
            pass
    return cells.date(cell)


def _elsewhere(upload: Upload, function: str, value: str, at: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(ELSEWHERE.format(function=function, value=value, at=at), {"upload": upload.pk})
        known = [each for (each,) in cursor.fetchall()]
        if not known:
            return []
        cursor.execute(SAYING.format(value=value), {"upload": upload.pk, "known": known})
        return [number for (number,) in cursor.fetchall()]


def _against_documents(upload: Upload) -> list[tuple[list[int], str, Problem]]:
    """In an export that came back masked: corrected sexes and birth dates that the stored identity number gainsays."""
    edited = StagedRow.objects.filter(
        upload_id=upload.pk, verdict="changed", data__id_number=None, diff__has_any_keys=["1.sex", "1.birth_date"]
    )
    rows = list(edited.values_list("number", "target_ids", "data__sex", "data__birth_date"))
    people = Person.objects.in_bulk([targets[-1] for _number, targets, _sex, _born in rows])
    refused: dict[str, list[int]] = {"sex": [], "birth_date": []}
    for number, targets, told, born in rows:
        sealed = people[targets[-1]].id_number
        if sealed is not None:
            day = dt.date.fromisoformat(born) if born else None
            for field in id_faults(sealed.reveal(), birth_date=day, sex=told or ""):
                refused[field].append(number)
    return [(refused["sex"], "sex", SEX_DISAGREES), (refused["birth_date"], "birth_date", BIRTH_DISAGREES)]


class _Names(dict[str | None, tuple[str, list[str]]]):
    """Name to its pinyin and initials, filled as names are met."""

    def __missing__(self, name: str | None) -> tuple[str, list[str]]:
        found = self[name] = pinyin_of(name) if name else ("", [])
        return found


@importer
class PeopleWorkbook(Importer):
    """人员信息: a row is a person; rows of one 户编号 make a household. People are known by their identity number."""

    code = "labour.people"
    label = _("人员信息")
    permission = "labour.add_person"
    file_name = _("人员信息")
    columns = (
        Column("县", "county_name", cells.text(40), required=False),
        Column("乡", "township", cells.text(40), required=False, aliases=("乡镇",)),
        Column("村", "village_name", cells.text(80), required=False, aliases=("行政村",)),
        Column("户编号", "household_number", cells.code_text(20), filled=True, text_only=True, width=16),
        Column("人口编号", "number", cells.code_text(20), required=False, text_only=True),
        Column("姓名", "name", cells.name, filled=True),
        Column("性别", "sex", cells.choice({"男": "1", "女": "2", "男性": "1", "女性": "2"}), required=False,
               choices=("男", "女")),
        Column("出生日期", "birth_date", birth_cell, required=False, help=_("可不填，按证件号码")),
        Column("证件类型", "id_kind", cells.choice({"居民身份证": "1"}), required=False, choices=("居民身份证",)),
        Column("证件号码", "id_number", cells.id_number, filled=True, sealed=Seal(ID_CONTEXT, "id_index", "id"),
               aliases=("身份证号", "身份证号码"), width=22),
        Column("民族", "ethnicity", cells.text(40), required=False),
        Column("成员联系电话", "phone", cells.phone, required=False, sealed=Seal(PHONE_CONTEXT, "phone_index", "phone"),
               aliases=("联系电话",), width=14),
        Column("年度", "year", cells.integer(2000, 2099), required=False),
        Column("与户主关系", "relation", cells.text(40), filled=True),
        Column("文化程度", "education", cells.text(40), required=False),
        Column("在校生状况", "student", cells.text(40), required=False),
        Column("劳动技能", "ability", cells.text(40), filled=True, width=18),
        Column("健康状况", "health", cells.text(60), required=False),
        Column("政治面貌", "politics", cells.text(40), required=False),
        Column("是否享受低保", "low_income", cells.yes_no, required=False, choices=("是", "否")),
        Column("脱贫户属性", "category", cells.text(40), required=False, aliases=("户类别", "户类型")),
        Column("行政区划代码", "village_code", cells.code_text(12), required=False, text_only=True, width=14,
               aliases=("区划代码",), help=_("12 位；没有代码时按乡、村名称匹配")),
    )  # fmt: skip
    derived = ("village", "birth_date", "sex", "name_pinyin", "name_initials")
    hashes = ("id_tail_index",)
    shown = ("name", "number")
    targets = (
        Target(Household, {"number": "household_number"}, {"category": "category"}, repeated=True),
        Target(
            Person,
            {"id_index": "id_index"},
            {name: name for name in COMPARED},
            silent={"name_pinyin": "name_pinyin", "name_initials": "name_initials", "id_tail_index": "id_tail_index"},
            links={"household": Link(Household, {"number": "household_number"})},
        ),
    )

    def prepare(self, upload: Upload) -> None:
        self.places = Places(self.county)
        self.words = Words(LISTS, several=["health"])
        self.names = _Names()

    def finish(self, chunk: Chunk) -> None:
        self.places.fill(chunk)
        self.words.fill(chunk)
        self._agree(chunk)
        students = chunk.values("student")
        for at, education in enumerate(chunk.values("education")):
            if education and students[at]:
                chunk.refuse(at, "student", STUDYING)
        numbers = chunk.values("id_number")
        chunk.put_hash("id_tail_index", [number and number[-4:] for number in numbers], context=TAIL_CONTEXT)
        read = list(map(self.names.__getitem__, chunk.values("name")))
        chunk.put("name_pinyin", [spelled for spelled, _initials in read])
        chunk.put("name_initials", [initials for _spelled, initials in read])

    def _agree(self, chunk: Chunk) -> None:
        """Sex and birth date as the identity number has them; a cell that says otherwise is refused."""
        numbers = chunk.values("id_number")
        for field, read, problem in (("birth_date", birth_date, BIRTH_DISAGREES), ("sex", sex, SEX_DISAGREES)):
            told = chunk.values(field)
            found = [each if number is None else read(number) for number, each in zip(numbers, told, strict=True)]
            chunk.put(field, found)
            if found != told:
                for at, each in enumerate(told):
                    if each is not None and each != found[at]:
                        chunk.refuse(at, field, problem)

    def after_staging(self, upload: Upload) -> None:
        """People and households that the county knows in another village: refused, without saying where."""
        # With the whole county in sight nothing can be elsewhere in it.
        whole = self.span.lo <= self.county and self.county + 1_000_000 <= self.span.hi
        found = [
            (_elsewhere(upload, function, value, at), field, problem)
            for at, (function, value, field, problem) in enumerate(() if whole else ASKED, start=1)
        ]
        for numbers, field, problem in [*found, *_against_documents(upload)]:
            if numbers:
                refuse_rows(upload, numbers, field=field, problem=problem)

    def after_commit(self, upload: Upload) -> None:
        learn_sizes(upload)


def learn_sizes(upload: Upload) -> None:
    """After a bulk write into young tables: let the planner know their size at once."""
    if upload.written > 1000:
        with connection.cursor() as cursor:
            cursor.execute("SELECT labour_first_analysis()")
