"""Finding the village a workbook means: by code, else by township and village name or alias, never by village alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from kernel.divisions.codes import Range, short_name
from kernel.divisions.models import Division, DivisionAlias


@dataclass(frozen=True)
class Match:
    """Either a village code, or a problem (stable code, Chinese text with the cure)."""

    code: int | None
    problem: str = ""
    message: str = ""


class VillageFinder:
    """All villages of a range with their names, loaded once per import; `find` answers from memory."""

    def __init__(self, span: Range) -> None:
        divisions = {each.pk: each for each in Division.objects.within(span)}
        self._codes = {pk for pk, each in divisions.items() if each.level == "village" and not each.is_statistical}
        self._moved = {pk: each.replaced_by_id for pk, each in divisions.items() if each.replaced_by_id}
        self._townships = {each.short_name: pk for pk, each in divisions.items() if each.level == "township"}
        self._townships |= {each.name: pk for pk, each in divisions.items() if each.level == "township"}
        self._names: dict[tuple[int, str], int] = {}
        for pk in self._codes:
            village = divisions[pk]
            if village.parent_id is not None and village.valid_to is None:
                for name in (village.name, village.short_name):
                    self._names[village.parent_id, name] = pk
        for alias in DivisionAlias.objects.filter(division__code__gte=span.lo, division__code__lt=span.hi):
            if alias.division_id in self._codes:
                self._names.setdefault((alias.parent_id, alias.name), alias.division_id)
            else:
                self._townships.setdefault(alias.name, alias.division_id)

    def find(self, *, code: str = "", township: str = "", village: str = "") -> Match:
        """The village's present code. A code wins over names; an unknown one is not rescued by names."""
        if code:
            return self._by_code(code)
        if not township:
            return Match(
                None, "division.township_missing", _("没有乡镇名称：村名在全县会重复，请补乡镇名或 12 位区划代码")
            )
        parent = self._townships.get(township)
        if parent is None:
            return Match(
                None, "division.township_unknown", _("没有乡镇“%(name)s”，请核对名称或补别名") % {"name": township}
            )
        found = self._names.get((parent, village)) or self._names.get((parent, short_name(village)))
        if found is None:
            text = _("%(township)s没有“%(village)s”，请核对村名或填 12 位区划代码")
            return Match(None, "division.village_unknown", text % {"township": township, "village": village})
        return Match(self._moved.get(found) or found)

    def _by_code(self, code: str) -> Match:
        if not (code.isascii() and code.isdigit() and len(code) == 12):
            return Match(None, "division.code_format", _("区划代码“%(code)s”应为 12 位数字") % {"code": code})
        number = self._moved.get(int(code)) or int(code)
        if number not in self._codes:
            return Match(None, "division.code_unknown", _("区划代码 %(code)s 不是本县的村") % {"code": code})
        return Match(number)
