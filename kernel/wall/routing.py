"""Keeps everyday work on the plain role: the owner alias is never chosen by a query."""

from __future__ import annotations

from typing import Any


class PlainRoleRouter:
    """Reads and writes go to `default`; migrations run only on the owner connection when there is one."""

    def db_for_read(self, model: type, **hints: Any) -> str:
        return "default"

    def db_for_write(self, model: type, **hints: Any) -> str:
        return "default"

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        return True
