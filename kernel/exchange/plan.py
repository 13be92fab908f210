"""The SQL of one importer: how staged JSON reads as columns, how rows find their targets, what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from kernel.exchange.importer import Importer, Link, Target
from kernel.protection.fields import BlindIndexField, SealedTextField
from kernel.records.models import Record

OWN = frozenset({"id", "uid", "county", "village", "version", "created_at", "updated_at", "act"})
"""Columns of every record, which no importer names."""


def column_of(model: type[Record], name: str) -> Any:
    """A concrete field of a target."""
    return model._meta.get_field(name)


def quoted(name: str | None) -> str:
    """An identifier of ours, quoted."""
    if not name:
        raise ValueError("a column without a name")
    return connection.ops.quote_name(name)


def key_column(staged: str) -> str:
    """The column of `Plan.keyed` that holds a staged field."""
    return quoted(f"key_{staged}")


MANY = 5_000
"""Rows from which a whole-table hash beats one index probe a row."""


@contextmanager
def steady_plans(rows: int, cursor: Any) -> Iterator[None]:
    """Say how to join, for the statements inside: tables filled a moment ago have no statistics, and a guess is ruinous.

    Few rows probe the unique key of each target; many are hashed.
    """
    probing = rows <= MANY
    settings = {"enable_hashjoin": not probing, "enable_mergejoin": False, "enable_nestloop": probing}
    # A kept copy of the whole inner table is what a wrong guess likes best: 9 s instead of 0.2 for 5,000 on 20,000 rows.
    settings |= {"enable_seqscan": not probing, "enable_material": False}
    picked = ", ".join(f"set_config('{name}', '{'on' if on else 'off'}', true)" for name, on in settings.items())
    cursor.execute(f"SELECT {picked}")
    yield
    cursor.execute("SELECT " + ", ".join(f"set_config('{name}', 'on', true)" for name in settings))


@dataclass(frozen=True, slots=True)
class Joined:
    """One LEFT JOIN of the staging row: alias, table, key, and for key fields that are links the parents' aliases."""

    alias: str
    model: type[Record]
    key: Mapping[str, str]
    parents: Mapping[str, str]


