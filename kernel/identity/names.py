"""Names of people as written on their cards: rare characters kept, interpuncts unified, noise removed."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from kernel.identity.problems import Problem, refuse

MAX_LENGTH = 50
INTERPUNCT = "\u00b7"
# 民委发〔2016〕33号 fixes U+00B7 as the separator; NFKC leaves these look-alikes as they are.
_LOOK_ALIKES = dict.fromkeys(map(ord, "\u2022\u30fb\uff65\u2027\u2219\u22c5\u0387\u2e31\u25cf\u16eb"), INTERPUNCT)
_HAN = "\u2e80-\u2fdf\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PLAIN_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002f7ff\U00030000-\U0003ffff]{1,50}")
_HAS_HAN = re.compile(f"[{_HAN}]")
# CJK compatibility ideographs are left alone: the code point on the card is the name.
_COMPATIBLE = re.compile("[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
_FULL_STOP = re.compile(f"(?<=[{_HAN}])[.。](?=[{_HAN}])")
_SPACES = re.compile(r"[ \u3000\u00a0]+")
_AROUND_INTERPUNCT = re.compile(f" *{INTERPUNCT} *")
_MISPLACED = re.compile(f"^{INTERPUNCT}|{INTERPUNCT}$|{INTERPUNCT}{{2}}")
_LATIN_MARKS = frozenset(" '’-.")

BLANK = Problem("name.blank", _("姓名为空，请填写。"))
TOO_LONG = Problem("name.length", _("姓名超过50个字，请核对是否把几格内容并在了一起。"))
HAS_DIGIT = Problem("name.digit", _("姓名中有数字，请删去编号或改正。"))
HAS_CONTROL = Problem("name.control", _("姓名中有换行或控制字符，请删去后重填。"))
MISPLACED = Problem("name.interpunct", _("间隔号“·”只能写在两个字之间，请改正。"))
OLD_ENCODING = Problem(
    "name.private_use", _("姓名中有旧字库自造的生僻字，其他电脑无法显示，请用输入法重新输入这个字。")
)
BROKEN = Problem("name.broken", _("姓名中有乱码，请对照证件重新输入。"))
HAS_SYMBOL = Problem("name.symbol", _("姓名中只能有文字和间隔号“·”，请把括号、说明和其他符号移到备注。"))
# General categories of Unicode, two letters before one; letters and their marks are right.
_BY_CATEGORY: dict[str, Problem | None] = {
    "L": None,
    "M": None,
    "N": HAS_DIGIT,
    "P": HAS_SYMBOL,
    "S": HAS_SYMBOL,
    "Z": HAS_CONTROL,
    "C": HAS_CONTROL,
    "Co": OLD_ENCODING,
    "Cs": BROKEN,
    "Cn": BROKEN,
}


class Name(NamedTuple):
    """The cleaned name, and what is wrong with it (None when nothing is)."""

    cleaned: str
    problem: Problem | None


def normalise_name(text: str) -> Name:
    """Clean a name and say what is wrong. The caller keeps the original text where a record demands it."""
    if _PLAIN_HAN.fullmatch(text):
        return Name(text, None)
    cleaned = _clean(text)
    return Name(cleaned, _problem_of(cleaned))


def _compose(text: str) -> str:
    return _COMPATIBLE.sub(lambda part: unicodedata.normalize("NFKC", part[0].translate(_LOOK_ALIKES)), text)


def _clean(text: str) -> str:
    text = _INVISIBLE.sub("", _compose(text).translate(_LOOK_ALIKES)).strip()
    if _HAS_HAN.search(text):
        text = _FULL_STOP.sub(INTERPUNCT, _SPACES.sub("", text))
    else:
        text = _AROUND_INTERPUNCT.sub(INTERPUNCT, _SPACES.sub(" ", text))
    # Again: what was taken out may have stood between a letter and its accent.
    return _compose(text)


def _problem_of(name: str) -> Problem | None:
    if not name:
        return BLANK
    if len(name) > MAX_LENGTH:
        return TOO_LONG
    han = _HAS_HAN.search(name) is not None
    for character in name:
        problem = _problem_of_character(character, han=han)
        if problem is not None:
            return problem
    return MISPLACED if _MISPLACED.search(name) else None


def _problem_of_character(character: str, *, han: bool) -> Problem | None:
    # Asked first: a Han character newer than this Python's Unicode tables is "unassigned" to it, and right.
    if _HAS_HAN.match(character) or character == INTERPUNCT or (not han and character in _LATIN_MARKS):
        return None
    if character in "\ufffd?□":
        return BROKEN
    category = unicodedata.category(character)
    return _BY_CATEGORY.get(category, _BY_CATEGORY.get(category[0]))


def check_name(text: str) -> Problem | None:
    """What is wrong with a name, or None."""
    return normalise_name(text).problem


def validate_name(text: str) -> None:
    """The check as a form and field validator."""
    refuse(check_name, text)
