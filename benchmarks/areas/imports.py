"""The workbook path from bytes to committed rows, against its parser alone and against a save loop."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import openpyxl
import xlsxwriter
from django.db import connection
from django.test import override_settings
from python_calamine import load_workbook

from benchmarks.clock import Clock, sessions
from benchmarks.data import county_code, county_scope
from benchmarks.ground import Size, superuser
from benchmarks.measures import Reading, reading, require_equal
from benchmarks.rounds import Variant, race
from kernel.divisions.models import Division
from kernel.exchange.models import Upload
from kernel.exchange.reading import read_upload
from kernel.exchange.services import CommitRefused, commit_upload, receive_upload
from kernel.identity.id_number import check_digit
from kernel.protection.provider import blind_index
from kernel.wall.scope import open_scope
from labour.models import Household, Person
from labour.models.people import ID_CONTEXT

MOST = 10_000
LOOPED = 100
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
HEADINGS = (
    "县", "乡", "村", "户编号", "人口编号", "姓名", "性别", "出生日期", "证件类型", "证件号码", "民族", "成员联系电话", "年度", "与户主关系",
    "文化程度", "在校生状况", "劳动技能", "健康状况", "政治面貌", "是否享受低保", "脱贫户属性", "行政区划代码",
)  # fmt: skip
TABLES = "labour_person, labour_household, labour_stalemark, exchange_stagedrow, history.labour_household"


def run(size: Size) -> Iterator[Reading]:
    """All rows new, then the same file once more."""
    rows = min(size.persons, MOST)
    content = workbook(rows)
    sheet: list[object] = []
    watch = superuser(str(connection.settings_dict["NAME"]))
    with override_settings(SETTLERS=[]):
        first = race(
            [
                Variant(
                    "whole path, all new", lambda: _undone(content), after=lambda: watch.execute(f"VACUUM {TABLES}")
                ),
                Variant("parser alone", lambda: sheet.append(len(_parsed(content)))),
            ],
            rounds=3,
            clock=Clock(sessions("default"), children=True),
        )
        looped = _loop_seconds(content) * rows
        yield reading(
            "imports.path", first, "whole path, all new", "parser alone", f"{rows} rows of {len(HEADINGS)} cells"
        )
        path = first.ms("whole path, all new")
        yield Reading(
            "imports.loop", looped * 1000 / path, {"save loop, extrapolated": looped * 1000, "whole path": path}
        )
        yield from _again(content, rows)
    watch.close()


def _again(content: bytes, rows: int) -> Iterator[Reading]:
    with open_scope(county_scope(0)):
        upload = _path(content)
        require_equal("rows written by the first import", (upload.written, upload.error), (rows, 0))
    _judge(content)
    counts: list[tuple[int, int]] = []

    def same() -> None:
        with open_scope(county_scope(0)):
            upload = _path(content)
            counts.append((upload.same, upload.new + upload.changed + upload.error + (upload.written or 0)))

    found = race(
        [
            Variant("whole path, nothing new", same),
            Variant("parser alone", lambda: _parsed(content)),
        ],
        rounds=3,
        clock=Clock(sessions("default"), children=True),
    )
    require_equal("rows found the same", {each[0] for each in counts}, {rows})
    yield Reading("imports.again.rows", max(each[1] for each in counts))
    yield reading("imports.again", found, "whole path, nothing new", "parser alone")


class _RollBack(Exception):
    """The next round must find all rows new again."""


def _undone(content: bytes) -> None:
    with suppress(_RollBack), open_scope(county_scope(0)):
        _path(content)
        raise _RollBack


def _path(content: bytes) -> Upload:
    """Bytes received, read in the limited child, cleaned, staged, compared, committed."""
    county = Division.objects.get(pk=county_code(0))
    upload = receive_upload(
        content=content, file_name="人员信息.xlsx", importer="labour.people", division=county, read=False
    )
    for _step in read_upload(upload):
        pass
    upload.refresh_from_db()
    with suppress(CommitRefused):  # nothing to write
        upload = commit_upload(upload=upload)
    return upload


def _parsed(content: bytes) -> list[list[object]]:
    return load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def _judge(content: bytes) -> None:
    """What stands in the table is what stood in the file."""
    at = {name: HEADINGS.index(name) for name in ("人口编号", "姓名", "出生日期", "行政区划代码")}
    wanted = {tuple(str(row[column]) for column in at.values()) for row in _parsed(content)[3:]}
    with open_scope(county_scope(0, write=False)):
        rows = Person.objects.filter(number__startswith="IM").values_list("number", "name", "birth_date", "village_id")
        found = {(number, name, f"{birth:%Y%m%d}", str(village)) for number, name, birth, village in rows}
    require_equal("imported people", found, wanted)


def _loop_seconds(content: bytes) -> float:
    """Processor seconds a row of the first version everybody writes: openpyxl, look up, `save()`."""
    clock = Clock(sessions("default"))
    with suppress(_RollBack), open_scope(county_scope(0)) as scope:
        start = clock()
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        for row in islice(book.worksheets[0].iter_rows(min_row=4, values_only=True), LOOPED):
            _save(dict(zip(HEADINGS, row, strict=False)), scope.lo)
        seconds = clock() - start
        raise _RollBack
    return seconds / LOOPED


def _save(row: dict[str, object], county: int) -> None:
    index = blind_index(str(row["证件号码"]), context=ID_CONTEXT, county=county)
    place = {"village_id": int(str(row["行政区划代码"]))}
    household, _new = Household.objects.get_or_create(county=county, number=row["户编号"], defaults=place)
    person = Person.objects.filter(county=county, id_index=index).first() or Person(id_index=index, household=household)
    for name, value in {
        **place,
        "number": row["人口编号"],
        "name": row["姓名"],
        "sex": "1" if row["性别"] == "男" else "2",
        "birth_date": dt.datetime.strptime(str(row["出生日期"]), "%Y%m%d").date(),  # noqa: DTZ007 -- intended: a day
        "id_number": row["证件号码"],
        "phone": row["成员联系电话"],
        "relation": "head",
        "ability": "ordinary",
    }.items():
        setattr(person, name, value)
    person.save()


def workbook(rows: int) -> bytes:
    """An export of the national system with invented people of the first county, the same every time."""
    chance = random.Random(726)
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, {"in_memory": True})
    sheet = book.add_worksheet("Sheet1")
    sheet.write(0, 0, "示范县人员信息")
    sheet.write(1, 0, "导出时间：2020-06-20")
    sheet.write_row(2, 0, HEADINGS)
    for number in range(rows):
        sheet.write_row(3 + number, 0, _line(number, chance))
    book.close()
    return kept.getvalue()


def _line(number: int, chance: random.Random) -> list[object]:
    village = county_code(0) + (100 + number % 17) * 1_000 + 200 + number // 17 % 20
    birth = dt.date(1950, 1, 1) + dt.timedelta(days=number % 19_000)
    order = number // 19_000 * 2 + number % 2
    body = f"410799{birth:%Y%m%d}{order:03d}"
    name = chance.choice(SURNAMES) + chance.choice(GIVEN) + chance.choice(GIVEN)
    return [
        "示范1县", "", "", f"99{number // 3 * 340 + number % 340:012d}", f"IM{number:010d}", name, "男" if order % 2 else "女",
        f"{birth:%Y%m%d}", "居民身份证", body + check_digit(body), "汉族", f"1990000{number % 10_000:04d}", 2019, "户主", "初中", "",
        chance.choice(["普通劳动力", "普通劳动力", "技能劳动力"]), "健康", "群众", "否", "一般脱贫户", str(village),
    ]  # fmt: skip
