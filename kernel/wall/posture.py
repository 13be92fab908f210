"""Refuses to run with a database role that could look over the wall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

ROLE = """
SELECT current_user, r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'history'))
FROM pg_roles r WHERE r.rolname = current_user
"""


def role_faults(using: str = "default") -> list[str]:
    """What is wrong with the role of a connection: superuser, BYPASSRLS, or owner of our tables. Empty when plain."""
    with connections[using].cursor() as cursor:
        cursor.execute(ROLE)
        name, superuser, bypass, owner = cursor.fetchone()
    faults = [("is a superuser", superuser), ("has BYPASSRLS", bypass), ("owns tables", owner)]
    return [f"{name} {fault}" for fault, found in faults if found]


def check_posture(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """System check `wall.E001`, run whenever Django checks the default database."""
    if not databases or "default" not in databases:
        return []
    hint = "Connect as the plain application role made by deploy/roles.sql."
    return [Error(fault, hint=hint, id="wall.E001") for fault in role_faults()]


def require_plain_role() -> None:
    """Called by the web and worker entries before they serve; raises ImproperlyConfigured."""
    faults = role_faults()
    if faults:
        raise ImproperlyConfigured("; ".join(faults) + ": the application must not be able to bypass the wall")
