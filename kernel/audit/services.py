"""Writing audit events: inside the scope of the work, or on their own when there is none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connections, models

from kernel.audit.models import Event
from kernel.wall.scope import NOWHERE, Scope, open_scope, required_scope

INSERT = """
INSERT INTO audit_event (act_id, at, action, result, division, object_type, object_id, rows, purpose, detail)
VALUES (wall_act(), clock_timestamp(), %s, %s, %s, %s, %s, %s, %s, %s::jsonb) RETURNING id
"""


def record(
    action: str,
    *,
    result: str = Event.Result.SUCCESS,
    obj: models.Model | None = None,
    division: int | None = None,
    rows: int = 0,
    purpose: str = "",
    detail: dict[str, Any] | None = None,
) -> int:
    """One event in the open scope and its transaction; returns its id. Raises ScopeNotOpen.

    `detail` holds names of fields and ids, never personal values. Without `division` the place is read from `obj`, else
    it is the lower end of the scope. A failure to write fails the work itself: nothing happens unrecorded.
    """
    scope = required_scope()
    place = division or place_of(obj) or scope.lo or None
    kind, key = (obj._meta.label_lower, str(obj.pk)) if obj is not None else ("", "")
    values = [action, str(result), place, kind, key, rows, purpose, json.dumps(detail or {}, ensure_ascii=False)]
    with connections["default"].cursor() as cursor:
        cursor.execute(INSERT, values)
        return int(cursor.fetchone()[0])


def record_outside(
    action: str,
    *,
    scope: Scope | None = None,
    source: str = "page",
    address: str = "",
    request_id: str = "",
    result: str = Event.Result.REFUSED,
    obj: models.Model | None = None,
    division: int | None = None,
    rows: int = 0,
    purpose: str = "",
    detail: dict[str, Any] | None = None,
) -> int:
    """One event in a small transaction of its own: a failed login, a lock, a refusal after the work was undone.

    `scope` tells who was acting when somebody was; else the event comes from NOWHERE. It never permits a write.
    """
    if scope is None:
        scope = Scope(*NOWHERE, source=source, address=address, request_id=request_id)
    with open_scope(replace(scope, write=False)):
        return record(action, result=result, obj=obj, division=division, rows=rows, purpose=purpose, detail=detail)


def place_of(obj: models.Model | None) -> int | None:
    """Division code of an object: its village, its division, its home; None when it lies nowhere."""
    for name in ("village_id", "division_id", "home_id"):
        code = getattr(obj, name, None)
        if isinstance(code, int):
            return code
    return None


EACH = """
INSERT INTO audit_event (act_id, at, action, result, division, object_type, object_id, rows, purpose, detail)
SELECT wall_act(), clock_timestamp(), %s, 'success', place, %s, key, 1, %s, '{}'::jsonb
FROM unnest(%s::bigint[], %s::text[]) AS each (place, key)
"""


def record_each(action: str, *, kind: str, places: Sequence[int], keys: Sequence[str], purpose: str = "") -> None:
    """One event for each of many objects of one `kind` ("labour.person"), in one statement: unmasking, page by page."""
    required_scope()
    with connections["default"].cursor() as cursor:
        cursor.execute(EACH, [action, kind, purpose, list(places), list(keys)])
