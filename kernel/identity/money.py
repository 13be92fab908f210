"""Yuan as people and workbooks write them, integer fen inside. No rounding on the way in."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kernel.identity.problems import Problem, ProblemError
from kernel.identity.widths import half_width

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
MAX_FEN = 10**13  # 100 billion yuan: more than any county's budget, and exact in a double
_FLOAT_TOLERANCE = Decimal("0.000001")  # of a fen: what Excel's binary arithmetic leaves behind
_MOST_DIGITS = 40
_AMOUNT = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?", re.ASCII)
_WRAPPED = re.compile(r"(?:¥|RMB|CNY)?\s*(.*?)\s*元?", re.IGNORECASE | re.DOTALL)

BLANK = Problem("money.blank", _("金额为空，请填写；没有金额请填0。"))
WRONG_FORM = Problem("money.form", _("看不懂这个金额，请只填以元为单位的数字，例如1234.50。"))
WRONG_UNIT = Problem("money.unit", _("金额请以元为单位填写，不要写“万”或“角”“分”。"))
TOO_FINE = Problem("money.decimals", _("金额最多两位小数（到分），请按实际发放金额填写，系统不会替您四舍五入。"))
NEGATIVE = Problem("money.negative", _("金额不能是负数；要收回已发的钱请办理追回。"))
TOO_LARGE = Problem("money.too_large", _("金额大得不合常理，请核对单位和小数点。"))


def yuan_to_fen(value: object, *, allow_negative: bool = False) -> int:
    """A yuan amount (str, int, float, Decimal) as fen, exact. ProblemError for anything else, blank, or below a fen.

    A float comes from a workbook cell and may miss a whole fen by binary noise (at most a millionth of a fen).
    """
    if isinstance(value, str):
        fen = _text_to_fen(value)
    elif value is None:
        raise ProblemError(BLANK)
    elif isinstance(value, bool):
        raise ProblemError(WRONG_FORM)
    elif isinstance(value, int):
        fen = value * FEN_PER_YUAN
    elif isinstance(value, float):
        fen = _float_to_fen(value)
    elif isinstance(value, Decimal):
        fen = _decimal_to_fen(value)
    else:
        raise ProblemError(WRONG_FORM)
    if abs(fen) > MAX_FEN:
        raise ProblemError(TOO_LARGE)
    if fen < 0 and not allow_negative:
        raise ProblemError(NEGATIVE)
    return fen


def _float_to_fen(value: float) -> int:
    if not math.isfinite(value):
        raise ProblemError(WRONG_FORM)
    exact = Decimal(repr(value)) * FEN_PER_YUAN
    whole = round(exact)
    if abs(exact - whole) > _FLOAT_TOLERANCE:
        raise ProblemError(TOO_FINE)
    return whole


def _decimal_to_fen(value: Decimal) -> int:
    if not value.is_finite():
        raise ProblemError(WRONG_FORM)
    if value.adjusted() > 15:
        raise ProblemError(TOO_LARGE)
    sign, digits, exponent = value.as_tuple()
    places = int(exponent) + 2
    if places < -_MOST_DIGITS or len(digits) > _MOST_DIGITS:
        raise ProblemError(TOO_FINE)
    # Not Decimal arithmetic: its context would round an amount of many digits without a word.
    number = int("".join(map(str, digits)))
    over: int = 10 ** max(places, 0)
    under: int = 10 ** max(-places, 0)
    fen, rest = divmod(number * over, under)
    if rest:
        raise ProblemError(TOO_FINE)
    return -fen if sign else fen


def _text_to_fen(text: str) -> int:
    plain = half_width(text)
    if not plain:
        raise ProblemError(BLANK)
    wrapped = _WRAPPED.fullmatch(plain)
    found = _AMOUNT.fullmatch(wrapped[1]) if wrapped else None
    if not found:
        raise ProblemError(WRONG_UNIT if re.search("[万千百角分]", plain) else WRONG_FORM)
    sign, yuan, decimals = found[1], found[2].replace(",", ""), (found[3] or "").rstrip("0")
    if len(decimals) > 2:
        raise ProblemError(TOO_FINE)
    if len(yuan) > 15:
        raise ProblemError(TOO_LARGE)
    fen = int(yuan) * FEN_PER_YUAN + int(decimals.ljust(2, "0") or 0)
    return -fen if sign == "-" else fen


def fen_to_yuan_text(fen: int) -> str:
    """ "1,234.50": yuan with thousands separators and always two decimals."""
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02d}"


def fen_to_wan_text(fen: int) -> str:
    """ "76.93": ten thousands of yuan, at most two decimals rounded half up, trailing zeros dropped."""
    hundredths = (abs(fen) + FEN_PER_WAN // 200) // (FEN_PER_WAN // 100)
    wan, rest = divmod(hundredths, 100)
    text = f"{wan}.{rest:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if fen < 0 and hundredths else text
