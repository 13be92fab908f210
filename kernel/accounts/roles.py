"""Roles, and what each may do: read once from the role table (`settings.ROLE_TABLE`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The posts a person can hold. Keys are the column heads of the role table."""

    CLERK = "clerk", _("县人社经办")
    APPROVER = "approver", _("县人社审核")
    FINANCE = "finance", _("县财政")
    LEADER = "leader", _("指挥部领导")
    TOWNSHIP = "township", _("乡镇专干")
    VILLAGE = "village", _("村级信息员")
    AUDITOR = "auditor", _("审计")
    DEPARTMENT = "department", _("部门接口")
    SYSTEM = "system", _("系统管理员")
    SECURITY = "security", _("安全管理员")
    LOGKEEPER = "logkeeper", _("审计管理员")


ADMINISTRATORS = frozenset({Role.SYSTEM.value, Role.SECURITY.value, Role.LOGKEEPER.value})
"""The three separated administrators: no personal data, never two in one account."""

READERS = frozenset({Role.LEADER.value, Role.AUDITOR.value, Role.DEPARTMENT.value})
"""Roles whose transactions cannot write a walled row."""

LEVELS = {
    Role.TOWNSHIP.value: {"township"},
    Role.VILLAGE.value: {"village"},
}
"""Division levels at which a role may be held; the others are held at county level or above."""


@cache
def table() -> dict[str, frozenset[str]]:
    """Role -> permissions, from the text matrix. Raises ImproperlyConfigured with the line that is wrong."""
    path = Path(settings.ROLE_TABLE)
    rows = [line.split("#")[0].split() for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row]
    head, body = rows[0][1:], rows[1:]
    if sorted(head) != sorted(Role.values):
        raise ImproperlyConfigured(f"{path.name}: the heads must be the roles {Role.values}")
    granted: dict[str, set[str]] = {role: set() for role in head}
    for row in body:
        if len(row) != len(head) + 1 or set(row[1:]) - {"x", "."}:
            raise ImproperlyConfigured(f"{path.name}: {row[0]} needs one x or . for each of {len(head)} roles")
        for role, mark in zip(head, row[1:], strict=True):
            if mark == "x":
                granted[role].add(row[0])
    return {role: frozenset(permissions) for role, permissions in granted.items()}


def permissions_of(role: str) -> frozenset[str]:
    """Everything a role may do, as `app.codename`."""
    return table().get(role, frozenset())


def may(role: str, permission: str) -> bool:
    """Whether a role may do one thing. Unknown roles and permissions: no."""
    return permission in permissions_of(role)


def all_permissions() -> frozenset[str]:
    """Every permission named in the table."""
    return frozenset().union(*table().values())
