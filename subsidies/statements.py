"""The statement that makes entitlements equal to what terms say: desired against current, differences only.

Constants of frozen terms are written into the text, so that one text per terms stays for ever: the database prepares it
once a connection and never plans it again. Only years and ids are parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet
from psycopg import sql

from subsidies.compiler import Compiled

STATEMENT = """
WITH desired AS (
    SELECT subject, place, year, amount, snapshot, digest FROM ({desired}) AS d
), stored AS (
    SELECT id, {field} AS subject, village_id, year, terms_id, amount_fen, facts, digest FROM subsidies_entitlement
    WHERE scheme_id = {scheme} AND instalment = 1 AND {narrow}
), difference AS MATERIALIZED (
    SELECT s.id, d.subject, d.place, d.year, d.amount, d.snapshot, s.village_id AS left_place, d.digest
    FROM desired d FULL JOIN stored s ON s.subject = d.subject AND s.year = d.year
    WHERE (d.subject, d.place, d.amount, {terms}::bigint, d.digest, d.snapshot)
          IS DISTINCT FROM (s.subject, s.village_id, s.amount_fen, s.terms_id, s.digest, s.facts)
)
SELECT w.added, w.changed, w.removed, w.places
FROM subsidies_write_{subject}s(
    (SELECT array_agg((id, subject, place, year, amount, snapshot, left_place, digest)::subsidies_change) FROM difference),
    {scheme}, {terms}) AS w
"""

# Whether the rows of a whole county can be other than wanted: both sides counted and summed over a hash of everything
# that is compared, without join and without JSON. A row without a digest, or with another one, makes the sums differ.
DOUBT = """
SELECT {terms}::bigint WHERE (
    SELECT (count(*), sum(hashint8extended(subject, hashint8extended(place, hashint8extended(amount, digest)))))
    FROM ({desired}) AS d
) IS DISTINCT FROM (
    SELECT (count(*), sum(hashint8extended({field}, hashint8extended(village_id, hashint8extended(amount_fen, digest))))
                      FILTER (WHERE terms_id = {terms}))
    FROM subsidies_entitlement
    WHERE scheme_id = {scheme} AND instalment = 1 AND village_id >= {county} AND village_id < {county} + 1000000 AND {narrow}
)
"""


class Marker:
    """Stands in a compiled queryset for a parameter that is given at execution."""

    def __init__(self, name: str) -> None:
        self.name = name


class Among(Func):
    """`column = ANY (parameter)` with a parameter filled in later."""

    output_field = BooleanField()

    def __init__(self, column: str, marker: str, kind: str) -> None:
        super().__init__(F(column))
        self.marker, self.kind = marker, kind

    def as_sql(  # type: ignore[override]  # the stubs know no parameter but text and numbers
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        column, params = compiler.compile(self.source_expressions[0])
        return f"{column} = ANY (%s::{self.kind})", [*params, Marker(self.marker)]


class Equals(Among):
    """`column = parameter`: what a whole county is asked by, one year at a time."""

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        column, params = compiler.compile(self.source_expressions[0])
        return f"{column} = %s::{self.kind}", [*params, Marker(self.marker)]


class AmongEmployers(Among):
    """The same for the joined employer rows: equality of the join does not carry a list of ids over to them."""

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        _text, params = super().as_sql(compiler, connection, **extra)
        return f"labour_employer.id = ANY (%s::{self.kind})", params


@dataclass(frozen=True)
class Statement:
    """Compiled terms as SQL text: `some` for given `years` and subject `ids`, `all` for a whole county in one `year`.

    `doubt` names the terms when `all` may find a difference.
    """

    subject: str
    some: str
    all: str
    doubt: str


def statement_of(compiled: Compiled) -> Statement:
    """The two texts of compiled terms."""
    county = compiled.terms.village_id
    rows = compiled.qualifying()
    field = compiled.subject_field
    some = rows.filter(Among("year", "years", "smallint[]"), Among(field, "ids", "bigint[]"))
    if field == "employer_id":
        some = some.filter(AmongEmployers(field, "ids", "bigint[]"))
    # Employer rows of the whole county come from workers' rows, which the wall limits to the county.
    whole = rows.filter(Equals("year", "year", "smallint"), village_id__gte=county, village_id__lt=county + 1_000_000)
    this_year = f"year = %(year)s::smallint AND {field} IS NOT NULL"
    return Statement(
        compiled.terms.scheme.subject,
        _text(STATEMENT, compiled, some, f"year = ANY (%(years)s::smallint[]) AND {field} = ANY (%(ids)s::bigint[])"),
        _text(STATEMENT, compiled, whole, this_year),
        _text(DOUBT, compiled, whole, this_year),
    )


def _text(template: str, compiled: Compiled, rows: QuerySet[Any], narrow: str) -> str:
    return template.format(
        desired=inline(rows),
        field=compiled.subject_field,
        scheme=int(compiled.terms.scheme_id),
        terms=int(compiled.terms.pk),
        subject=compiled.terms.scheme.subject,
        narrow=narrow,
        county=int(compiled.terms.village_id),
    )


def inline(rows: QuerySet[Any]) -> str:
    """A queryset as text with every constant quoted in place; markers become named parameters."""
    text, params = rows.query.sql_with_params()
    shown = tuple(
        f"%({param.name})s" if isinstance(param, Marker) else _literal(param).replace("%", "%%") for param in params
    )
    return str(text.replace("%%", "%%%%") % shown)


def _literal(value: Any) -> str:
    connection.ensure_connection()
    return sql.Literal(value).as_string(connection.connection)


def run_prepared(text: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Execute with server-side parameters, prepared on first use; errors and query log as with any Django cursor."""
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold = 0  # concerns only this kind of cursor: Django's own bind on the client
    with connection._prepare_cursor(psycopg.Cursor(raw)) as cursor:  # type: ignore[attr-defined]
        cursor.execute(text, params)
        return list(cursor.fetchall()) if cursor.description else []


def run_planned(text: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Execute once with the parameters written in, so that the plan knows them: for whole counties."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return list(cursor.fetchall())
