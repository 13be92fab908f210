"""Year rows: what they hold, what marks them stale, that a refresh writes differences only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from kernel.divisions.codes import Range
from labour.models import Employer, EmploymentSpell, LabourStandard, Person, PersonYear, StaleMark, WorkerYear
from labour.services.years import advance_register, compare_years, open_register, rebuild_years, refresh_years
from tests.factories import labour as make

COUNTY = 410726000000
ROOM = Range(COUNTY, COUNTY + 1_000_000)

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope(acting: Callable[..., Any], yanjin: Any, settings: Any) -> Any:
    """A county clerk's scope with the county set up and no settler: these tests refresh by hand."""
    settings.SETTLERS = []
    with acting(COUNTY) as opened:
        make.set_up(COUNTY)
        yield opened


def row(person: Person, year: int = 2019) -> PersonYear:
    return PersonYear.objects.get(person=person, year=year)


def test_a_year_row_holds_months_wages_and_spells(scope: Any) -> None:
    person = make.person()
    make.spell(person=person, start=dt.date(2019, 1, 1), end=dt.date(2019, 3, 1), wage_fen=100_00)
    make.spell(person=person, start=dt.date(2019, 3, 1), end=dt.date(2019, 4, 1), wage_fen=200_00, area="outside")
    assert refresh_years(person_ids=[person.pk]) == {(person.village_id, 2019), (person.village_id, 2020)}
    year = row(person)
    assert (year.months, year.outside_months) == (0b1111, 0b1100)  # March once
    assert (year.wages_fen, year.outside_wages_fen) == (700_00, 400_00)  # each spell its own months
    assert (year.spells, year.county_spells) == (2, 1)
    assert (year.labourer, year.willing) == (True, True)
    assert row(person, 2020).months == 0


def test_an_open_spell_counts_to_the_registers_day_and_starts_once(scope: Any) -> None:
    person = make.person()
    make.spell(person=person, start=dt.date(2018, 11, 1), end=None, wage_fen=1_00)
    refresh_years(person_ids=[person.pk])
    assert (row(person).months, row(person).spells) == (0b1111_1111_1111, 0)
    assert (row(person, 2020).months, row(person, 2020).wages_fen) == (0b11_1111, 6_00)
    assert not PersonYear.objects.filter(person=person, year=2018).exists()


def test_time_passes_only_with_the_register(scope: Any, yanjin: Any) -> None:
    person = make.person(birth_date=dt.date(2004, 7, 15))
    make.spell(person=person, start=dt.date(2020, 6, 1), end=None)
    refresh_years(person_ids=[person.pk])
    assert (row(person, 2020).months, row(person, 2020).labourer) == (0b10_0000, False)
    assert advance_register(county=yanjin, day=dt.date(2020, 6, 29)) == set()
    assert advance_register(county=yanjin, day=dt.date(2020, 8, 1)) == {(person.village_id, 2020)}
    assert (row(person, 2020).months, row(person, 2020).labourer) == (0b1110_0000, True)
    advance_register(county=yanjin, day=dt.date(2021, 1, 1))
    assert row(person, 2021).months == 1


def test_a_register_opened_earlier_gains_years(scope: Any, yanjin: Any) -> None:
    person = make.person()
    refresh_years(person_ids=[person.pk])
    open_register(county=yanjin, first_year=2017)
    assert sorted(PersonYear.objects.filter(person=person).values_list("year", flat=True)) == [2017, 2018, 2019, 2020]
    open_register(county=yanjin, first_year=2019)
    assert PersonYear.objects.filter(person=person).count() == 4


@pytest.mark.parametrize(
    ("birth", "sex", "fields", "counted"),
    [
        (dt.date(2003, 12, 31), "1", {}, True),  # 16 on 31 December 2019
        (dt.date(2004, 1, 1), "1", {}, False),
        (dt.date(1959, 1, 1), "1", {}, True),  # still 60
        (dt.date(1958, 12, 31), "1", {}, False),
        (dt.date(1964, 1, 1), "2", {}, True),  # still 55: this standard's limit for women
        (dt.date(1963, 12, 31), "2", {}, False),
        (dt.date(1980, 1, 1), "1", {"ability": "lost"}, False),
        (dt.date(1980, 1, 1), "1", {"student": "undergraduate_1"}, False),
    ],
)
def test_who_counts_as_a_labourer(scope: Any, birth: dt.date, sex: str, fields: dict[str, str], counted: bool) -> None:
    LabourStandard.objects.update(age_to_women=55)
    person = make.person(birth_date=birth, sex=sex, **fields)
    refresh_years(person_ids=[person.pk])
    assert row(person).labourer is counted


def test_the_standard_in_force_at_the_end_of_the_year_counts(scope: Any) -> None:
    person = make.person(ability="weak")
    LabourStandard.objects.update(valid_to=dt.date(2019, 12, 31))
    LabourStandard.objects.create(county_id=COUNTY, valid_from=dt.date(2020, 1, 1), abilities=["ordinary"])
    refresh_years(person_ids=[person.pk])
    assert (row(person, 2019).labourer, row(person, 2020).labourer) == (True, False)