class Plan:
    """SQL fragments for one importer, given which staged fields the file really has. `s` is the staged row.

    Fields whose headings are missing from the file are neither compared nor written. The only values inside are names
    of columns and fields declared in code; everything from the file stays in the rows.
    """

    def __init__(self, importer: type[Importer], present: set[str]) -> None:
        self.importer, self.present = importer, present
        self.targets = importer.targets
        sealed = {name for each in importer.columns if each.sealed for name in (each.field, each.sealed.index)}
        self._unsaid = sealed | set(importer.derived) | set(importer.hashes)
        self.joins: list[Joined] = []
        self._links: dict[tuple[int, str], str] = {}
        for at, target in enumerate(self.targets):
            # A parent that belongs to the key is joined before its child.
            parents = {
                name: self._alias_of(at, name, target.links[name]) for name in target.key if name in target.links
            }
            self.joins.append(Joined(f"t{at}", target.model, target.key, parents))
        for at, target in enumerate(self.targets):
            for name, link in target.links.items():
                self._links[at, name] = self._alias_of(at, name, link)

    def _alias_of(self, at: int, name: str, link: Link) -> str:
        for joined in self.joins:
            if joined.model is link.model and dict(joined.key) == dict(link.key):
                return joined.alias
        self.joins.append(Joined(f"l{at}_{name}", link.model, link.key, {}))
        return self.joins[-1].alias

    def made_here(self, link: Link) -> bool:
        """Whether an earlier target makes the parent."""
        return any(each.model is link.model and dict(each.key) == dict(link.key) for each in self.targets)

    # -- staged values

    def staged(self, field: Any, name: str) -> str:
        """SQL of a staged value in the type of a model field; blank becomes the field's own blank."""
        text = f"(s.data->>'{name}')"
        if isinstance(field, (BlindIndexField, SealedTextField)):
            return f"decode({text}, 'hex')"
        if isinstance(field, (models.CharField, models.TextField)):
            return text if field.null else f"coalesce({text}, '')"
        kind = field.rel_db_type(connection) if field.remote_field else field.db_type(connection)
        value = f"{text}::{kind}"
        if field.null:
            return value
        blank = self.blank(field)
        return value if blank is None else f"coalesce({value}, {blank})"

    def blank(self, field: Any) -> str | None:
        """SQL literal of a NOT NULL field's default; None when it has none."""
        if isinstance(field, ArrayField):
            return f"'{{}}'::{field.db_type(connection)}"
        if not field.has_default():
            return "''" if isinstance(field, (models.CharField, models.TextField)) else None
        value = field.get_default()
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        return "'" + str(value).replace("'", "''") + "'"

    def keyed(self, table: str, where: str = "true") -> str:
        """The staged rows as `s`, with the values they are joined by as columns of their own.

        Under row-level security an index serves only comparisons of plain columns: an expression over the JSON is not
        leakproof, and the planner would read the whole registry for each row. OFFSET keeps the sub-select whole.
        """
        columns = {
            key_column(staged): self._bare(column_of(joined.model, name), staged)
            for joined in self.joins
            for name, staged in joined.key.items()
            if name not in joined.parents
        }
        if "_id" in self.present:
            columns[key_column("_id")] = "(s.data->>'_id')::uuid"
        picked = ", ".join(f"{value} AS {name}" for name, value in columns.items())
        return f"(SELECT s.*, {picked} FROM {table} s WHERE {where} OFFSET 0) s"  # noqa: S608 -- intended: names from code

    def key_sql(self, joined: Joined) -> str:
        """The join condition. The county makes it the unique index of the target."""
        parts = [f"{joined.alias}.county = %(county)s"]
        for name, staged in joined.key.items():
            field = column_of(joined.model, name)
            value = f"{joined.parents[name]}.id" if name in joined.parents else f"s.{key_column(staged)}"
            parts.append(f"{joined.alias}.{quoted(field.column)} = {value}")
        return " AND ".join(parts)

    def _bare(self, field: Any, name: str) -> str:
        """Like `staged`, but blank stays NULL so that it matches nothing."""
        text = f"(s.data->>'{name}')"
        if isinstance(field, (BlindIndexField, SealedTextField)):
            return f"decode({text}, 'hex')"
        if isinstance(field, (models.CharField, models.TextField)):
            return text
        return f"{text}::{field.rel_db_type(connection) if field.remote_field else field.db_type(connection)}"

    def joins_sql(self) -> str:
        """LEFT JOINs to every target and linked parent."""
        return "\n".join(map(self._join_sql, self.joins))

    def _join_sql(self, joined: Joined) -> str:
        table = quoted(joined.model._meta.db_table)
        if "_id" not in self.present or joined.alias != f"t{len(self.targets) - 1}":
            return f"LEFT JOIN {table} {joined.alias} ON {self.key_sql(joined)}"
        # A row of an export that came back is found by its own id; rows added below it by their key.
        alias, condition = joined.alias, self.key_sql(joined)
        return (
            f"LEFT JOIN LATERAL (SELECT {alias}.* FROM {table} {alias} WHERE {alias}.uid = s.{key_column('_id')}"  # noqa: S608 -- intended: names from code
            f" AND {alias}.county = %(county)s UNION ALL SELECT {alias}.* FROM {table} {alias}"
            f" WHERE s.{key_column('_id')} IS NULL AND {condition}) {alias} ON true"
        )

    # -- what a target compares and writes

    def kept(self, at: int, column: str, value: str, unknown: str) -> str:
        """In an export that came back: what the file cannot say (masked, derived from masked) stays as it is."""
        if "_id" not in self.present:
            return value
        return f"CASE WHEN s.data->>'_id' IS NOT NULL AND {unknown} IS NULL THEN t{at}.{column} ELSE {value} END"

    def _value(self, at: int, name: str, staged: str, *, keep: bool) -> str:
        field = column_of(self.targets[at].model, name)
        value = self.staged(field, staged)
        if keep and staged in self._unsaid:
            return self.kept(at, quoted(field.column), value, f"s.data->>'{staged}'")
        return value

    def compared(self, at: int, *, keep: bool = True) -> Iterator[tuple[str, str, str]]:
        """`(label, column of the target, new value)` of everything that may differ, place and links included.

        `keep=False` for new rows, which have no target to keep anything of.
        """
        target = self.targets[at]
        for name, staged in target.values.items():
            field = column_of(target.model, name)
            if staged in self.present and not isinstance(field, SealedTextField):
                yield name, quoted(field.column), self._value(at, name, staged, keep=keep)
        for name in target.links:
            field = column_of(target.model, name)
            parent = f"{self._links[at, name]}.id"
            column = quoted(field.column)
            yield name, column, self.kept(at, column, parent, parent) if keep else parent
        place = self.place(at)
        yield "village", "village_id", self.kept(at, "village_id", place, place) if keep else place

    def written(self, at: int, *, keep: bool = True) -> Iterator[tuple[str, str]]:
        """`(column, new value)` of everything an update sets: compared, sealed and silent values."""
        target = self.targets[at]
        for _label, column, value in self.compared(at, keep=keep):
            yield column, value
        for name, staged in {**target.values, **target.silent}.items():
            field = column_of(target.model, name)
            if staged in self.present and (name in target.silent or isinstance(field, SealedTextField)):
                yield quoted(field.column), self._value(at, name, staged, keep=keep)

    def place(self, at: int) -> str:
        """SQL of the village: the staged one, or the parent's."""
        place = self.targets[at].place
        if place in self.targets[at].links:
            return f"{self._links[at, place]}.village_id"
        return f"(s.data->>'{place}')::bigint"

    def inserted(self, at: int) -> Iterator[tuple[str, str]]:
        """`(column, value)` of a new row: the written ones, its key, and the blanks of fields the file does not have."""
        target = self.targets[at]
        given: dict[str, str] = dict(self.written(at, keep=False))
        for name, staged in target.key.items():
            if name in target.links:
                continue
            field = column_of(target.model, name)
            given.setdefault(quoted(field.column), self.staged(field, staged))
        for field in target.model._meta.local_concrete_fields:
            if field.name in OWN or quoted(field.column) in given or field.null or field.generated:
                continue
            blank = self.blank(field)
            if blank is not None:
                given[quoted(field.column)] = blank
        yield from given.items()

    def differs(self, at: int) -> str:
        """SQL condition: the target is there and something compared is not the same."""
        pairs = [f"t{at}.{column} IS DISTINCT FROM {value}" for _label, column, value in self.compared(at)]
        return f"(t{at}.id IS NOT NULL AND ({' OR '.join(pairs) or 'false'}))"

    def verdict(self) -> str:
        """SQL of new / changed / same. The last target decides "new"; a missing parent makes "changed"."""
        last = len(self.targets) - 1
        parts = [f"WHEN t{last}.id IS NULL THEN 'new'"]
        for at in range(len(self.targets)):
            absent = f"t{at}.id IS NULL OR " if at != last else ""
            parts.append(f"WHEN {absent}{self.differs(at)} THEN 'changed'")
        return f"CASE {' '.join(parts)} ELSE 'same' END"

    def diff(self) -> str:
        """SQL of the old and new values of what differs: {"target.field": [old, new]}; sealed ones as ciphertext."""
        pieces = []
        for at, target in enumerate(self.targets):
            sealed = self._sealed_of(target)
            for label, column, value in self.compared(at):
                shown = sealed.get(label)
                old, new = f"t{at}.{column}", value
                if shown is not None:
                    field = column_of(target.model, shown[0])
                    old = f"encode(t{at}.{quoted(field.column)}, 'hex')"
                    new = f"s.data->>'{shown[1]}'"
                elif isinstance(self._field(target, label), BlindIndexField):
                    continue
                pieces.append(
                    f"'{at}.{shown[0] if shown else label}', CASE WHEN t{at}.{column} IS DISTINCT FROM {value}"
                    f" THEN jsonb_build_array({old}, {new}) END"
                )
        # A function takes at most a hundred arguments.
        groups = [", ".join(pieces[start : start + 40]) for start in range(0, len(pieces), 40)]
        return "jsonb_strip_nulls(" + " || ".join(f"jsonb_build_object({group})" for group in groups) + ")"

    def _field(self, target: Target, label: str) -> Any:
        return column_of(target.model, label)

    def _sealed_of(self, target: Target) -> dict[str, tuple[str, str]]:
        """Index field -> (sealed field, staged token): a changed index is shown as a change of its sealed field."""
        indexes = {each.field: each.sealed.index for each in self.importer.columns if each.sealed}
        by_staged = {staged: name for name, staged in target.values.items()}
        return {
            by_staged[indexes[staged]]: (name, staged)
            for name, staged in target.values.items()
            if staged in indexes and indexes[staged] in by_staged
        }

    def needed(self) -> Iterator[tuple[str, Link]]:
        """`(alias, link)` of parents that must be there already."""
        for at, target in enumerate(self.targets):
            for name, link in target.links.items():
                if not link.optional and not self.made_here(link):
                    yield self._links[at, name], link
