"""`fence("labour_person")`: the one migration operation that puts a table behind the wall."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation

from kernel.wall import sql
from kernel.wall.history import COLUMNS, create_history


class fence(Operation):  # noqa: N801 -- intended: reads as a verb in a migration
    """Row-level security on a division range, guard and version triggers, typed history, composite foreign keys.

    `column` holds the division code. `history=False` is for derived tables that can be rebuilt. `shared=True` lets a
    whole county read the rows (employers), while writing keeps to the scope.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(
        self,
        table: str,
        column: str = "village_id",
        *,
        history: bool = True,
        shared: bool = False,
        derived: bool = False,
    ) -> None:
        self.table, self.column, self.shared, self.derived = table, column, shared, derived
        self.history = history and not derived

    def state_forwards(self, app_label: str, state: Any) -> None:
        """A fence changes no Django model state."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.collect_sql:
            # Somebody only asks for the SQL; what a fence does depends on the tables that are there by then.
            schema_editor.execute(f"-- {self.describe()}: see kernel/wall/sql.py", params=None)
            return
        write = sql.RANGE.format(column=self.column)
        read = sql.COUNTY_RANGE.format(column=self.column) if self.shared else write
        run = schema_editor.execute
        run(sql.POLICIES.format(table=self.table, column=self.column, read=read, write=write), params=None)
        if self.derived:
            run(f"COMMENT ON TABLE {self.table} IS 'derived'", params=None)
        names = self._columns(schema_editor)
        if self.shared:
            run(f"ALTER TABLE {self.table} ADD CONSTRAINT {self.table}_county UNIQUE (id, county)", params=None)
        if "version" in names:
            run(sql.VERSION.format(table=self.table), params=None)
        if self.history:
            with schema_editor.connection.cursor() as cursor:
                create_history(cursor, self.table, read=read)
        for key, parent, column, shared in self._parents(schema_editor, to_state):
            here, there = ("county", "county") if shared else (self.column, column)
            action = "" if shared else "ON UPDATE CASCADE"
            name = f"{self.table}_{key}_place"[:63]
            run(
                sql.COMPOSITE_KEY.format(
                    table=self.table, name=name, key=key, here=here, parent=parent, there=there, action=action
                ),
                params=None,
            )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for key, *_ in self._parents(schema_editor, from_state):
            name = f"{self.table}_{key}_place"[:63]
            schema_editor.execute(f"ALTER TABLE {self.table} DROP CONSTRAINT IF EXISTS {name}", params=None)
        if self.history:
            schema_editor.execute(sql.DROP_HISTORY.format(table=self.table), params=None)
        schema_editor.execute(f"DROP TRIGGER IF EXISTS wall_version ON {self.table}", params=None)
        schema_editor.execute(f"ALTER TABLE {self.table} DROP CONSTRAINT IF EXISTS {self.table}_county", params=None)
        schema_editor.execute(sql.DROP_POLICIES.format(table=self.table), params=None)

    def describe(self) -> str:
        return f"Fence {self.table} by {self.column}"

    @property
    def migration_name_fragment(self) -> str:
        return f"fence_{self.table}"

    def _columns(self, schema_editor: Any) -> list[str]:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(COLUMNS, [f"public.{self.table}"])
            return [name for name, *_ in cursor.fetchall()]

    def _parents(self, schema_editor: Any, state: Any) -> list[tuple[str, str, str, bool]]:
        """`(foreign key column, parent table, parent's division column, parent is shared)` for fenced parents."""
        parents = []
        with schema_editor.connection.cursor() as cursor:
            for model in self._models(state):
                for field in model._meta.local_concrete_fields:
                    if field.remote_field is None:
                        continue
                    parent = field.remote_field.model._meta.db_table
                    column = place_column(cursor, parent)
                    if column:
                        parents.append((field.column, parent, column, is_shared(cursor, parent)))
        return parents

    def _models(self, state: Any) -> list[Any]:
        return [model for model in state.apps.get_models() if model._meta.db_table == self.table]


def place_column(cursor: Any, table: str) -> str | None:
    """Division column of a fenced table, read from its `_place` key; None when the table is not fenced."""
    cursor.execute(
        "SELECT a.attname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]"
        " WHERE c.conname = %s AND c.contype = 'u'",
        [f"{table}_place"],
    )
    row = cursor.fetchone()
    return row[0] if row else None


def is_shared(cursor: Any, table: str) -> bool:
    """Whether a whole county may read the table."""
    cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s AND contype = 'u'", [f"{table}_county"])
    return cursor.fetchone() is not None
