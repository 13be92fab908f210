"""Services of the registry: one at a time, checked, versioned, and settled behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from kernel.audit.models import Event
from kernel.divisions.models import Division
from kernel.records.services import StaleRecord
from kernel.wall.history import history_of
from labour import services
from labour.models import EmploymentSpell, LabourStandard, Person
from tests.factories import labour as make

COUNTY = 410726000000
VILLAGE = make.VILLAGE
pytestmark = pytest.mark.django_db
BIRTH = dt.date(1985, 5, 6)


@pytest.fixture
def scope(acting: Callable[..., Any], yanjin: Any, settings: Any) -> Any:
    settings.SETTLERS = []
    with acting(COUNTY) as opened:
        make.set_up(COUNTY)
        yield opened


def fields(**other: Any) -> dict[str, Any]:
    told = {"name": "单雄信", "sex": "1", "birth_date": BIRTH, "id_number": make.id_number(BIRTH, "1", 7),
            "relation": "head", "ability": "ordinary", "phone": "19900000001"}  # fmt: skip
    return told | other


def test_a_person_is_found_by_pinyin_and_hashes(scope: Any) -> None:
    household = services.register_household(village=Division.objects.get(pk=VILLAGE), number="410726900001")
    person = services.register_person(household=household, **fields())
    person.refresh_from_db()
    assert (person.village_id, person.name_pinyin) == (VILLAGE, "shanxiongxin")
    assert "sxx" in person.name_initials
    assert person.id_number.matches(make.id_number(BIRTH, "1", 7))
    assert str(person.phone) == "199****0001"
    before = person.id_index
    changed = services.change_person(uid=person.uid, version=1, name="解珍", phone=None)
    assert (changed.version, changed.name_pinyin, changed.phone_index) == (2, "xiezhen", None)
    assert changed.id_index == before
    assert history_of("labour_person", person.pk)[0]["name"] == "单雄信"
    with pytest.raises(StaleRecord):
        services.change_person(uid=person.uid, version=1, name="解宝")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id_number": "410799198505060018"[:17]}, "id_number"),
        ({"id_number": make.id_number(BIRTH, "2", 7)}, "sex"),
        ({"id_number": make.id_number(dt.date(1985, 5, 7), "1", 7)}, "birth_date"),
        ({"name": "张3"}, "name"),
        ({"phone": "123"}, "phone"),
        ({"ability": ""}, "ability"),
    ],
)
def test_a_wrong_field_is_named(scope: Any, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        services.register_person(household=make.household(), **fields(**wrong))
    assert field in refused.value.message_dict
    assert not Person.objects.exists()


def test_a_number_known_elsewhere_is_refused_without_telling_where(acting: Callable[..., Any], scope: Any) -> None:
    number = services.register_person(household=make.household(), **fields()).household.number
    with acting(VILLAGE + 1):
        assert not Person.objects.exists()
        household = make.household(village_id=VILLAGE + 1)
        with pytest.raises(ValidationError) as refused:
            services.register_person(household=household, **fields(name="别人"))
        assert refused.value.message_dict == {"id_number": [str(services.people.PERSON_ELSEWHERE)]}
        with pytest.raises(ValidationError, match="其他村"):
            services.register_household(village=Division.objects.get(pk=VILLAGE + 1), number=number)
    assert Event.objects.filter(action="labour.registered_elsewhere", object_type="labour.person", rows=1).count() == 1


def test_the_same_number_twice_in_one_place_is_refused(scope: Any) -> None:
    household = make.household()
    services.register_person(household=household, **fields())
    with pytest.raises(ValidationError, match="已在本县登记"):
        services.register_person(household=household, **fields())
    with pytest.raises(ValidationError, match="本县已有这个户编号"):
        services.register_household(village=household.village, number=household.number)


def job(**other: Any) -> dict[str, Any]:
    told = {"start": dt.date(2019, 3, 1), "place_province": "河南省", "place_city": "新乡市", "place_county": "延津县",
            "wage_fen": 250_000, "employer_name": "示范合作社"}  # fmt: skip
    return told | other


@pytest.mark.parametrize(
    ("place", "area"),
    [
        ({}, "county"),
        ({"place_county": "封丘县"}, "province"),
        ({"place_province": "浙江", "place_county": "萧山区"}, "outside"),
        ({"place_province": "内蒙古", "place_county": "延津县"}, "outside"),
        ({"place_province": "境外", "place_county": ""}, "abroad"),
    ],
)
def test_the_place_decides_the_area(scope: Any, place: dict[str, str], area: str) -> None:
    assert services.record_spell(person=make.person(), **job(**place)).area == area


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"place_province": "河山省"}, "place_province"),
        ({"place_province": ""}, "place_province"),
        ({"place_county": ""}, "place_county"),
        ({"end": dt.date(2019, 2, 1)}, "__all__"),
        ({"start": dt.date(2019, 3, 2)}, "__all__"),
        ({"wage_fen": -1}, "wage_fen"),
    ],
)
def test_a_wrong_spell_is_refused(scope: Any, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        services.record_spell(person=make.person(), **job(**wrong))
    assert field in refused.value.message_dict


def test_a_spell_is_linked_to_the_employer_of_its_name_whichever_comes_first(scope: Any, yanjin: Division) -> None:
    early = services.record_spell(person=make.person(), **job())
    assert early.employer is None
    employer = services.register_employer(village=yanjin, name=" 示范合作社 ", kind="cooperative")
    early.refresh_from_db()
    assert early.employer == employer
    late = services.record_spell(person=make.person(), **job())
    assert late.employer == employer
    services.change_employer(uid=employer.uid, version=1, name="更名合作社")
    assert not EmploymentSpell.objects.filter(employer__isnull=False).exists()
    with pytest.raises(ValidationError, match="信用代码"):
        services.register_employer(village=yanjin, name="某厂", kind="enterprise", credit_code="123")


def test_a_spell_ends_and_is_corrected_with_a_reason(scope: Any) -> None:
    spell = services.record_spell(person=make.person(), **job())
    services.end_spell(uid=spell.uid, version=1, end=dt.date(2019, 8, 20))
    with pytest.raises(ValidationError, match="更正原因"):
        services.correct_spell(uid=spell.uid, version=2, reason=" ", wage_fen=1)
    services.correct_spell(uid=spell.uid, version=2, reason="工资写错", wage_fen=260_000)
    latest, first = history_of("labour_employmentspell", spell.pk)
    assert (latest["wage_fen"], latest["end"], latest["act_reason"]) == (250_000, dt.date(2019, 8, 1), "工资写错")
    assert first["end"] is None


def test_setting_up_twice_keeps_what_the_county_changed(scope: Any, yanjin: Division) -> None:
    LabourStandard.objects.update(age_to_women=55)
    services.set_up_county(division=yanjin)
    assert LabourStandard.objects.get().age_to_women == 55
    with pytest.raises(ValidationError, match="县级"):
        services.set_up_county(division=Division.objects.get(pk=VILLAGE))
