"""Whatever is edited, the incremental refresh equals a full rebuild; a second opinion in Python agrees with both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.divisions.codes import Range
from kernel.identity.months import mask_to_months, month_mask
from labour.models import EmploymentSpell, Person, PersonYear, StaleMark, WorkerYear
from labour.services import compare_years, refresh_years
from tests.factories import labour as make

COUNTY = 410726000000
ROOM = Range(COUNTY, COUNTY + 1_000_000)
AS_OF = dt.date(2020, 6, 29)
YEARS = (2019, 2020)

pytestmark = pytest.mark.django_db

months = st.builds(dt.date, st.integers(2017, 2021), st.integers(1, 12), st.just(1))
spells = st.fixed_dictionaries(
    {
        "who": st.integers(0, 3),
        "start": months,
        "length": st.one_of(st.none(), st.integers(0, 30)),
        "area": st.sampled_from(["county", "province", "outside", "abroad"]),
        "wage_fen": st.integers(0, 3_000_000),
        "employer": st.one_of(st.none(), st.integers(0, 1)),
    }
)
edits = st.one_of(
    st.tuples(st.just("add"), spells),
    st.tuples(st.just("change"), st.integers(0, 9), spells),
    st.tuples(st.just("remove"), st.integers(0, 9)),
    st.tuples(st.just("person"), st.integers(0, 3), st.sampled_from(["ordinary", "lost"]), st.sampled_from(["", "no"])),
    st.tuples(st.just("born"), st.integers(0, 3), st.dates(dt.date(1955, 1, 1), dt.date(2006, 1, 1))),
    st.tuples(st.just("move"), st.integers(0, 3), st.integers(0, 1)),
)


class Registry:
    """Four people, two employers, and edits upon them."""

    def __init__(self) -> None:
        self.people = [make.person() for _ in range(4)]
        self.employers = [make.employer() for _ in range(2)]
        self.made = 0

    def fields(self, told: dict[str, Any]) -> dict[str, Any]:
        start, length = told["start"], told["length"]
        end = None
        if length is not None:
            month = start.year * 12 + start.month - 1 + length
            end = dt.date(month // 12, month % 12 + 1, 1)
        person = Person.objects.get(pk=self.people[told["who"]].pk)
        employer = None if told["employer"] is None else self.employers[told["employer"]]
        self.made += 1
        return {"person": person, "village_id": person.village_id, "start": start, "end": end, "area": told["area"],
                "wage_fen": told["wage_fen"], "employer": employer, "employer_name": f"某处{self.made}"}  # fmt: skip

    def apply(self, edit: tuple[Any, ...]) -> None:
        getattr(self, edit[0])(*edit[1:])

    def add(self, told: dict[str, Any]) -> None:
        make.spell(**self.fields(told))

    def change(self, which: int, told: dict[str, Any]) -> None:
        row = EmploymentSpell.objects.order_by("pk")[which : which + 1].first()
        if row is not None:
            EmploymentSpell.objects.filter(pk=row.pk).update(**self.fields(told))

    def remove(self, which: int) -> None:
        for row in EmploymentSpell.objects.order_by("pk")[which : which + 1]:
            row.delete()

    def person(self, who: int, ability: str, wish: str) -> None:
        Person.objects.filter(pk=self.people[who].pk).update(ability=ability, job_wish=wish)

    def born(self, who: int, day: dt.date) -> None:
        Person.objects.filter(pk=self.people[who].pk).update(birth_date=day)

    def move(self, who: int, step: int) -> None:
        household = self.people[who].household
        household.refresh_from_db()
        household.village_id = make.VILLAGE + step
        household.save()


def settle() -> set[int]:
    """What a settler does with few marks: refresh the people named, all their years."""
    people = set(StaleMark.objects.values_list("person_id", flat=True))
    assert None not in people
    refresh_years(person_ids=people)
    StaleMark.objects.all().delete()
    return people


def expected() -> dict[tuple[int, int], tuple[Any, ...]]:
    """The year rows by plain Python, from the definitions."""
    rows = {}
    for person in Person.objects.all():
        for year in YEARS:
            closes = min(dt.date(year, 12, 31), AS_OF)
            labourer = 16 <= person.age_on(closes) <= 60 and person.ability in {"ordinary", "skilled", "weak"}
            all_months = outside = wages = outside_wages = started = here = 0
            for spell in EmploymentSpell.objects.filter(person=person, start__lte=AS_OF):
                mask = month_mask(spell.start, min(spell.end or AS_OF, AS_OF), year)
                paid = spell.wage_fen * len(mask_to_months(mask))
                away = spell.area != "county"
                all_months |= mask
                wages += paid
                outside |= mask if away else 0
                outside_wages += paid if away else 0
                started += spell.start.year == year
                here += spell.start.year == year and not away
            rows[person.pk, year] = (
                person.village_id, labourer, person.job_wish != "no", all_months, outside, wages, outside_wages,
                started, here)  # fmt: skip
    return rows


def stored() -> dict[tuple[int, int], tuple[Any, ...]]:
    fields = ("village_id", "labourer", "willing", "months", "outside_months", "wages_fen", "outside_wages_fen", "spells",
              "county_spells")  # fmt: skip
    return {(row[0], row[1]): row[2:] for row in PersonYear.objects.values_list("person_id", "year", *fields)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(edits, min_size=1, max_size=12))
def test_incremental_equals_full(acting: Callable[..., Any], yanjin: Any, settings: Any, steps: list[Any]) -> None:
    settings.SETTLERS = []
    with transaction.atomic(), acting(COUNTY):
        make.set_up(COUNTY)
        registry = Registry()
        settle()
        for step in steps:
            registry.apply(step)
            settle()
        assert stored() == expected()
        assert compare_years(ROOM) == []
        assert refresh_years(span=ROOM) == set()
        workers = WorkerYear.objects.values_list("employer_id", "person_id", "year", "months")
        for employer, person, year, months_worked in workers:
            spells_there = EmploymentSpell.objects.filter(employer_id=employer, person_id=person, start__lte=AS_OF)
            mask = 0
            for spell in spells_there:
                mask |= month_mask(spell.start, min(spell.end or AS_OF, AS_OF), year)
            assert months_worked == mask != 0
        transaction.set_rollback(True)
