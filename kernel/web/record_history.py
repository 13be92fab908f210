"""The history of one record in words: who changed which field from what to what, when and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.protection.fields import BlindIndexField, SealedTextField
from kernel.protection.sealed import Sealed
from kernel.wall.history import history_of, read_act

if TYPE_CHECKING:
    from kernel.web.admin import RecordAdmin

Row = Mapping[str, Any]
SOURCES = {
    "page": gettext_lazy("页面"),
    "admin": gettext_lazy("台账"),
    "api": gettext_lazy("接口"),
    "job": gettext_lazy("后台任务"),
    "command": gettext_lazy("命令行"),
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, before and after; protected fields only say that they changed."""

    label: Any
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """One act on the record."""

    what: str
    at: dt.datetime | None
    actor: str
    role: str
    reason: str
    request_id: str
    source: str
    changes: list[FieldChange]


class Speaker(Protocol):
    """Says a stored value of a field in words."""

    def __call__(self, field: models.Field[Any, Any], value: Any) -> str: ...


def column_of(field: models.Field[Any, Any]) -> str:
    """The name under which the history keeps a field."""
    return str(field.column)


def told_fields(model: type[models.Model]) -> Iterator[models.Field[Any, Any]]:
    """Fields that people filled in; keys, versions and everything derived are left out."""
    for field in model._meta.concrete_fields:
        if field.editable and not field.primary_key and not isinstance(field, BlindIndexField):
            yield field


def stored_row(model: type[models.Model], pk: int) -> dict[str, Any]:
    """The row as it is now, under the column names that its history uses."""
    fields = model._meta.concrete_fields
    values = model._default_manager.filter(pk=pk).values_list(*[field.attname for field in fields]).get()
    return {column_of(field): value for field, value in zip(fields, values, strict=True)}


def plain(value: Any) -> Any:
    """Comparable form of a column: tokens as bytes, whoever read them."""
    if isinstance(value, Sealed):
        return value.token
    return bytes(value) if isinstance(value, memoryview) else value


def changed_fields(model: type[models.Model], before: Row, after: Row) -> list[models.Field[Any, Any]]:
    """Fields of people that differ between two versions."""
    return [
        field
        for field in told_fields(model)
        if column_of(field) in before and plain(before[column_of(field)]) != plain(after.get(column_of(field)))
    ]


def is_protected(room: RecordAdmin, field: models.Field[Any, Any]) -> bool:
    """Whether neither old nor new value may be shown."""
    return isinstance(field, SealedTextField) or field.name in room.protected_fields


def changes_between(room: RecordAdmin, before: Row, after: Row, speak: Speaker) -> list[FieldChange]:
    """Each changed field with both values in words."""
    told = []
    for field in changed_fields(room.model, before, after):
        label = room.labels.get(field.name, field.verbose_name)
        if is_protected(room, field):
            told.append(FieldChange(label, "", _("已更改")))
        else:
            values = (row.get(column_of(field)) for row in (before, after))
            told.append(FieldChange(label, *(speak(field, value) for value in values)))
    return told


def names_of(room: RecordAdmin, rows: list[Row]) -> dict[str, dict[Any, str]]:
    """Field -> id -> name for the references in these rows: one query a field, whatever the number of versions."""
    found: dict[str, dict[Any, str]] = {}
    for field in told_fields(room.model):
        if field.remote_field is None:
            continue
        ids = {row.get(column_of(field)) for row in rows} - {None}
        related: Any = field.related_model
        found[field.name] = {row.pk: room.describe_related(row) for row in room.rows_of(related).filter(pk__in=ids)}
    return found


def actors_of(ids: set[int]) -> dict[int, str]:
    """Names of the officials who acted."""
    return {pk: str(user) for pk, user in get_user_model()._default_manager.in_bulk(ids).items()}


def tell_history(room: RecordAdmin, pk: int, *, roles: Mapping[str, Any], speak: Any) -> list[Version]:
    """All versions of a record that the open scope may see, newest first. `speak(names)` gives the Speaker."""
    old = history_of(room.model._meta.db_table, pk)
    rows: list[Row] = [stored_row(room.model, pk), *old]
    say = speak(names_of(room, rows))
    first = read_act(rows[-1].get("act"))
    actors = actors_of({row["act_actor"] for row in old if row["act_actor"]} | {first.get("actor") or 0} - {0})
    told = [
        _version(_("修改"), row, actors, roles, changes_between(room, row, rows[at], say)) for at, row in enumerate(old)
    ]
    begun = {f"act_{key}": value for key, value in first.items()} or {"act_at": rows[-1].get("created_at")}
    return [*told, _version(_("建立"), begun, actors, roles, [])]


def _version(
    what: str, row: Row, actors: Mapping[int, str], roles: Mapping[str, Any], changes: list[FieldChange]
) -> Version:
    actor, role, source = row.get("act_actor"), row.get("act_role") or "", row.get("act_source") or ""
    return Version(
        what=what,
        at=row.get("act_at"),
        actor=actors.get(actor or 0, _("系统")),
        role=str(roles.get(role, role)),
        reason=row.get("act_reason") or "",
        request_id=row.get("act_request") or "",
        source=str(SOURCES.get(source, source)),
        changes=changes,
    )
