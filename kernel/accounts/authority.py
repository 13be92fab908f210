"""What an administrator may touch: the verb from the role table, the place from the own appointment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from kernel.accounts.models import User
from kernel.divisions.codes import Range, level_of, range_of
from kernel.wall.scope import NOWHERE, Scope, current_scope, open_scope


def area_of(user: User) -> Range:
    """Codes an administrator is responsible for: the division of the acting appointment; empty without one."""
    if user.acting is None:
        return Range(0, 0)
    code = user.acting.division_id
    return range_of(code, level_of(code))


def require_authority(by: User | None, permission: str, *codes: int) -> None:
    """PermissionDenied unless `by` holds the permission and every division code lies in the own area.

    `by=None` is the system itself (a command, the demo's set-up); it is recorded as such.
    """
    if by is None:
        return
    if not by.has_perm(permission):
        raise PermissionDenied(_("您的角色没有这项权限"))
    area = area_of(by)
    if not all(area.lo <= code < area.hi for code in codes):
        raise PermissionDenied(_("超出您的管辖范围"))


@contextmanager
def working(by: User | None) -> Iterator[None]:
    """One transaction with a scope to record in: the open one, or NOWHERE when a command or a test has opened none."""
    if current_scope() is not None:
        with transaction.atomic():
            yield
        return
    acting = by.acting if by is not None else None
    scope = Scope(
        *NOWHERE,
        actor=by.pk if by is not None else None,
        appointment=acting.pk if acting is not None else None,
        role=acting.role if acting is not None else "",
        source="command",
    )
    with open_scope(scope):
        yield
