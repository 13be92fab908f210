"""Mainland mobile numbers: 11 digits beginning 13 to 19. Demonstration data use 199."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kernel.identity.problems import Problem, refuse

LENGTH = 11
_SEPARATORS = re.compile(r"[\s\-‐‑–—\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_COUNTRY = re.compile(r"^(?:\+|00)?86(?=1\d{10}$)")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_NUMERIC_TEXT = re.compile(r"\d+(\.\d+)?[eE]\+?\d+|\d{7,}\.0+")

BLANK = Problem("phone.blank", _("手机号为空，请填写11位手机号。"))
WRONG_ALPHABET = Problem("phone.alphabet", _("手机号只能是数字，一格只填一个号码，请删去其他文字。"))
WRONG_LENGTH = Problem("phone.length", _("手机号应为11位，请核对后补全或删去多余的数字。"))
WRONG_PREFIX = Problem("phone.prefix", _("手机号应以13至19开头，请核对；座机号请不要填在这一列。"))
NUMERIC_CELL = Problem("phone.numeric_cell", _("手机号被存成数字，请将该列设为文本后重填"))


def normalise_phone(text: str) -> str:
    """Full-width digits made plain; spaces, hyphens, invisible characters and a leading +86 removed."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _COUNTRY.sub("", _SEPARATORS.sub("", text))


def check_phone(text: str) -> Problem | None:
    """What is wrong with a mobile number, or None."""
    number = normalise_phone(text)
    if _MOBILE.fullmatch(number):
        return None
    if not number:
        return BLANK
    if not (number.isascii() and number.isdigit()):
        return NUMERIC_CELL if _NUMERIC_TEXT.fullmatch(number) else WRONG_ALPHABET
    return WRONG_PREFIX if len(number) == LENGTH else WRONG_LENGTH


def cell_problem(value: object) -> Problem | None:
    """Refuse a numeric workbook cell: the column's format has already changed what was typed."""
    if isinstance(value, (int, float, Decimal)):
        return NUMERIC_CELL
    if isinstance(value, str) and _NUMERIC_TEXT.fullmatch(normalise_phone(value)):
        return NUMERIC_CELL
    return None


def validate_phone(text: str) -> None:
    """The check as a form and field validator."""
    refuse(check_phone, text)
