"""The naive way: person by person, employer by employer, in Python. Slow baseline, and judge of everybody's results.

The rules are written here a second time on purpose, from the words of the terms and not from the product's code.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from benchmarks import schemes
from benchmarks.ground import YEAR
from labour.models import Employer, EmploymentSpell, LabourStandard, Person
from subsidies.models import Entitlement, Scheme, Terms

FIRST, LAST = dt.date(YEAR, 1, 1), dt.date(YEAR, 12, 31)


class Job(NamedTuple):
    """A spell, as far as the rules look at it."""

    person_id: int
    start: dt.date
    end: dt.date | None
    area: str
    wage_fen: int
    employer_id: int | None


class Worked(NamedTuple):
    """A person's year."""

    months: set[int]
    outside_months: set[int]
    wages_fen: int
    outside_wages_fen: int


def months_of(job: Job) -> set[int]:
    """Months of the year that a job covers, both ends included."""
    if job.start > LAST or (job.end is not None and job.end < FIRST):
        return set()
    begin = job.start.month if job.start.year == YEAR else 1
    finish = job.end.month if job.end is not None and job.end.year == YEAR else 12
    return set(range(begin, finish + 1))


def worked(jobs: Iterable[Job]) -> Worked:
    """Months once each, wages for every job and month."""
    months: set[int] = set()
    outside: set[int] = set()
    wages = outside_wages = 0
    for job in jobs:
        covered = months_of(job)
        months |= covered
        wages += job.wage_fen * len(covered)
        if job.area != "county":
            outside |= covered
            outside_wages += job.wage_fen * len(covered)
    return Worked(months, outside, wages, outside_wages)


def is_labourer(person: Any, standard: LabourStandard) -> bool:
    """By the county's standard on the last day of the year."""
    age = (
        LAST.year - person.birth_date.year - ((LAST.month, LAST.day) < (person.birth_date.month, person.birth_date.day))
    )
    oldest = standard.age_to_men if person.sex == "1" else standard.age_to_women
    return (
        standard.age_from <= age <= oldest
        and person.ability in standard.abilities
        and (standard.students_count or person.student == "")
    )


def award_of_person(person: Any, jobs: Iterable[Job], standard: LabourStandard) -> int:
    """Fen of the outside award, 0 when the person does not qualify."""
    year = worked(jobs)
    if not is_labourer(person, standard) or len(year.outside_months) < schemes.LEAST_MONTHS:
        return 0
    return min((year.outside_wages_fen * schemes.RATE_BP + 5_000) // 10_000, schemes.CAP_FEN)


def award_of_employer(employer: Any, jobs: Iterable[Job], labourers: Any) -> int:
    """Fen of the employer award: heads of labourers with enough months here."""
    if employer.kind not in schemes.KINDS:
        return 0
    months: dict[int, set[int]] = defaultdict(set)
    for job in jobs:
        months[job.person_id] |= months_of(job)
    heads = sum(1 for person, covered in months.items() if len(covered) >= schemes.LEAST_MONTHS and labourers(person))
    return heads * schemes.HEAD_FEN


JOB_FIELDS = ("person_id", "start", "end", "area", "wage_fen", "employer_id")


def jobs_where(**conditions: Any) -> list[Job]:
    return [Job(*row) for row in EmploymentSpell.objects.filter(**conditions).order_by().values_list(*JOB_FIELDS)]


def expected(county: int) -> tuple[dict[int, int], dict[int, int], dict[int, Worked]]:
    """Fen by person and by employer, and every person's year, of a whole county by the rules above."""
    standard = LabourStandard.objects.get(county=county)
    by_person: dict[int, list[Job]] = defaultdict(list)
    by_employer: dict[int, list[Job]] = defaultdict(list)
    for job in jobs_where(county=county):
        by_person[job.person_id].append(job)
        if job.employer_id is not None:
            by_employer[job.employer_id].append(job)
    people = {person.pk: person for person in Person.objects.filter(county=county).defer("id_number", "phone")}
    labourers = {pk for pk, person in people.items() if is_labourer(person, standard)}
    persons = {pk: award_of_person(person, by_person[pk], standard) for pk, person in people.items()}
    employers = {
        employer.pk: award_of_employer(employer, by_employer[employer.pk], labourers.__contains__)
        for employer in Employer.objects.filter(county=county)
    }
    years = {pk: worked(by_person[pk]) for pk in people}
    return _paid(persons), _paid(employers), years


def _paid(amounts: dict[int, int]) -> dict[int, int]:
    return {pk: amount for pk, amount in amounts.items() if amount}


def loop_persons(county: int, pks: Iterable[int]) -> None:
    """What a first version does: fetch one, decide, `update_or_create`."""
    scheme = Scheme.objects.get(village_id=county, code="outside_award")
    terms = Terms.objects.get(scheme=scheme)
    for pk in pks:
        person = Person.objects.get(pk=pk)
        standard = LabourStandard.objects.get(county=person.county)
        amount = award_of_person(person, jobs_where(person=person), standard)
        _store(scheme, terms, person.village_id, amount, person=person)


def loop_employers(county: int, pks: Iterable[int]) -> None:
    """The same for employers."""
    scheme = Scheme.objects.get(village_id=county, code="employer_award")
    terms = Terms.objects.get(scheme=scheme)
    standard = LabourStandard.objects.get(county=county)
    for pk in pks:
        employer = Employer.objects.get(pk=pk)
        amount = award_of_employer(
            employer, jobs_where(employer=employer), lambda one: is_labourer(Person.objects.get(pk=one), standard)
        )
        _store(scheme, terms, employer.village_id, amount, employer=employer)


def _store(scheme: Scheme, terms: Terms, village: int, amount: int, **subject: Any) -> None:
    if amount:
        values = {"terms": terms, "village_id": village, "amount_fen": amount, "facts": {}}
        Entitlement.objects.update_or_create(scheme=scheme, year=YEAR, defaults=values, **subject)
    else:
        Entitlement.objects.filter(scheme=scheme, year=YEAR, **subject).delete()
