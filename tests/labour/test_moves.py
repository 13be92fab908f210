"""A household moves, or its village is merged: people, jobs, year rows and both villages' figures follow at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from headquarters.models import FigureValue
from headquarters.services import prove_figures
from kernel.divisions.codes import Range
from kernel.divisions.models import Division
from kernel.divisions.services import merge_division
from kernel.wall.scope import touch
from labour.models import Person, PersonYear
from labour.services import compare_years
from subsidies.services import settle_township, waiting_townships
from tests.factories import labour as make

COUNTY = 410726000000
HERE, THERE = make.VILLAGE, make.VILLAGE + 1

pytestmark = pytest.mark.django_db


def labourers(village: int, year: int = 2019) -> int:
    row = FigureValue.objects.filter(figure="F01", village=village, period=year).first()
    return 0 if row is None else row.numerator


@pytest.fixture
def person(acting: Callable[..., Any], yanjin: Division) -> Person:
    with acting(COUNTY):
        make.set_up(COUNTY)
        person = make.spell().person
    with acting(COUNTY):
        assert (labourers(HERE), labourers(THERE)) == (1, 0)
    return person


def test_a_household_moves(acting: Callable[..., Any], person: Person) -> None:
    with acting(COUNTY):
        household = person.household
        household.village_id = THERE
        household.save()
    with acting(COUNTY):
        assert set(PersonYear.objects.values_list("village_id", flat=True)) == {THERE}
        assert [(labourers(HERE, year), labourers(THERE, year)) for year in (2019, 2020)] == [(0, 1), (0, 1)]
        assert compare_years(Range(COUNTY, COUNTY + 1_000_000)) == []


def test_a_village_is_merged(acting: Callable[..., Any], person: Person) -> None:
    with acting(COUNTY):
        source, target = Division.objects.get(pk=HERE), Division.objects.get(pk=THERE)
        merge_division(source=source, target=target, on=dt.date(2020, 6, 1), reason="并村文件")
    with acting(COUNTY):
        assert (labourers(HERE), labourers(THERE)) == (0, 1)
        assert Person.objects.get().village_id == THERE


def test_a_village_of_many_is_merged(acting: Callable[..., Any], person: Person) -> None:
    with acting(COUNTY):
        for _ in range(101):
            make.person(household=person.household)
    with acting(COUNTY):
        work_off()
    with acting(COUNTY):
        assert labourers(HERE) == 102
        source, target = Division.objects.get(pk=HERE), Division.objects.get(pk=THERE)
        merge_division(source=source, target=target, on=dt.date(2020, 6, 1), reason="并村文件")
    with acting(COUNTY):
        work_off()
    with acting(COUNTY):
        assert (labourers(HERE), labourers(THERE)) == (0, 102)
        assert prove_figures(county=COUNTY, year=2019) == 0


def work_off() -> None:
    """What the job does with marks of whole villages."""
    for township in waiting_townships(COUNTY):
        touch(settle_township(county=COUNTY, township=township))
