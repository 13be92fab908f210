"""Typed history tables: the old row of every update and delete, bulk and raw writes included."""

from __future__ import annotations

from typing import Any

from django.db import connections

from kernel.wall import sql

COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated
FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


def create_history(cursor: Any, table: str, *, read: str) -> None:
    """Make `history.<table>` with the columns of `<table>`, its policy, its triggers. History needs no defaults."""
    cursor.execute(COLUMNS, [f"public.{table}"])
    rows = cursor.fetchall()
    columns = "".join(f'ALTER TABLE history.{table} ADD COLUMN "{name}" {kind};\n' for name, kind, _ in rows)
    names = ", ".join(f'"{name}"' for name, *_ in rows)
    cursor.execute(sql.HISTORY.format(table=table, columns=columns, names=names, read=read))
    # Whatever default privileges the server gives: nobody but the trigger's owner writes here.
    cursor.execute(
        "SELECT DISTINCT quote_ident(r.rolname) FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee"
        " WHERE c.oid = %s::regclass AND a.grantee <> c.relowner",
        [f"history.{table}"],
    )
    for (role,) in cursor.fetchall():
        cursor.execute(f"REVOKE ALL ON history.{table} FROM {role}")


def mirror_histories(using: str = "default", **_: Any) -> None:
    """After a migration: give every history table the columns its table has gained, and rewrite its trigger function.

    Columns that a table lost stay in its history, empty for later rows.
    """
    if using not in connections or connections[using].vendor != "postgresql":
        return
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'history' AND c.relkind = 'r'"
        )
        for (table,) in cursor.fetchall():
            _mirror(cursor, table)


def _mirror(cursor: Any, table: str) -> None:
    cursor.execute(COLUMNS, [f"public.{table}"])
    wanted = {name: kind for name, kind, _ in cursor.fetchall()}
    cursor.execute(COLUMNS, [f"history.{table}"])
    present = {name: kind for name, kind, _ in cursor.fetchall()}
    changed = False
    for name, kind in wanted.items():
        if name not in present:
            cursor.execute(f'ALTER TABLE history.{table} ADD COLUMN "{name}" {kind}')
            changed = True
        elif present[name] != kind:
            cursor.execute(f'ALTER TABLE history.{table} ALTER COLUMN "{name}" TYPE {kind} USING "{name}"::{kind}')
            changed = True
    if changed or set(present) - {"h_id", "h_act", "h_op"} != set(wanted):
        start = sql.HISTORY.index("CREATE OR REPLACE FUNCTION")
        end = sql.HISTORY.index("CREATE TRIGGER keep_update")
        names = ", ".join(f'"{name}"' for name in wanted)
        cursor.execute(sql.HISTORY[start:end].format(table=table, names=names))


def history_of(table: str, pk: int) -> list[dict[str, Any]]:
    """Old versions of one row, newest first, with the act that replaced each; obeys the open scope."""
    if not table.replace("_", "").isalnum():
        raise ValueError(table)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"SELECT h.*, a.at AS act_at, a.actor_id AS act_actor, a.role AS act_role, a.reason AS act_reason,"  # noqa: S608 -- intended: table name checked above
            f" a.request_id AS act_request, a.source AS act_source"
            f" FROM history.{table} h JOIN audit_act a ON a.id = h.h_act WHERE h.id = %s ORDER BY h.h_id DESC",
            [pk],
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def read_act(act: int | None) -> dict[str, Any]:
    """When, who, as what, why and by which request an act was; empty when there is none to see."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT at, actor_id AS actor, role, reason, request_id AS request, source FROM audit_act WHERE id = %s",
            [act],
        )
        row = cursor.fetchone()
        return dict(zip([column.name for column in cursor.description], row, strict=True)) if row else {}
