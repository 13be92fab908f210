"""Workbooks and CSV out: text stays text, sealed values stay masked unless a purpose was given, every export is an event."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from xlsxwriter.worksheet import Worksheet

from kernel.audit.services import record
from kernel.exchange.importer import Importer
from kernel.protection.sealed import Sealed

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\x00")
MOST_ROWS = 200_000


class PurposeMissing(Exception):
    """Unmasked values were asked for without saying what for."""


class TooManyRows(Exception):
    """More rows than one workbook may carry; narrow the list first."""


@dataclass(frozen=True, slots=True)
class OutColumn:
    """One column of an export. `value(row)` gives str, int, bool, date, Sealed or None; `as_text` formats it as text.

    `yuan`: the value is fen and leaves as yuan with two decimals. `hidden`: carried for the way back (_id, _version).
    """

    title: str | Promise
    value: Callable[[Any], Any]
    width: int = 12
    as_text: bool = True
    yuan: bool = False
    hidden: bool = False


ROUND_TRIP = (
    OutColumn("_id", lambda row: str(row.uid), hidden=True),
    OutColumn("_version", lambda row: row.version, as_text=False, hidden=True),
)
"""Put these at the end of an export that is meant to come back."""


def masked(value: Any, *, unmask: bool) -> Any:
    """The value as it may leave: a sealed one as its mask, or opened."""
    if isinstance(value, Sealed):
        return value.reveal() if unmask else str(value)
    return value


def export_workbook(
    *,
    rows: Iterable[Any],
    columns: Sequence[OutColumn],
    sheet: str,
    action: str,
    purpose: str = "",
    unmask: bool = False,
    division: int | None = None,
    titles: Sequence[str] = (),
    count: int | None = None,
) -> IO[bytes]:
    """An .xlsx as an open temporary file at its start, and an audit event with the number of rows.

    `unmask` needs a purpose (PurposeMissing); the caller asks for the right. No text ever becomes a formula.
    """
    if unmask and not purpose.strip():
        raise PurposeMissing(_("请填写导出用途"))
    if count is not None and count > MOST_ROWS:
        raise TooManyRows(_("一次最多导出 %(n)s 行，请先缩小范围") % {"n": f"{MOST_ROWS:,}"})
    out = tempfile.TemporaryFile()  # noqa: SIM115 -- intended: handed to the response, which closes it
    book = xlsxwriter.Workbook(
        out,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    page = book.add_worksheet(sheet[:31])
    written = _write_sheet(book, page, rows, columns=columns, titles=titles, unmask=unmask)
    book.close()
    record(action, rows=written, purpose=purpose, division=division, detail={"format": "xlsx", "unmasked": unmask})
    out.seek(0)
    return out


def _write_sheet(
    book: Any,
    page: Worksheet,
    rows: Iterable[Any],
    *,
    columns: Sequence[OutColumn],
    titles: Sequence[str],
    unmask: bool,
) -> int:
    bold, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
    day, money = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "#,##0.00"})
    formats = {"text": text, "day": day, "money": money}
    for at, column in enumerate(columns):
        page.set_column(at, at, column.width, text if column.as_text else None, {"hidden": column.hidden})
    for at, title in enumerate(titles):
        page.write_string(at, 0, title)
    for at, column in enumerate(columns):
        page.write_string(len(titles), at, str(column.title), bold)
    page.freeze_panes(len(titles) + 1, 0)
    page.repeat_rows(len(titles))
    line = len(titles)
    for row in rows:
        line += 1
        for at, column in enumerate(columns):
            _write_cell(page, line, at, masked(column.value(row), unmask=unmask), column=column, formats=formats)
    return line - len(titles)


def _write_cell(page: Worksheet, line: int, at: int, value: Any, *, column: OutColumn, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if column.yuan:
        page.write_number(line, at, value / 100, formats["money"])
    elif isinstance(value, bool):
        page.write_string(line, at, "是" if value else "否", formats["text"])  # a workbook is Chinese whoever takes it
    elif isinstance(value, (dt.date, dt.datetime)):
        page.write_string(line, at, value.isoformat()[:10], formats["text"])
    elif isinstance(value, int) and not column.as_text:
        page.write_number(line, at, value)
    else:
        page.write_string(line, at, str(value), formats["text"])


def export_csv(
    *,
    rows: Iterable[Any],
    columns: Sequence[OutColumn],
    action: str,
    purpose: str = "",
    unmask: bool = False,
    division: int | None = None,
) -> Iterator[bytes]:
    """CSV in UTF-8 with BOM, in pieces; text that a spreadsheet would run begins with an apostrophe.

    The event is written before the first byte leaves.
    """
    if unmask and not purpose.strip():
        raise PurposeMissing(_("请填写导出用途"))
    listed = list(rows)
    record(action, rows=len(listed), purpose=purpose, division=division, detail={"format": "csv", "unmasked": unmask})
    return _csv_lines(listed, [each for each in columns if not each.hidden], unmask=unmask)


def _csv_lines(rows: Iterable[Any], columns: Sequence[OutColumn], *, unmask: bool) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield b"\xef\xbb\xbf"
    writer.writerow([harmless(str(column.title)) for column in columns])
    for row in rows:
        writer.writerow([_csv_value(masked(column.value(row), unmask=unmask), column) for column in columns])
        if buffer.tell() > 64_000:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _csv_value(value: Any, column: OutColumn) -> str:
    if value is None:
        return ""
    if column.yuan:
        return f"{value // 100}.{value % 100:02d}" if value >= 0 else f"-{-value // 100}.{-value % 100:02d}"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()[:10]
    return harmless(str(value)) if isinstance(value, str) else str(value)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before = + - @ tab and the like."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


# -- the blank template of an importer


def template_workbook(importer: type[Importer]) -> bytes:
    """The blank workbook of an importer: data sheet, 填写说明, 代码表 feeding the drop-downs."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": str(importer.label), "comments": importer.code})
    page = book.add_worksheet(str(importer.sheet or importer.label)[:31])
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
    must = book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1, "text_wrap": True})
    codes = book.add_worksheet(_("代码表"))
    codes_at = 0
    for at, column in enumerate(importer.columns):
        textual = column.sealed is not None or column.text_only
        page.set_column(at, at, max(column.width, 20 if column.sealed else 0), text if textual else None)
        page.write_string(0, at, column.title, must if column.filled else head)
        if column.choices:
            codes.write_string(0, codes_at, column.title, head)
            for line, choice in enumerate(column.choices, 1):
                codes.write_string(line, codes_at, choice)
            area = f"='{_('代码表')}'!${_letter(codes_at)}$2:${_letter(codes_at)}${len(column.choices) + 1}"
            page.data_validation(1, at, 100_000, at, {"validate": "list", "source": area, "error_type": "warning"})
            codes_at += 1
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    _explain(book, importer, head)
    book.close()
    return stream.getvalue()


def _explain(book: Any, importer: type[Importer], head: Any) -> None:
    help_page = book.add_worksheet(_("填写说明"))
    help_page.set_column(0, 0, 20)
    help_page.set_column(1, 1, 8)
    help_page.set_column(2, 2, 70)
    for at, title in enumerate((_("列"), _("必填"), _("说明"))):
        help_page.write_string(0, at, title, head)
    for line, column in enumerate(importer.columns, 1):
        words = str(column.help)
        if column.sealed is not None or column.text_only:
            words = (words + " " if words else "") + _("请先把整列设为文本格式，再填写或粘贴")
        help_page.write_string(line, 0, column.title)
        help_page.write_string(line, 1, _("是") if column.filled else "")
        help_page.write_string(line, 2, words)


def _letter(at: int) -> str:
    return xlsxwriter.utility.xl_col_to_name(at)