def test_worker_years_follow_the_employer(scope: Any) -> None:
    employer = make.employer()
    spell = make.spell(employer=employer)
    refresh_years(span=ROOM)
    worker = WorkerYear.objects.get()
    assert (worker.employer_id, worker.person_id, worker.months, worker.wages_fen) == (
        employer.pk, spell.person_id, 0b111111, 1_200_000)  # fmt: skip
    EmploymentSpell.objects.update(employer=None)
    refresh_years(person_ids=[spell.person_id])
    assert not WorkerYear.objects.exists()


def test_an_unchanged_refresh_writes_nothing(scope: Any) -> None:
    people = [make.spell(employer=make.employer()).person_id for _ in range(5)]
    refresh_years(span=ROOM)
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(xmin::text ORDER BY id) FROM labour_personyear")
        before = cursor.fetchone()
        assert refresh_years(span=ROOM) == set()
        assert refresh_years(person_ids=people) == set()
        # The log of this statement alone: other workers write to the same server.
        for call in (
            f"labour_refresh_span({ROOM.lo}, {ROOM.hi}, 0, 9999)",
            f"labour_refresh_people(ARRAY{people}::bigint[], 0, 9999)",
        ):
            cursor.execute(f"EXPLAIN (ANALYZE, WAL, FORMAT JSON) SELECT * FROM {call}")
            (plan,) = cursor.fetchone()[0]
            assert plan["Plan"]["WAL Records"] == 0
        cursor.execute("SELECT array_agg(xmin::text ORDER BY id) FROM labour_personyear")
        assert cursor.fetchone() == before


def marks() -> set[tuple[int, int | None, int | None]]:
    found = set(StaleMark.objects.values_list("village_id", "person_id", "year"))
    StaleMark.objects.all().delete()
    return found


def test_writes_mark_what_they_make_stale(scope: Any) -> None:
    person = make.person()
    assert marks() == {(make.VILLAGE, person.pk, None)}
    spell = make.spell(person=person, start=dt.date(2018, 12, 1), end=dt.date(2019, 2, 1))
    assert marks() == {(make.VILLAGE, person.pk, 2018), (make.VILLAGE, person.pk, 2019)}
    EmploymentSpell.objects.update(start=dt.date(2019, 1, 1), end=dt.date(2020, 2, 1))
    assert marks() == {(make.VILLAGE, person.pk, year) for year in (2018, 2019, 2020)}
    EmploymentSpell.objects.update(channel="away")
    Person.objects.update(phone="19900000001")
    assert marks() == set()
    spell.end = None
    spell.save()
    assert (make.VILLAGE, person.pk, None) in marks()
    spell.delete()
    assert marks() == {(make.VILLAGE, person.pk, None)}
    LabourStandard.objects.update(age_from=18)
    assert marks() == {(make.VILLAGE, None, None)}


def test_an_employers_kind_marks_its_workers(scope: Any) -> None:
    spell = make.spell(employer=make.employer())
    refresh_years(span=ROOM)
    marks()
    Employer.objects.update(name="改了名的企业")
    assert marks() == set()
    Employer.objects.update(kind="other")
    assert marks() == {(make.VILLAGE, spell.person_id, 2019)}


def test_a_write_to_many_people_marks_villages(scope: Any) -> None:
    for _ in range(101):
        make.spell(person=make.person())
    marks()
    EmploymentSpell.objects.update(wage_fen=1)
    assert marks() == {(make.VILLAGE, None, 2019)}


def test_a_mark_asks_for_settling(acting: Callable[..., Any], yanjin: Any, settings: Any) -> None:
    settings.SETTLERS = ["tests.labour.test_years.settled"]
    calls.clear()
    with acting(COUNTY):
        make.household()
    assert calls == []
    with acting(COUNTY):
        make.person()
    assert calls == [1]


calls: list[int] = []


def settled(touched: set[tuple[int, int]]) -> None:
    calls.append(StaleMark.objects.count())


def test_a_move_carries_the_year_rows(scope: Any) -> None:
    other = make.VILLAGE + 1
    person = make.spell().person
    refresh_years(person_ids=[person.pk])
    StaleMark.objects.all().delete()
    person.household.village_id = other
    person.household.save()
    assert row(person).village_id == other
    assert {village for village, *_ in marks()} == {make.VILLAGE, other}
    assert compare_years(ROOM) == []


def test_a_rebuild_finds_and_repairs_what_was_altered(scope: Any) -> None:
    person = make.spell().person
    refresh_years(person_ids=[person.pk])
    PersonYear.objects.filter(year=2019).update(months=1)
    (difference,) = rebuild_years(ROOM, 2019)
    assert (difference.person, difference.found["months"], difference.wanted["months"]) == (person.pk, 1, 0b111111)
    assert compare_years(ROOM) == []


def test_another_county_and_village_stay_untouched(acting: Callable[..., Any], scope: Any) -> None:
    person = make.spell().person
    with acting(make.VILLAGE + 1):
        assert refresh_years(person_ids=[person.pk]) == set()
        assert refresh_years(span=ROOM) == set()
    assert not PersonYear.objects.exists()
    with acting(make.VILLAGE):
        assert refresh_years(person_ids=[person.pk])
    assert compare_years(ROOM) == []


def test_a_refresh_asks_for_people_or_a_range(scope: Any) -> None:
    with pytest.raises(ValueError, match="not both"):
        refresh_years()
