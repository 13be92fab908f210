"""Hostile, foreign and broken files: told what they are and the cure, before or inside the limited child."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from kernel.exchange import parsing, preflight, services
from kernel.exchange.models import StagedRow, Upload
from kernel.identity.problems import Problem
from tests.kernel.exchange.books import book, person

YANJIN = 410726000000


def zipped(**members: bytes | str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("--", "."), content)
    return stream.getvalue()


def with_member(name: str, content: bytes, *, base: bytes | None = None) -> bytes:
    stream = io.BytesIO(base or book([person(0)]))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def replaced(name: str, change: Callable[[bytes], bytes]) -> bytes:
    source, stream = zipfile.ZipFile(io.BytesIO(book([person(0)]))), io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.namelist():
            content = source.read(entry)
            archive.writestr(entry, change(content) if entry == name else content)
    return stream.getvalue()


OLE = preflight.OLE + b"\0" * 600


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        ("姓名,年龄\n张三,3\n".encode(), "file.text"),
        (OLE, "file.xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "file.encrypted"),
        (b"%PDF-1.4 ...", "file.pdf"),
        (b"\x89PNG\r\n\x1a\n", "file.picture"),
        (b"\x00\x01\x02\x03", "file.not_excel"),
        (b"PK\x03\x04 torn", "file.broken"),
        (zipped(a="b"), "file.not_excel"),
        (zipped(**{"content--xml": "x", "mimetype": "y"}), "file.ods"),
        (zipped(**{"xl__workbook--bin": "x"}), "file.xlsb"),
        (with_member("xl/vbaProject.bin", b"macro"), "file.macro"),
        (with_member("../../etc/passwd", b"x"), "file.names"),
        (with_member("/etc/passwd", b"x"), "file.names"),
        (with_member("xl\\..\\x", b"x"), "file.names"),
        (with_member("xl/media/zeros.bin", b"\0" * 40_000_000), "file.bomb"),
        (zipped(**{f"e{n}": "x" for n in range(300)}), "file.bomb"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_a_plain_workbook_is_named(content: bytes, code: str, settings: Any) -> None:
    problem = preflight.examine(content, "人员.xlsx")
    assert problem is not None
    assert problem.code == code
    assert "请" in str(problem.message)


def test_a_good_book_passes_and_a_csv_name_does_not(settings: Any) -> None:
    content = book([person(0)])
    assert preflight.examine(content, "人员.xlsx") is None
    assert preflight.examine(content, "人员.CSV") is preflight.IS_CSV_NAMED
    settings.MAX_UPLOAD_BYTES = 100
    assert preflight.examine(content, "人员.xlsx") is preflight.TOO_BIG


def read(content: bytes) -> list[dict[str, Any]]:
    with parsing.parsed(content) as frames:
        return list(frames)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (replaced("xl/workbook.xml", lambda xml: b"<broken"), preflight.BROKEN),
        (replaced("xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2]), preflight.BROKEN),
        (
            replaced(
                "xl/workbook.xml",
                lambda xml: (
                    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
                    b'<!ENTITY c SYSTEM "file:///etc/passwd">]>'
                    + xml.split(b"?>", 1)[1].replace(b"<sheets>", b"<sheets>&b;&c;")
                ),
            ),
            None,
        ),
    ],
    ids=["no-xml", "torn", "entities"],
)
def test_broken_xml_ends_in_a_told_refusal_or_harmlessly(content: bytes, problem: Any) -> None:
    try:
        outcome: Any = read(content)
    except parsing.FileRefused as refusal:
        outcome = refusal.problem
    assert problem in {None, outcome} if isinstance(outcome, Problem) else problem is None
    assert "root:" not in str(outcome)


def test_a_cell_in_the_last_corner_does_not_take_the_memory(settings: Any) -> None:
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "姓名"
    workbook.active["XFD1048576"] = "x"
    stream = io.BytesIO()
    workbook.save(stream)
    with pytest.raises(parsing.FileRefused) as refusal:
        read(stream.getvalue())
    assert refusal.value.problem in {preflight.BOMB, preflight.TOO_MANY_COLUMNS, preflight.BROKEN}


def test_too_many_rows_and_columns(settings: Any) -> None:
    settings.EXCHANGE_LIMITS = {"rows": 5, "columns": 30}
    with pytest.raises(parsing.FileRefused) as refusal:
        read(book([person(n) for n in range(9)]))
    assert refusal.value.problem is preflight.TOO_MANY_ROWS
    settings.EXCHANGE_LIMITS = {"columns": 10}
    with pytest.raises(parsing.FileRefused) as refusal:
        read(book([person(0)]))
    assert refusal.value.problem is preflight.TOO_MANY_COLUMNS


def test_the_child_has_no_environment_and_knows_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    start = parsing.subprocess.Popen

    def spy(command: Any, **options: Any) -> Any:
        seen.update(options, command=command)
        return start(command, **options)

    monkeypatch.setattr(parsing.subprocess, "Popen", spy)
    read(book([person(0)]))
    assert seen["env"] == {"LANG": "C.UTF-8"}
    assert "-I" in seen["command"]
    assert "FIELD_KEYS" not in str(seen)


def test_formula_and_error_cells_are_refused_by_place(bring: Callable[..., Upload]) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(book([person(n) for n in range(3)])))
    sheet = workbook.active
    sheet["E4"] = "=A4"
    sheet["J5"] = "#N/A"
    sheet["J5"].data_type = "e"
    sheet.row_dimensions[6].hidden = True
    stream = io.BytesIO()
    workbook.save(stream)
    upload = bring([], content=stream.getvalue())
    assert (upload.new, upload.error, upload.hidden_rows) == (1, 2, 1)
    found = [
        row.problems[0] for row in StagedRow.objects.filter(upload_id=upload.pk, verdict="error").order_by("number")
    ]
    assert [(each["cell"], each["code"]) for each in found] == [("E4", "cell.formula"), ("J5", "cell.error")]


def test_a_refused_file_keeps_nothing(bring: Callable[..., Upload]) -> None:
    with pytest.raises(services.UploadRefused, match="扩展名"):
        bring([], content=b"name,age\n1,2\n")
    assert not Upload.objects.exists()


def test_no_right_no_upload(appoint: Any, acting: Any) -> None:
    with acting(appoint("finance", YANJIN)), pytest.raises(PermissionError):
        services.receive_upload(content=book([person(0)]), file_name="a.xlsx", importer="test.people", division=YANJIN)
