"""Dates and months as counties write them: listed forms only, and what could mean two things is refused.

Months of a year travel as a 12-bit mask, bit 0 for January, so that overlapping spells count a month once.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re

from django.utils.translation import gettext_lazy as _

from kernel.identity.problems import Problem, ProblemError
from kernel.identity.widths import half_width

MONTHS = 12
FULL_YEAR = (1 << MONTHS) - 1
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_SERIAL_ZERO = dt.date(1899, 12, 30)  # Excel counts a 29 February 1900 that never was
_SERIAL_ZERO_1904 = dt.date(1904, 1, 1)
_SERIALS = range(10_000, 73_051)  # 1927-05-18 to 2099-12-31

_TIME = r"(?:[T ]*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_DATE_FORMS = tuple(
    re.compile(form + _TIME, re.ASCII)
    for form in (
        r"(\d{4})-(\d{1,2})-(\d{1,2})",
        r"(\d{4})/(\d{1,2})/(\d{1,2})",
        r"(\d{4})\.(\d{1,2})\.(\d{1,2})",
        r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]",
    )
)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MONTH_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (r"(\d{4})-(\d{1,2})", r"(\d{4})/(\d{1,2})", r"(\d{4})\.(\d{1,2})", r"(\d{4})年(\d{1,2})月份?")
)
_AROUND_SEPARATORS = re.compile(r" *([年月./-]) *| +(?=[日号])")
_SIX_DIGITS = re.compile(r"(\d{4})(\d{2})", re.ASCII)
_FIVE_DIGITS = re.compile(r"\d{5}", re.ASCII)
_TWO_WAYS = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](?:\d{2}|\d{4})", re.ASCII)
_YEAR_AND_DIGIT = re.compile(r"(?:19|20)\d{2}[1-9]", re.ASCII)

BLANK = Problem("date.blank", _("日期为空，请填写，例如2020-06-29。"))
WRONG_FORM = Problem(
    "date.form", _("看不懂这个日期，请写成2020-06-29、2020/6/29、2020.6.29、20200629或2020年6月29日。")
)
WRONG_MONTH_FORM = Problem("month.form", _("看不懂这个月份，请写成2020-06、2020/6、2020.6、202006或2020年6月。"))
AMBIGUOUS = Problem("date.ambiguous", _("这个日期可以有两种读法，请写成四位年份在前的形式，例如2020-06-29。"))
NO_SUCH_DAY = Problem("date.calendar", _("日历上没有这一天，请核对月份和日期。"))
MONTH_ONLY = Problem("date.month_only", _("这里要写到日，请补上日期，例如2020-06-29。"))
WRONG_YEAR = Problem("date.year_range", _("年份应在1900至2099之间，请改正。"))


def parse_date(value: object, *, base_1904: bool = False) -> dt.date:
    """The day in a workbook cell or text. ProblemError when blank, of no listed form, ambiguous or not in the calendar.

    `base_1904`: the workbook counts its serial numbers from 1904 (old Macintosh files).
    """
    if isinstance(value, dt.datetime):
        return _in_range(value.date())
    if isinstance(value, dt.date):
        return _in_range(value)
    text = _text_of(value)
    for form in _DATE_FORMS:
        found = form.fullmatch(text)
        if found:
            return _day(int(found[1]), int(found[2]), int(found[3]))
    compact = _COMPACT_DATE.fullmatch(text)
    if compact:
        return _day(int(compact[1]), int(compact[2]), int(compact[3]))
    if _FIVE_DIGITS.fullmatch(text):
        return _serial(text, base_1904=base_1904)
    raise ProblemError(_problem_of_date(text))


def parse_month(value: object, *, base_1904: bool = False) -> dt.date:
    """The first day of the month in a cell or text; a full date gives its month. ProblemError as `parse_date`."""
    if isinstance(value, float) and not value.is_integer() and not _SERIALS.start <= value < _SERIALS.stop:
        return _month_of_number(value)
    text = "" if isinstance(value, dt.date) else _text_of(value)
    for form in _MONTH_FORMS:
        found = form.fullmatch(text)
        if found:
            return _day(int(found[1]), int(found[2]), 1)
    six = _SIX_DIGITS.fullmatch(text)
    if six:
        return _six_digits(text, int(six[1]), int(six[2]))
    try:
        return parse_date(value, base_1904=base_1904).replace(day=1)
    except ProblemError as error:
        raise ProblemError(WRONG_MONTH_FORM) if error.problem is WRONG_FORM else error from None


def _text_of(value: object) -> str:
    """The text to match: numbers as whole digits, full-width characters made plain, outer and inner noise removed."""
    if value is None:
        raise ProblemError(BLANK)
    if isinstance(value, float) and math.isfinite(value):
        # The part behind the point of a serial number is the time of day.
        return str(int(value)) if value.is_integer() or int(value) in _SERIALS else str(value)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ProblemError(WRONG_FORM)
    text = half_width(str(value))
    if not text:
        raise ProblemError(BLANK)
    return _AROUND_SEPARATORS.sub(r"\1", text)


def _day(year: int, month: int, day: int) -> dt.date:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ProblemError(WRONG_YEAR)
    if not (1 <= month <= MONTHS and 1 <= day <= calendar.monthrange(year, month)[1]):
        raise ProblemError(NO_SUCH_DAY)
    return dt.date(year, month, day)


def _in_range(day: dt.date) -> dt.date:
    return _day(day.year, day.month, day.day)


def _serial(text: str, *, base_1904: bool) -> dt.date:
    """Excel's count of days. Five digits that also read as year and month ("20206") are refused."""
    if _YEAR_AND_DIGIT.fullmatch(text):
        raise ProblemError(AMBIGUOUS)
    if int(text) not in _SERIALS:
        raise ProblemError(WRONG_FORM)
    return _in_range((_SERIAL_ZERO_1904 if base_1904 else _SERIAL_ZERO) + dt.timedelta(days=int(text)))


