"""Arithmetic on 12-digit codes: 2 province, 2 city, 2 county, 3 township, 3 village."""

from __future__ import annotations

from typing import NamedTuple

WIDTH = {
    "province": 10_000_000_000,
    "city": 100_000_000,
    "county": 1_000_000,
    "township": 1_000,
    "village": 1,
}


class Range(NamedTuple):
    """Half-open range of codes `[lo, hi)`."""

    lo: int
    hi: int


def range_of(code: int, level: str) -> Range:
    """The codes at or under `code`: a county is 410726000000-410726999999."""
    return Range(code, code + WIDTH[level])


def level_of(code: int) -> str:
    """Level read from the digits: trailing zeros decide."""
    for level in ("province", "city", "county", "township"):
        if code % WIDTH[level] == 0:
            return level
    return "village"


def parent_code(code: int) -> int | None:
    """Code of the unit above, by digits; None for a province."""
    levels = list(WIDTH)
    position = levels.index(level_of(code))
    if position == 0:
        return None
    width = WIDTH[levels[position - 1]]
    return code - code % width


def is_statistical(code: int) -> bool:
    """Farms, parks and other pseudo-units: township block 400-599, or village block 400 and above."""
    township, village = code // 1_000 % 1_000, code % 1_000
    return 400 <= township < 600 or village >= 400


def short_name(name: str) -> str:
    """北街居民委员会 -> 北街社区, 荆庄村村民委员会 -> 荆庄村, 曹乡固村民委员会 -> 曹乡固村."""
    for ending, replacement in (("村民委员会", "村"), ("居民委员会", "社区"), ("社区居委会", "社区"), ("村委会", "村")):
        if name.endswith(ending) and len(name) > len(ending):
            stem = name[: -len(ending)]
            return stem if stem.endswith((replacement, "社区")) else stem + replacement
    return name
