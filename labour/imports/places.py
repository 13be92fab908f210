"""Which village a row means, and which codes its words stand for: asked once for each distinct value of a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.codes.lookup import labels_to_keys, official_labels
from kernel.divisions.codes import Range
from kernel.divisions.matching import Match, VillageFinder
from kernel.divisions.models import Division
from kernel.exchange.chunks import Chunk
from kernel.identity.problems import Problem

OTHER_COUNTY = Problem("division.county", gettext_lazy("这一行是别的县的，请删去或在那个县导入。"))
SEVERAL = "，、,;；/ "


class Places:
    """Rows to villages: a 12-digit code decides, else township and village name with the alias table."""

    def __init__(self, county: int) -> None:
        home = Division.objects.get(pk=county)
        self._finder = VillageFinder(Range(home.range.lo, home.range.hi))
        self._home = {home.name, home.short_name, None}
        self._known: dict[tuple[Any, Any, Any], Match] = {}

    def fill(self, chunk: Chunk, *, code: str | None = "village_code") -> None:
        """Put the staged field "village"; refuse rows of another county and villages nobody knows."""
        codes: list[Any] = chunk.values(code) if code else [None] * len(chunk)
        found = []
        for at, key in enumerate(zip(codes, chunk.values("township"), chunk.values("village_name"), strict=True)):
            match = self._known.get(key)
            if match is None:
                number, township, village = key
                match = self._finder.find(code=number or "", township=township or "", village=village or "")
                self._known[key] = match
            if match.code is None:
                chunk.refuse(at, code if code and key[0] else "village_name", Problem(match.problem, match.message))
            found.append(match.code)
        chunk.put("village", found)
        for at, county in enumerate(chunk.values("county_name")):
            if county not in self._home:
                chunk.refuse(at, "county_name", OTHER_COUNTY)


class Words:
    """Code lists of one importer: staged field -> list. Loaded once a file, so that a new spelling counts at once."""

    def __init__(self, lists: dict[str, str], *, several: Iterable[str] = ()) -> None:
        self._lists = lists
        self._several = frozenset(several)
        self._accepted = {name: labels_to_keys(name) for name in set(lists.values())}
        self._problems = {field: _unknown(name) for field, name in lists.items()}
        self._memo: dict[tuple[str, str], str | None] = {}

    def fill(self, chunk: Chunk) -> None:
        """Replace the words by keys; refuse those that no list has, naming the allowed ones."""
        for field in self._lists:
            if field not in chunk:
                continue
            keys: list[str | None] = []
            for at, word in enumerate(chunk.values(field)):
                key = None if word is None else self._key(field, word)
                if word is not None and key is None:
                    chunk.refuse(at, field, self._problems[field])
                keys.append(key)
            chunk.put(field, keys)

    def _key(self, field: str, word: str) -> str | None:
        known = (field, word)
        if known not in self._memo:
            accepted = self._accepted[self._lists[field]]
            key = accepted.get(word)
            if key is None and field in self._several:
                key = _joined([accepted.get(part) for part in _parts(word)])
            self._memo[known] = key
        return self._memo[known]


def _parts(word: str) -> list[str]:
    for mark in SEVERAL[1:]:
        word = word.replace(mark, SEVERAL[0])
    return [part for part in word.split(SEVERAL[0]) if part]


def _joined(keys: list[str | None]) -> str | None:
    known = [key for key in keys if key is not None]
    return ",".join(dict.fromkeys(known)) if len(known) == len(keys) and known else None


def _unknown(name: str) -> Problem:
    allowed = official_labels(name)
    listed = "、".join(allowed[:30]) + ("……" if len(allowed) > 30 else "")
    return Problem("code.unknown", _("代码表中没有这个写法，可填：%(allowed)s") % {"allowed": listed})
