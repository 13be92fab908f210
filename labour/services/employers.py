"""Employers: registering and changing them; the spells that name them follow."""

from __future__ import annotations

from typing import TypedDict, Unpack

from django.db import connection, transaction

from kernel.divisions.models import Division
from kernel.records.services import claim
from labour.models import Employer

# A spell belongs to the registered employer of exactly its name in its county; compares first, writes what differs.
LINK = """
UPDATE labour_employmentspell s SET employer_id = d.wanted
FROM (
    SELECT s.id, e.id AS wanted FROM labour_employmentspell s
    LEFT JOIN labour_employer e ON e.county = s.county AND e.name = s.employer_name
    WHERE s.county = %s AND (s.employer_name = ANY (%s) OR s.employer_id = ANY (%s))
) d
WHERE s.id = d.id AND s.employer_id IS DISTINCT FROM d.wanted
"""


class EmployerFields(TypedDict, total=False):
    """What may be said about an employer; `kind` is an `Employer.Kind`."""

    name: str
    kind: str
    credit_code: str


@transaction.atomic
def register_employer(*, village: Division, **fields: Unpack[EmployerFields]) -> Employer:
    """An employer on the county's roll; `village` is where it is registered, the county itself when that is not known.

    Spells that already name it are linked. ValidationError when the county has one of that name.
    """
    return save_employer(Employer(village=village, **fields))


@transaction.atomic
def change_employer(*, uid: object, version: int, **fields: Unpack[EmployerFields]) -> Employer:
    """Change an employer as it was at `version`; StaleRecord when it has moved on. A new name links other spells."""
    row = claim(Employer.objects.all(), uid=uid, version=version)
    for name, value in fields.items():
        setattr(row, name, value)
    return save_employer(row)


def save_employer(row: Employer) -> Employer:
    """Check and store an employer that a form or a service has filled in, and link the spells that name it."""
    row.full_clean(exclude=["village"])
    row.save()
    county = row.village_id - row.village_id % 1_000_000
    link_employers(county=county, names=[row.name], employer_ids=[row.pk])
    return row


def link_employers(*, county: int, names: list[str], employer_ids: list[int] | None = None) -> int:
    """Link spells with these employer names to the employers of that name, and unlink those that no longer match.

    Set-based, inside the open scope; returns the spells changed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM labour_employmentspell s WHERE s.county = %s LIMIT 1", [county])
        if cursor.fetchone() is None:
            return 0
        cursor.execute(LINK, [county, names, employer_ids or []])
        return cursor.rowcount
