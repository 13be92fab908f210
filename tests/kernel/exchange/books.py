"""Small workbooks and a test-only importer over the registry's households and people."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import xlsxwriter

from kernel.divisions.matching import VillageFinder
from kernel.exchange import cells
from kernel.exchange.chunks import Chunk
from kernel.exchange.importer import Column, Importer, Link, Seal, Target
from kernel.exchange.models import Upload
from kernel.exchange.registry import importer
from kernel.identity.id_number import birth_date, check_digit
from kernel.identity.pinyin import full_pinyin, initials_all
from kernel.identity.problems import Problem
from labour.models import Employer, Household, Person

HEADINGS = (
    "乡镇", "行政村", "户编号", "人口编号", "姓名", "性别", "证件号码", "与户主关系", "民族", "文化程度", "在校生状况",
    "健康状况", "劳动技能", "是否享受低保", "联系电话", "政治面貌", "户类别", "区划代码",
)  # fmt: skip
VILLAGE = 410726001203


def id_of(number: int) -> str:
    """A valid identity number of county 410799, different for each number."""
    day = f"{1950 + number % 50}{1 + number // 50 % 12:02d}{1 + number // 600 % 28:02d}"
    first = f"410799{day}{1 + number // 16800 % 900:03d}"
    return first + check_digit(first)


def person(number: int, **changes: Any) -> list[Any]:
    """One row of the test workbook."""
    row: dict[str, Any] = {
        "乡镇": "", "行政村": "", "户编号": f"H{number // 3:06d}", "人口编号": f"P{number:08d}", "姓名": "单雄信",
        "性别": "男" if number % 2 else "女", "证件号码": id_of(number), "与户主关系": "户主" if number % 3 == 0 else "之子",
        "民族": "汉族", "文化程度": "初中", "在校生状况": "非在校生", "健康状况": "健康", "劳动技能": "普通劳动力",
        "是否享受低保": "否", "联系电话": f"199{number:08d}", "政治面貌": "群众", "户类别": "一般户", "区划代码": str(VILLAGE),
    }  # fmt: skip
    row.update(changes)
    return [row[heading] for heading in HEADINGS]


def book(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS, titles: int = 2) -> bytes:
    """An .xlsx with title rows, headings and rows, as bytes."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    sheet = workbook.add_worksheet("人员信息")
    for line in range(titles):
        sheet.write(line, 0, f"标题{line}")
    sheet.write_row(titles, 0, headings)
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(titles + 1 + at, column, value)
            elif value is not None:
                sheet.write(titles + 1 + at, column, value)
    workbook.close()
    return stream.getvalue()


def opened(content: bytes) -> Any:
    """The same workbook through openpyxl."""
    return openpyxl.load_workbook(io.BytesIO(content))


@importer
class PeopleForTests(Importer):
    """Households and people, much as a county's own workbook has them."""

    code = "test.people"
    label = "测试人员"
    permission = "labour.add_person"
    columns = (
        Column("乡镇", "township", cells.text(40), required=False),
        Column("行政村", "village_name", cells.text(40), required=False),
        Column("户编号", "household_number", cells.code_text(20), filled=True, text_only=True),
        Column("人口编号", "number", cells.code_text(20), text_only=True),
        Column("姓名", "name", cells.name, filled=True),
        Column("性别", "sex", cells.choice({"男": "1", "女": "2"}), filled=True),
        Column(
            "证件号码",
            "id_number",
            cells.id_number,
            filled=True,
            sealed=Seal("labour.person.id_number", "id_index", "id"),
        ),
        Column("与户主关系", "relation", cells.text(40), filled=True),
        Column("民族", "ethnicity", cells.text(40), required=False),
        Column("文化程度", "education", cells.text(40), required=False),
        Column("在校生状况", "student", cells.text(40), required=False),
        Column("健康状况", "health", cells.text(40), required=False),
        Column("劳动技能", "ability", cells.text(40), filled=True),
        Column("是否享受低保", "low_income", cells.yes_no, required=False),
        Column(
            "联系电话", "phone", cells.phone, required=False, sealed=Seal("labour.person.phone", "phone_index", "phone")
        ),
        Column("政治面貌", "politics", cells.text(40), required=False),
        Column("户类别", "category", cells.text(40), required=False),
        Column("区划代码", "village_code", cells.code_text(12), filled=True),
    )
    derived = ("village", "birth_date", "name_pinyin", "name_initials")
    hashes = ("id_tail_index",)
    shown = ("name", "number")
    targets = (
        Target(Household, {"number": "household_number"}, {"category": "category"}, repeated=True),
        Target(
            Person,
            {"id_index": "id_index"},
            {
                each: each
                for each in (
                    "id_number", "id_index", "phone", "phone_index", "number", "name", "sex", "birth_date", "relation",
                    "ethnicity", "education", "student", "health", "ability", "low_income", "politics",
                )
            },
            silent={"name_pinyin": "name_pinyin", "name_initials": "name_initials", "id_tail_index": "id_tail_index"},
            links={"household": Link(Household, {"number": "household_number"})},
        ),
    )  # fmt: skip

    def prepare(self, upload: Upload) -> None:
        self.finder = VillageFinder(self.span)
        self.places: dict[str | None, Any] = {}
        self.names: dict[str | None, Any] = {None: (None, None)}

    def finish(self, chunk: Chunk) -> None:
        villages = []
        for at, code in enumerate(chunk.values("village_code")):
            if code not in self.places:
                self.places[code] = self.finder.find(code=code or "")
            found = self.places[code]
            villages.append(found.code)
            if found.code is None and code is not None:
                chunk.refuse(at, "village_code", Problem(found.problem, found.message))
        chunk.put("village", villages)
        numbers = chunk.values("id_number")
        chunk.put("birth_date", [None if number is None else birth_date(number) for number in numbers])
        chunk.put_hash("id_tail_index", [number and number[-4:] for number in numbers], context="labour.person.id_tail")
        names = chunk.values("name")
        for name in set(names) - self.names.keys():
            self.names[name] = (full_pinyin(name), initials_all(name))
        chunk.put("name_pinyin", [self.names[name][0] for name in names])
        chunk.put("name_initials", [self.names[name][1] for name in names])


@importer
class EmployersForTests(Importer):
    """Employers, to try a shared table."""

    code = "test.employers"
    label = "测试用工主体"
    permission = "labour.add_employer"
    columns = (
        Column("名称", "name", cells.text(120), filled=True),
        Column("类型", "kind", cells.choice({"企业": "enterprise", "合作社": "cooperative"}), filled=True),
        Column("区划代码", "village_code", cells.code_text(12), filled=True),
    )
    shown = ("name",)
    targets = (Target(Employer, {"name": "name"}, {"kind": "kind"}),)

    def finish(self, chunk: Chunk) -> None:
        chunk.put("village", [code and int(code) for code in chunk.values("village_code")])
