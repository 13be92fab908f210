"""Claiming a row before changing it: the stale page, the stale API write and the stale import row all stop here."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kernel.records.models import Record

Row = TypeVar("Row", bound=Record)


class StaleRecord(Exception):
    """The row has moved on since it was read. `current` is the row as it is now; nothing was changed."""

    def __init__(self, current: Record, seen: int) -> None:
        super().__init__(
            _("该记录已被他人修改（现为第 %(now)s 版，您看到的是第 %(seen)s 版），请刷新后重试")
            % {"now": current.version, "seen": seen}
        )
        self.current, self.seen = current, seen


def claim(rows: QuerySet[Row], *, uid: object, version: int) -> Row:
    """Lock one row by public id and compare its version; raises StaleRecord or the model's DoesNotExist."""
    row = rows.select_for_update(of=("self",)).get(uid=uid)
    if row.version != version:
        raise StaleRecord(row, version)
    return row
