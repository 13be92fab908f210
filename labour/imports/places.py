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


class Places(dict[tuple[Any, Any, Any], Match]):
    """Rows to villages: a 12-digit code decides, else township and village name with the alias table.

    A dictionary of (code, township, village) as the file writes them, filled as they are met.
    """

    def __init__(self, county: int) -> None:
        super().__init__()
        home = Division.objects.get(pk=county)
        self._finder = VillageFinder(Range(home.range.lo, home.range.hi))
        self._home = {home.name, home.short_name, None}

    def __missing__(self, key: tuple[Any, Any, Any]) -> Match:
        code, township, village = key
        found = self[key] = self._finder.find(code=code or "", township=township or "", village=village or "")
        return found

    def fill(self, chunk: Chunk, *, code: str | None = "village_code") -> None:
        """Put the staged field "village"; refuse rows of another county and villages nobody knows."""
        codes: list[Any] = chunk.values(code) if code else [None] * len(chunk)
        keys = zip(codes, chunk.values("township"), chunk.values("village_name"), strict=True)
        matches = list(map(self.__getitem__, keys))
        found = [match.code for match in matches]
        chunk.put("village", found)
        if None in found:
            for at, match in enumerate(matches):
                if match.code is None:
                    field = code if code and codes[at] else "village_name"
                    chunk.refuse(at, field, Problem(match.problem, match.message))
        counties = chunk.values("county_name")
        if not self._home.issuperset(counties):
            for at, county in enumerate(counties):
                if county not in self._home:
                    chunk.refuse(at, "county_name", OTHER_COUNTY)


class Words:
    """Code lists of one importer: staged field -> list. Loaded once a file, so that a new spelling counts at once."""

    def __init__(self, lists: dict[str, str], *, several: Iterable[str] = ()) -> None:
        self._fields = {field: _Keys(name, several=field in several) for field, name in lists.items()}

    def fill(self, chunk: Chunk) -> None:
        """Replace the words by keys; refuse those that no list has, naming the allowed ones."""
        for field, keys in self._fields.items():
            if field not in chunk:
                continue
            words = chunk.values(field)
            found = list(map(keys.__getitem__, words))
            if keys.refusing:
                for at, word in enumerate(words):
                    if word is not None and found[at] is None:
                        chunk.refuse(at, field, keys.problem)
            chunk.put(field, found)


class _Keys(dict[str | None, str | None]):
    """Word to key, None for a word that the list does not have; several words of one cell become keys joined by commas."""

    def __init__(self, name: str, *, several: bool) -> None:
        super().__init__({None: None})
        self._accepted = labels_to_keys(name)
        self._several = several
        self.problem = _unknown(name)
        self.refusing = False

    def __missing__(self, word: str | None) -> str | None:
        key = self._accepted.get(word or "")
        if key is None and self._several:
            key = _joined([self._accepted.get(part) for part in _parts(word or "")])
        self.refusing |= key is None
        self[word] = key
        return key


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