def _six_digits(text: str, year: int, month: int) -> dt.date:
    """YYYYMM, unless the same digits also read as YYMMDD ("200601")."""
    if 1 <= int(text[2:4]) <= MONTHS and 1 <= int(text[4:]) <= 31:
        raise ProblemError(AMBIGUOUS)
    return _day(year, month, 1)


def _month_of_number(value: float) -> dt.date:
    """A numeric cell such as 2020.6. One decimal 1 is refused: 2020.10 arrives as 2020.1."""
    found = _MONTH_FORMS[2].fullmatch(str(value))
    if not found:
        raise ProblemError(WRONG_MONTH_FORM)
    if found[2] == "1":
        raise ProblemError(AMBIGUOUS)
    return _day(int(found[1]), int(found[2]), 1)


def _problem_of_date(text: str) -> Problem:
    if _TWO_WAYS.fullmatch(text) or (_SIX_DIGITS.fullmatch(text) and not text.startswith(("19", "20"))):
        return AMBIGUOUS
    if _SIX_DIGITS.fullmatch(text) or any(form.fullmatch(text) for form in _MONTH_FORMS):
        return MONTH_ONLY
    return WRONG_FORM


def month_mask(start: dt.date, end: dt.date | None, year: int) -> int:
    """The months of `year` that a spell touches, bit 0 for January. No end: to December. No overlap: 0.

    Whoever may not count the future passes the earlier of the end and today.
    """
    if start.year > year or (end is not None and (end.year < year or end < start)):
        return 0
    first = start.month if start.year == year else 1
    last = end.month if end is not None and end.year == year else MONTHS
    return ((1 << last) - 1) & ~((1 << (first - 1)) - 1)


def mask_to_months(mask: int) -> tuple[int, ...]:
    """The month numbers in a mask, ascending; ValueError outside twelve bits."""
    if not 0 <= mask <= FULL_YEAR:
        raise ValueError(f"a month mask has {MONTHS} bits, not {mask:b}")
    return tuple(month for month in range(1, MONTHS + 1) if mask >> (month - 1) & 1)
