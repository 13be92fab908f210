"""Unified social credit codes of enterprises and cooperatives (GB 32100-2015)."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from kernel.identity.problems import Problem, refuse

LENGTH = 18
# I, O, S, V and Z are not used: they look like 1, 0, 5, U and 2.
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = tuple(pow(3, at, 31) for at in range(LENGTH - 1))
_INVISIBLE = re.compile(r"[\s\-\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_OLD_LICENCE = re.compile(r"[0-9]{13}|[0-9]{15}")

BLANK = Problem("uscc.blank", _("统一社会信用代码为空，请填写18位代码。"))
OLD_LICENCE = Problem("uscc.old_licence", _("这是旧的营业执照注册号，请填写换发后的18位统一社会信用代码。"))
WRONG_LENGTH = Problem("uscc.length", _("统一社会信用代码应为18位，请对照营业执照补全或删去多余的字符。"))
WRONG_ALPHABET = Problem(
    "uscc.alphabet", _("统一社会信用代码只用数字和大写字母，且不含I、O、S、V、Z，请对照营业执照改正。")
)
WRONG_DIVISION = Problem("uscc.division", _("统一社会信用代码第3至8位应为数字，请对照营业执照改正。"))
WRONG_CHECK_DIGIT = Problem(
    "uscc.check_digit", _("统一社会信用代码校验位不对，多半有一位写错，请对照营业执照逐位核对。")
)


def normalise_uscc(text: str) -> str:
    """Full-width characters made plain; spaces, hyphens and invisible characters removed; upper-case."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _INVISIBLE.sub("", text).upper()


def check_digit(first_17: str) -> str:
    """The last character that belongs to the first 17."""
    total = sum(_VALUES[character] * weight for character, weight in zip(first_17, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def check_uscc(text: str) -> Problem | None:
    """What is wrong with a credit code, or None. The division inside is a hint: only its alphabet is checked."""
    code = normalise_uscc(text)
    if not code:
        return BLANK
    if len(code) != LENGTH:
        return OLD_LICENCE if _OLD_LICENCE.fullmatch(code) else WRONG_LENGTH
    if any(character not in _VALUES for character in code):
        return WRONG_ALPHABET
    if not code[2:8].isdigit():
        return WRONG_DIVISION
    return None if check_digit(code[:17]) == code[17] else WRONG_CHECK_DIGIT


def validate_uscc(text: str) -> None:
    """The check as a form and field validator."""
    refuse(check_uscc, text)
