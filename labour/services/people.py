"""Households and people: registering and changing them, one at a time.

Registering opens no savepoint of its own: it is one write in the scope's transaction, and the audit line of a refusal
(known elsewhere in the county) must outlive the refusal.
"""

from __future__ import annotations

import datetime as dt
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kernel.divisions.models import Division
from kernel.identity.problems import Problem
from kernel.records.services import claim
from labour.models import Household, Person

PERSON_ELSEWHERE = Problem(
    "person.registered_elsewhere", _("该人员已在本县其他村登记，请向乡镇或县人社部门核实后办理迁移。")
)
HOUSEHOLD_ELSEWHERE = Problem("household.registered_elsewhere", _("这个户编号已在本县其他村登记，请核对户编号。"))


class PersonFields(TypedDict, total=False):
    """What may be said about a person; code-list fields take keys (`labour/codelists`)."""

    number: str
    name: str
    sex: str
    birth_date: dt.date
    id_number: str | None
    phone: str | None
    relation: str
    ethnicity: str
    education: str
    student: str
    ability: str
    health: str
    politics: str
    low_income: bool
    job_wish: str


class HouseholdFields(TypedDict, total=False):
    """What may be said about a household."""

    number: str
    category: str


def register_household(*, village: Division, number: str, category: str = "") -> Household:
    """A household in a village. ValidationError when the county already has the number, here or elsewhere."""
    row = Household(village=village, number=number.strip(), category=category)
    return save_household(row)


@transaction.atomic
def change_household(*, uid: object, version: int, **fields: Unpack[HouseholdFields]) -> Household:
    """Change a household as it was at `version`; StaleRecord when it has moved on."""
    row = claim(Household.objects.all(), uid=uid, version=version)
    for name, value in fields.items():
        setattr(row, name, value)
    return save_household(row)


def save_household(row: Household) -> Household:
    """Check and store a household that a form or a service has filled in."""
    row.full_clean(exclude=["village"])
    if row._state.adding and _asked("labour_households_elsewhere", "text", row.number):
        raise ValidationError({"number": ValidationError(HOUSEHOLD_ELSEWHERE.message, code=HOUSEHOLD_ELSEWHERE.code)})
    row.save()
    return row


def register_person(*, household: Household, **fields: Unpack[PersonFields]) -> Person:
    """A new member of a household, in its village.

    ValidationError names each wrong field: the identity number by length, calendar and check digit, sex and birth date
    against it, and a number that the county already knows - without saying where or who.
    """
    return save_person(Person(household=household, village_id=household.village_id, **fields))


@transaction.atomic
def change_person(*, uid: object, version: int, **fields: Unpack[PersonFields]) -> Person:
    """Change a person as he or she was at `version`; StaleRecord when the row has moved on, ValidationError as above."""
    row = claim(Person.objects.all(), uid=uid, version=version)
    for name, value in fields.items():
        setattr(row, name, value)
    return save_person(row)


def save_person(row: Person) -> Person:
    """Check and store a person that a form or a service has filled in; pinyin and look-up hashes follow.

    A person lives where the household lives.
    """
    row.village_id = row.household.village_id
    row.full_clean(exclude=["village", "household"], validate_unique=False, validate_constraints=False)
    row.derive()
    if row.id_index is not None:
        _refuse_known(row)
    row.save()
    return row


def _refuse_known(row: Person) -> None:
    if Person.objects.filter(id_index=row.id_index).exclude(pk=row.pk).exists():
        raise ValidationError({"id_number": ValidationError(_("该证件号码已在本县登记"), code="person.registered")})
    if row._state.adding and registered_elsewhere(row.id_index):
        raise ValidationError({"id_number": ValidationError(PERSON_ELSEWHERE.message, code=PERSON_ELSEWHERE.code)})


def registered_elsewhere(id_index: bytes | None) -> bool:
    """Whether the county knows this identity number (its hash) outside the open scope: one bit, audited when it is yes."""
    return id_index is not None and _asked("labour_people_elsewhere", "bytea", id_index)


def _asked(function: str, kind: str, value: bytes | str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {function}(ARRAY[%s]::{kind}[])", [value])  # noqa: S608 -- intended: our own function names
        return cursor.fetchone() is not None
