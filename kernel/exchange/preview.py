"""Staged rows as a page shows them: what names the row, what would change (old and new), what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from kernel.divisions.models import Division
from kernel.exchange.importer import Importer
from kernel.exchange.models import StagedRow
from kernel.exchange.plan import column_of
from kernel.identity.money import fen_to_yuan_text
from kernel.protection.fields import SealedTextField
from kernel.protection.provider import ProtectionError
from kernel.protection.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row: its label, what is stored, what the file says."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Line:
    """One staged row on the page."""

    number: int
    verdict: str
    label: str
    name: str
    changes: list[Change]
    problems: list[dict[str, str]]
    chosen: bool
    choosable: bool


def preview_rows(importer: type[Importer], rows: Iterable[StagedRow]) -> list[Line]:
    """Lines for a page of staged rows. Sealed values appear as masks."""
    listed = list(rows)
    places = _places(listed)
    return [
        Line(
            number=row.number,
            verdict=row.verdict,
            label=str(row.get_verdict_display()),
            name=" ".join(str(row.data.get(name) or "") for name in importer.shown).strip(),
            changes=_changes(importer, row.diff or {}, places),
            problems=row.problems or [],
            chosen=row.chosen,
            choosable=row.verdict in {"new", "changed"},
        )
        for row in listed
    ]


def _places(rows: list[StagedRow]) -> dict[Any, str]:
    codes = {
        value for row in rows for key, pair in (row.diff or {}).items() if key.endswith(".village") for value in pair
    }
    codes.discard(None)
    if not codes:
        return {}
    return {each.pk: str(each) for each in Division.objects.filter(pk__in=codes)}


def _changes(importer: type[Importer], diff: dict[str, Any], places: dict[Any, str]) -> list[Change]:
    found = []
    for key, (old, new) in sorted(diff.items()):
        at, _dot, name = key.partition(".")
        model = importer.targets[int(at)].model
        if name == "village":
            found.append(Change(_("所属村"), places.get(old, ""), places.get(new, "")))
            continue
        field = column_of(model, name)
        label = str(field.verbose_name)
        if field.remote_field is not None:
            found.append(Change(label, _("原来的"), _("另一个")))
        else:
            found.append(Change(label, shown(field, old), shown(field, new)))
    return found


def shown(field: Any, value: Any) -> str:
    """A stored value as people read it: choices by label, fen as yuan, sealed as mask."""
    if value is None or value == "":
        return ""
    if isinstance(field, SealedTextField):
        try:
            return str(Sealed(bytes.fromhex(value), context=field.context, kind=field.mask))
        except (ProtectionError, ValueError):
            return "******"
    if isinstance(value, bool) or isinstance(field, models.BooleanField):
        return _("是") if value in {True, "true"} else _("否")
    if field.name.endswith("_fen"):
        return fen_to_yuan_text(int(value))
    return str(dict(field.flatchoices).get(value, value))
