"""Search by initials finds by every reading, and the index it relies on serves under the wall."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from kernel.identity.pinyin import initials_all
from labour.models import Person
from labour.searching import ReadOtherwise, search_people
from tests.factories import labour as make

pytestmark = pytest.mark.django_db
# Several readings of the surname, of the given name, of both; compound; a first character nobody can read; one cut off.
NAMES = (
    "单雄信",
    "解晓东",
    "曾国华",
    "张乐",
    "尉迟恭",
    "龘〇单",
    "𠮷单国",
    "单朝重乐解长行",
    "欧阳单",
    "买买提·艾力",
    "A单",
)


@pytest.fixture
def people(acting: Callable[..., Any], yanjin: Any, settings: Any) -> Any:
    settings.SETTLERS = []
    with acting(410726000000):
        make.set_up(410726000000)
        household = make.HouseholdFactory()
        yield [
            make.PersonFactory(
                household=household,
                village_id=household.village_id,
                name=name,
                sex="1",
                birth_date=dt.date(1980, 1, day),
            )
            for day, name in enumerate(NAMES, start=1)
        ]


def test_every_set_of_initials_finds_its_person(people: Any) -> None:
    assert sum(len(initials_all(name)) > 1 for name in NAMES) > 5
    for person in people:
        for typed in initials_all(person.name):
            found = set(search_people(Person.objects.all(), typed).values_list("name", flat=True))
            assert {each.name for each in people if typed in each.name_initials} <= found
            assert person.name in found


def test_the_index_serves_the_condition_under_the_wall(people: Any) -> None:
    """A partial index serves only the very condition it was made with."""
    rows = Person.objects.filter(ReadOtherwise("name_initials", "name_pinyin")).order_by("village_id", "pk")
    sql, params = rows.values_list("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)")
        cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using labour_person_otherwise" in plan
    assert "Filter" not in plan
