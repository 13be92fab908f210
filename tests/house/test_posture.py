"""What PostgreSQL itself says: every placed table forced, fenced, keyed and guarded; nothing else can look over."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from kernel.records.models import Placed, Record
from kernel.wall.posture import role_faults

pytestmark = pytest.mark.django_db

PLACED = {model._meta.db_table: model for model in apps.get_models() if issubclass(model, Placed)}


def rows(sql: str, *params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def test_there_are_placed_tables() -> None:
    assert {"labour_person", "labour_household", "labour_employmentspell", "subsidies_entitlement"} <= set(PLACED)


@pytest.mark.parametrize("table", sorted(PLACED))
def test_row_security_is_forced_with_four_policies(table: str) -> None:
    assert rows("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", table) == [
        (True, True)
    ]
    policies = dict(
        rows("SELECT policyname, cmd FROM pg_policies WHERE tablename = %s AND schemaname = 'public'", table)
    )
    assert policies == {
        "wall_read": "SELECT",
        "wall_insert": "INSERT",
        "wall_update": "UPDATE",
        "wall_delete": "DELETE",
    }


@pytest.mark.parametrize("table", sorted(PLACED))
def test_policies_are_plain_ranges(table: str) -> None:
    for using, check in rows(
        "SELECT qual, with_check FROM pg_policies WHERE tablename = %s AND schemaname = 'public'", table
    ):
        text = f"{using or ''} {check or ''}"
        assert "current_setting('app.lo'" in text
        assert "current_setting('app.hi'" in text
        assert "SELECT" not in text.upper().replace("SELECTED", "")
        assert "~~" not in text


@pytest.mark.parametrize("table", sorted(PLACED))
def test_the_place_is_never_null(table: str) -> None:
    assert (
        rows(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attname IN ('village_id', 'county') AND NOT attnotnull"
            " AND attgenerated = ''",
            table,
        )
        == []
    )


def test_every_key_between_placed_tables_is_composite() -> None:
    single = []
    for table, model in PLACED.items():
        for field in model._meta.local_concrete_fields:
            parent = field.remote_field.model._meta.db_table if field.remote_field else None
            if parent not in PLACED:
                continue
            found = rows(
                "SELECT array_length(conkey, 1) FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
                " WHERE c.contype = 'f' AND c.conrelid = %s::regclass AND c.confrelid = %s::regclass AND a.attname = %s",
                table,
                parent,
                field.column,
            )
            if found != [(2,)]:
                single.append(f"{table}.{field.column}: {found}")
    assert single == []


@pytest.mark.parametrize("table", sorted(PLACED))
def test_writes_are_guarded(table: str) -> None:
    triggers = {
        name
        for (name,) in rows("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", table)
    }
    assert "wall_guard" in triggers
    if issubclass(PLACED[table], Record):
        assert {"wall_version", "keep_update", "keep_delete"} <= triggers


def test_every_record_has_a_history_of_the_same_shape() -> None:
    shape = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
    for table, model in PLACED.items():
        if issubclass(model, Record):
            assert set(rows(shape, f"public.{table}")) <= set(rows(shape, f"history.{table}")), table


def test_history_is_fenced_and_append_only() -> None:
    loose = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'history' AND c.relkind = 'r'"
        " AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only'))"
    )
    assert loose == []
    writable = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'history' AND c.relkind = 'r'"
        " AND (has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE'))"
    )
    assert writable == []


def test_no_view_looks_with_its_owners_eyes() -> None:
    assert (
        rows(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'history')"
            " AND (c.relkind = 'm' OR (c.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)))"
        )
        == []
    )


def test_the_application_role_is_plain_and_cannot_create_or_truncate() -> None:
    assert role_faults() == []
    assert rows(
        "SELECT has_schema_privilege('public', 'CREATE'), has_database_privilege(current_database(), 'CREATE')"
    ) == [(False, False)]
    truncatable = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'history') AND c.relkind = 'r'"
        " AND has_table_privilege(c.oid, 'TRUNCATE')"
    )
    assert truncatable == []


def test_security_definer_functions_are_named_and_pinned() -> None:
    functions = rows(
        "SELECT p.proname, p.proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname IN ('public', 'history') AND p.prosecdef"
    )
    names = {name for name, _ in functions}
    documented = {
        line.split("`")[1]
        for line in (Path(__file__).parents[2] / "docs/decisions/0004-named-escapes.md")
        .read_text(encoding="utf-8")
        .splitlines()
        if line.startswith("| `")
    }
    assert {name for name in names if not name.startswith("keep_")} == documented
    assert [
        name for name, config in functions if not any(each.startswith("search_path=") for each in config or [])
    ] == []
