"""Which terms hold for which year, compiled once a process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from kernel.clock import today
from subsidies.compiler import compile_terms
from subsidies.models import Terms
from subsidies.statements import Statement, run_prepared, statement_of

MOST_STAMPS = 5_000
IN_USE = """
SELECT id, version, updated_at, scheme_id, valid_from, valid_to FROM subsidies_terms
WHERE village_id = %(county)s AND state <> 'draft' ORDER BY scheme_id, valid_from
"""


@dataclass(frozen=True)
class Program:
    """One activated version of a scheme with its statement. Never changes, because activated terms never do."""

    terms_id: int
    scheme_id: int
    valid_from: dt.date
    statement: Statement


@dataclass(frozen=True)
class _Version:
    """A row of `IN_USE`; `stamp` differs after every change, undone transactions included."""

    terms_id: int
    stamp: tuple[int, dt.datetime]
    scheme_id: int
    valid_from: dt.date
    valid_to: dt.date | None

    def touches(self, year: int) -> bool:
        return self.valid_from.year <= year and (self.valid_to is None or self.valid_to.year >= year)


_versions_by_stamp: dict[tuple[int, str], list[_Version]] = {}
_programs: dict[tuple[int, int, dt.datetime], Program] = {}


def _versions(county: int, stamp: str | None) -> list[_Version]:
    if stamp is None:
        return _read_versions(county)
    if (county, stamp) not in _versions_by_stamp:
        if len(_versions_by_stamp) > MOST_STAMPS:
            _versions_by_stamp.clear()
        _versions_by_stamp[county, stamp] = _read_versions(county)
    return _versions_by_stamp[county, stamp]


def _read_versions(county: int) -> list[_Version]:
    rows = run_prepared(IN_USE, {"county": county})
    return [_Version(row[0], (row[1], row[2]), *row[3:]) for row in rows]


def _program(version: _Version) -> Program:
    key = (version.terms_id, *version.stamp)
    if key not in _programs:
        terms = Terms.objects.select_related("scheme").get(pk=version.terms_id)
        statement = statement_of(compile_terms(terms))
        _programs[key] = Program(version.terms_id, version.scheme_id, version.valid_from, statement)
    return _programs[key]


def programs_for(
    county: int, years: Collection[int] | None, stamp: str | None = None
) -> list[tuple[Program, list[int]]]:
    """Each program of a county with the years it decides; None means every year from its beginning to the present one.

    Of the versions of a scheme that are valid on some day of a year, the last one decides the whole year. `stamp` stands for
    the present ids, versions and times of the terms in use: rows already read under the same stamp are not read again.
    """
    versions = _versions(county, stamp)
    wanted = sorted(years) if years is not None else _all_years(versions)
    decided: dict[_Version, list[int]] = {}
    for year in wanted:
        last = {version.scheme_id: version for version in versions if version.touches(year)}
        for version in last.values():
            decided.setdefault(version, []).append(year)
    return [(_program(version), chosen) for version, chosen in decided.items()]


def _all_years(versions: Iterable[_Version]) -> list[int]:
    first = min((version.valid_from.year for version in versions), default=today().year + 1)
    return list(range(first, today().year + 1))


def terms_deciding(scheme_id: int, year: int) -> Terms | None:
    """The version of a scheme that decides a year, or None."""
    chosen = Terms.objects.in_use().touching(year).filter(scheme_id=scheme_id).order_by("-valid_from")
    return chosen.select_related("scheme").first()
