"""A log as a workbook: every cell is text, so that nothing in it can be a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter


def workbook_of(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> bytes:
    """The bytes of an .xlsx with one sheet."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    for column, word in enumerate(head):
        sheet.write_string(0, column, word, bold)
    for row, line in enumerate(lines, start=1):
        for column, value in enumerate(line):
            sheet.write_string(row, column, str(value))
    sheet.freeze_panes(1, 0)
    book.close()
    return target.getvalue()
