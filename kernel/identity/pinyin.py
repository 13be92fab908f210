"""Pinyin of names without tones: one reading for display and sorting, every reading for search.

A surname's reading is often not the character's first one (单 shan, 解 xie, 仇 qiu), and given names choose freely, so
search keeps them all: "sxx" and "dxx" both find 单雄信. ü is written v, and search also knows lu and lyu.
"""

from __future__ import annotations

import json
import math
import unicodedata
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

MAX_INITIALS = 64
MAX_SPELLINGS = 32

# The reading as a surname where it is not the first one of the dictionary (or is missing there).
_SURNAMES = {
    "单": "shan", "單": "shan", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "區": "ou", "覃": "qin", "盖": "ge",
    "蓋": "ge", "朴": "piao", "翟": "zhai", "乐": "yue", "樂": "yue", "缪": "miao", "繆": "miao", "曾": "zeng", "黑": "he",
    "召": "shao", "员": "yun", "洗": "xian", "繁": "po", "种": "chong", "折": "she", "阚": "kan", "佴": "nai", "能": "nai",
    "薄": "bo", "秘": "bi", "祭": "zhai", "适": "kuo", "乜": "nie", "句": "gou", "郇": "xun", "隗": "wei", "都": "du",
    "還": "huan", "还": "huan", "长": "chang", "藏": "zang", "不": "fou", "炅": "gui", "卜": "bu", "六": "lu", "参": "shen",
}  # fmt: skip
# Surnames of two characters that read otherwise than their characters alone.
_COMPOUND_SURNAMES = {
    "尉迟": ("yu", "chi"), "尉遲": ("yu", "chi"), "单于": ("chan", "yu"), "万俟": ("mo", "qi"), "长孙": ("zhang", "sun"),
    "澹台": ("tan", "tai"),
}  # fmt: skip
# In given names the first reading of the dictionary is the rarer one.
_GIVEN = {
    "长": "chang",
    "晟": "sheng",
    "重": "chong",
    "还": "huan",
    "了": "liao",
    "曾": "zeng",
    "茜": "qian",
    "仇": "qiu",
}
_SILENT = dict.fromkeys(map(ord, "·•・‧∙⋅ \u3000'’-."))
# Marks of tone; the diaeresis of ü is none.
_TONES = dict.fromkeys((0x0300, 0x0301, 0x0304, 0x030C, 0x0302))


@cache
def _dictionary() -> dict[str, str]:
    """Code point (decimal text) to toned readings, from pypinyin's data file.

    Read directly: importing pypinyin also loads its phrases, 55 MB in each process that no name needs.
    """
    found = find_spec("pypinyin")
    folder = found.submodule_search_locations[0] if found and found.submodule_search_locations else ""
    path = Path(folder) / "pinyin_dict.json"
    if not path.is_file():
        raise ImproperlyConfigured("pypinyin with pinyin_dict.json is not installed")
    data: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return data


def _plain(toned: str) -> str:
    """ "lǚ" as "lv": tones off, ü written v."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", toned).translate(_TONES))
    return text.replace("ü", "v")


def _read(char: str) -> tuple[str, ...]:
    toned = _dictionary().get(str(ord(char)))
    if toned is None:
        return (char.lower(),) if char.isascii() and char.isalpha() else ()
    readings = [_plain(each) for each in toned.split(",")]
    known = (_SURNAMES.get(char), _GIVEN.get(char))
    return tuple(dict.fromkeys([*readings, *(each for each in known if each)]))


def _first(reading: str | None, readings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((reading, *readings))) if reading else readings


def _spellings(readings: tuple[str, ...]) -> tuple[str, ...]:
    """Readings with the other ways people type ü."""
    typed = [other for each in readings if "v" in each for other in (each.replace("v", "u"), each.replace("v", "yu"))]
    return tuple(dict.fromkeys((*readings, *typed))) if typed else readings


def _initials(readings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each[0] for each in readings))


Syllable = tuple[tuple[str, ...], tuple[str, ...]]


class _Given(dict[str, Syllable]):
    """Character of a given name to (spellings, initials), usual reading first; filled as characters are met."""

    def __missing__(self, char: str) -> Syllable:
        readings = _first(_GIVEN.get(char), _read(char))
        made = self[char] = (_spellings(readings), _initials(readings))
        return made


class _Surname(dict[str, Syllable]):
    """The same for the first character of a name."""

    def __missing__(self, char: str) -> Syllable:
        readings = _first(_SURNAMES.get(char), _read(char))
        made = self[char] = (_spellings(readings), _initials(readings))
        return made


_given = _Given()
_surname = _Surname()


def readings_of(char: str) -> tuple[str, ...]:
    """Every reading of one character without tones, the dictionary's first one first; empty when it has none."""
    return _read(char)


def _syllables(name: str) -> list[Syllable]:
    """One entry for each character that can be read, usual reading first. Interpuncts and unknown characters drop out."""
    name = name.translate(_SILENT)
    if not name:
        return []
    found = [_surname[name[0]], *map(_given.__getitem__, name[1:])]
    compound = _COMPOUND_SURNAMES.get(name[:2]) if len(name) > 2 else None
    if compound:
        for at, reading in enumerate(compound):
            spellings, initials = found[at]
            found[at] = (_first(reading, spellings), _first(reading[0], initials))
    return [each for each in found if each[0]]


def full_pinyin(name: str) -> str:
    """The usual reading for display and sorting, syllables apart: "shan xiong xin". Unreadable characters stay."""
    if name.isascii():
        return name.lower()
    name = name.translate(_SILENT)
    if not name:
        return ""
    compound = _COMPOUND_SURNAMES.get(name[:2]) if len(name) > 2 else None
    start = list(compound) if compound else [(_surname[name[0]][0] or (name[0],))[0]]
    rest = [(_given[char][0] or (char,))[0] for char in name[len(start) :]]
    return " ".join(start + rest)


def _combined(parts: list[tuple[str, ...]], limit: int) -> list[str]:
    """All ways to join one of each part, usual readings first; beyond the limit those with most rare readings go."""
    if math.prod(map(len, parts)) <= limit:
        return list(dict.fromkeys(map("".join, product(*parts))))
    best = [(0, "")]
    for part in parts:
        longer = [(cost + rank, text + each) for cost, text in best for rank, each in enumerate(part)]
        best = sorted(longer, key=lambda way: way[0])[:limit]
    return list(dict.fromkeys(text for _cost, text in best))


def initials_all(name: str) -> list[str]:
    """Every set of initials the name can have, usual one first, at most 64: 单雄信 gives sxx, dxx, cxx."""
    parts = [initials for _spelled, initials in _syllables(name)]
    return _combined(parts, MAX_INITIALS) if parts else []


def search_tokens(name: str) -> list[str]:
    """What a search box may be given for this name: all initials, then full spellings (at most 32), lower-case."""
    syllables = _syllables(name)
    if not syllables:
        return []
    initials = _combined([each[1] for each in syllables], MAX_INITIALS)
    spellings = _combined([each[0] for each in syllables], MAX_SPELLINGS)
    return list(dict.fromkeys(initials + spellings))
