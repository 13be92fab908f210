"""Ready cleaners for `Column.clean`. Each takes a cell that is not blank and gives a value or raises ProblemError."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kernel.identity import id_number as ids
from kernel.identity import phone as phones
from kernel.identity.money import yuan_to_fen
from kernel.identity.months import parse_date, parse_month
from kernel.identity.names import normalise_name
from kernel.identity.problems import Problem, ProblemError
from kernel.identity.uscc import check_uscc, normalise_uscc
from kernel.identity.widths import half_width

NOT_TEXT = Problem("cell.not_text", _("这一格是数字或日期，请将该列设为文本后重填"))
NOT_INTEGER = Problem("cell.not_integer", _("这里要填整数，请改正"))
TOO_LONG = Problem("cell.too_long", _("文字太长，请缩短"))
OUT_OF_RANGE = Problem("cell.out_of_range", _("数值超出范围，请核对"))
NOT_OURS = Problem("cell.public_id", _("隐藏列“_id”被改动过，请重新导出后再填"))
CONTROL = Problem("cell.control", _("格中有看不见的控制字符，请清除格式后重填"))


def plain(cell: Any) -> str:
    """A cell as the text a person sees: whole floats without ".0", dates as ISO."""
    if isinstance(cell, str):
        return cell.strip(" \t\r\n\u3000\xa0\u200b\ufeff")
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


def text(longest: int = 120) -> Callable[[Any], str]:
    """Trimmed text of limited length; a numeric cell becomes its digits."""

    def clean(cell: Any) -> str:
        value = plain(cell)
        if len(value) > longest:
            raise ProblemError(TOO_LONG)
        if not value.isprintable() and any(ord(each) < 32 for each in value):
            raise ProblemError(CONTROL)
        return value

    return clean


def code_text(longest: int = 40) -> Callable[[Any], str]:
    """Like `text`, but numeric cells are refused: household and person numbers longer than 15 digits lose their tail."""
    trimmed = text(longest)

    def clean(cell: Any) -> str:
        if not isinstance(cell, str):
            raise ProblemError(NOT_TEXT)
        if cell.isascii() and cell.isalnum() and len(cell) <= longest:
            return cell
        return half_width(trimmed(cell))

    return clean


def name(cell: Any) -> str:
    """A person's name (`kernel.identity.names`)."""
    found = normalise_name(plain(cell))
    if found.problem is not None:
        raise ProblemError(found.problem)
    return found[0]


def id_number(cell: Any) -> str:
    """An 18-character identity number, checked by length, calendar and check digit."""
    if type(cell) is not str:
        raise ProblemError(ids.NUMERIC_CELL)
    problem = ids.check_id(cell)
    if problem is not None:
        raise ProblemError(problem)
    # Eighteen plain digits are their own normal form; only the others pay for it.
    return cell if cell.isascii() and cell.isdigit() else ids.normalise_id(cell)


def phone(cell: Any) -> str:
    """A mainland mobile number."""
    if type(cell) is not str:
        raise ProblemError(phones.NUMERIC_CELL)
    number = phones.normalise_phone(cell)
    problem = phones.check_phone(number)
    if problem is not None:
        raise ProblemError(problem)
    return number


def credit_code(cell: Any) -> str:
    """A unified social credit code."""
    code = normalise_uscc(plain(cell))
    problem = check_uscc(code)
    if problem is not None:
        raise ProblemError(problem)
    return code


def choice(values: Mapping[str, Any]) -> Callable[[Any], Any]:
    """One of the listed words, mapped to its stored value; the message lists what is allowed."""
    allowed = "、".join(list(values)[:12])
    unknown = Problem("cell.choice", format_lazy(_("不在可填的范围内，可填：{allowed}"), allowed=allowed))

    def clean(cell: Any) -> Any:
        word = plain(cell)
        if word not in values:
            raise ProblemError(unknown)
        return values[word]

    return clean


yes_no = choice({"是": True, "否": False, "有": True, "无": False})
"""是/否, 有/无."""


def public_id(cell: Any) -> str:
    """The `_id` of an exported row."""
    try:
        return str(uuid.UUID(plain(cell)))
    except ValueError:
        raise ProblemError(NOT_OURS) from None


def date(cell: Any) -> dt.date:
    """A day in any listed form."""
    return parse_date(cell)


def month(cell: Any) -> dt.date:
    """First day of a month."""
    return parse_month(cell)


def yuan(cell: Any) -> int:
    """Yuan in the cell, fen in the record."""
    return yuan_to_fen(cell)


def integer(lowest: int = 0, highest: int = 1_000_000) -> Callable[[Any], int]:
    """A whole number inside bounds."""

    def clean(cell: Any) -> int:
        try:
            number = float(half_width(cell)) if isinstance(cell, str) else float(cell)
        except (TypeError, ValueError):
            raise ProblemError(NOT_INTEGER) from None
        if isinstance(cell, bool) or not number.is_integer():
            raise ProblemError(NOT_INTEGER)
        if not lowest <= number <= highest:
            raise ProblemError(OUT_OF_RANGE)
        return int(number)

    return clean
