"""The user's own workbook back: red cells with comments exactly where the problems are, 错误说明, a summary sheet."""

from __future__ import annotations

import io
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from kernel.exchange import storage
from kernel.exchange.models import StagedRow, Upload

RED = PatternFill("solid", fgColor="FFC7CE")
AUTHOR = "延津就业帮扶"
SHEET = "错误汇总"


def all_problems(upload: Upload) -> list[dict[str, str]]:
    """Every problem of the file and of its rows, in file order."""
    found = list(upload.problems)
    rows = StagedRow.objects.filter(upload_id=upload.pk, problems__isnull=False).order_by("number")
    for problems in rows.values_list("problems", flat=True):
        found.extend(problems or [])
    return found


def annotated_name(file_name: str, count: int) -> str:
    """原名_批注_共12处.xlsx."""
    return f"{PurePath(file_name).stem}_批注_共{count}处.xlsx"


def annotated_workbook(upload: Upload) -> tuple[str, bytes]:
    """File name and content. Values, formulas and sheets of the original stay as they are."""
    problems = all_problems(upload)
    book = load_workbook(io.BytesIO(storage.fetch(upload.stored)))
    sheet = book[upload.sheet] if upload.sheet in book.sheetnames else book.worksheets[0]
    _mark_cells(sheet, problems)
    _explain_rows(sheet, problems, heading=upload.heading_row)
    _summarise(book, upload, problems)
    stream = io.BytesIO()
    book.save(stream)
    return annotated_name(upload.file_name, len(problems)), stream.getvalue()


def _mark_cells(sheet: Any, problems: list[dict[str, str]]) -> None:
    words: dict[str, list[str]] = {}
    for problem in problems:
        if problem["cell"]:
            words.setdefault(problem["cell"], []).append(problem["message"])
    for address, messages in words.items():
        cell = sheet[address]
        cell.fill = RED
        comment = Comment("\n".join(messages), AUTHOR)
        comment.width, comment.height = 320, 40 + 20 * len(messages)
        cell.comment = comment


def _explain_rows(sheet: Any, problems: list[dict[str, str]], *, heading: int) -> None:
    """A last column with all messages of the row."""
    column = sheet.max_column + 1
    if heading:
        title = sheet.cell(row=heading, column=column, value=_("错误说明"))
        title.font = Font(bold=True)
    lines: dict[int, list[str]] = {}
    for problem in problems:
        digits = problem["cell"].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        if digits:
            lines.setdefault(int(digits), []).append(f"{problem['column'] or problem['cell']}：{problem['message']}")
    for number, messages in lines.items():
        if number != heading:
            sheet.cell(row=number, column=column, value="；".join(messages))
    sheet.column_dimensions[get_column_letter(column)].width = 60


def _summarise(book: Any, upload: Upload, problems: list[dict[str, str]]) -> None:
    summary = book.create_sheet(_unused(book, SHEET))
    summary.append([_("文件"), upload.file_name])
    summary.append([_("结果"), upload.message])
    summary.append([_("错误"), len(problems)])
    summary.append([])
    summary.append([_("工作表"), _("单元格"), _("列"), _("错误代码"), _("错误说明")])
    for problem in problems:
        values = [problem["sheet"], problem["cell"], problem["column"], problem["code"], problem["message"]]
        summary.append(values)
        for cell in summary[summary.max_row]:
            cell.data_type = "s"  # a title that begins with = must not become a formula
    for letter, width in zip("ABCDE", (16, 10, 18, 22, 70), strict=True):
        summary.column_dimensions[letter].width = width
    for cell in summary["E"]:
        cell.alignment = Alignment(wrap_text=True)


def _unused(book: Any, name: str) -> str:
    taken = set(book.sheetnames)
    return next(each for each in (name, *(f"{name}{n}" for n in range(2, 1000))) if each not in taken)
