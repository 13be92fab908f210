"""Employment spells: recording, ending, changing and correcting them, one at a time."""

from __future__ import annotations

import datetime as dt
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kernel.divisions.models import Division
from kernel.identity.problems import ProblemError
from kernel.records.services import claim
from kernel.wall.scope import say_why
from labour.models import Employer, EmploymentSpell, Person
from labour.places import Home


class SpellFields(TypedDict, total=False):
    """What may be said about a spell. Months are their first days; `wage_fen` is a month's wage."""

    start: dt.date
    end: dt.date | None
    place_province: str
    place_city: str
    place_county: str
    wage_fen: int
    employer_name: str
    industry: str
    channel: str
    point_to_point: bool


@transaction.atomic
def record_spell(*, person: Person, **fields: Unpack[SpellFields]) -> EmploymentSpell:
    """A job of a person, from a month on. Where it is decides the area; a registered employer of that name is linked.

    ValidationError names each wrong field. Overlapping jobs are allowed: their months count once, their wages both.
    """
    return save_spell(EmploymentSpell(person=person, village_id=person.village_id, **fields))


@transaction.atomic
def change_spell(*, uid: object, version: int, **fields: Unpack[SpellFields]) -> EmploymentSpell:
    """Change a spell as it was at `version`; StaleRecord when it has moved on, ValidationError as above."""
    row = claim(EmploymentSpell.objects.select_related("person"), uid=uid, version=version)
    for name, value in fields.items():
        setattr(row, name, value)
    return save_spell(row)


def end_spell(*, uid: object, version: int, end: dt.date) -> EmploymentSpell:
    """The job ended; `end` is its last month."""
    return change_spell(uid=uid, version=version, end=end.replace(day=1))


@transaction.atomic
def correct_spell(*, uid: object, version: int, reason: str, **fields: Unpack[SpellFields]) -> EmploymentSpell:
    """Change what was recorded wrongly. The reason stands beside the old values in the history; it may not be empty."""
    if not reason.strip():
        raise ValidationError({"reason": _("请填写更正原因")})
    say_why(reason.strip())
    return change_spell(uid=uid, version=version, **fields)


def save_spell(row: EmploymentSpell) -> EmploymentSpell:
    """Check and store a spell that a form or a service has filled in."""
    row.village_id = row.person.village_id
    county = row.village_id - row.village_id % 1_000_000
    row.employer_name = row.employer_name.strip()
    row.employer = employer_named(county=county, name=row.employer_name)
    try:
        home = Home.of(Division.objects.get(pk=county))
        row.area = home.area(province=row.place_province, county=row.place_county)
    except ProblemError as error:
        field = "place_county" if error.problem.code == "place.county" else "place_province"
        raise ValidationError({field: ValidationError(error.problem.message, code=error.problem.code)}) from error
    row.full_clean(exclude=["village", "person", "employer"])
    row.save()
    return row


def employer_named(*, county: int, name: str) -> Employer | None:
    """The county's registered employer of exactly this name."""
    return Employer.objects.filter(county=county, name=name).first() if name else None
