"""The registry in the ledger room, written to: by version, through the services, with a history in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kernel.audit.models import Event
from kernel.wall.history import history_of
from kernel.wall.scope import EVERYWHERE, Scope, open_scope
from labour.models import EmploymentSpell, Household, LabourStandard, Person, PersonYear
from tests.factories import labour as make
from tests.labour.conftest import BIRTH, COUNTY
from tests.labour.ledger import Inputs, address, opened, stored, stored_spell

VILLAGE, NEXT, OTHER = make.VILLAGE, make.VILLAGE + 1, 410726101201
pytestmark = pytest.mark.django_db


def test_a_changed_person_keeps_what_was_left_empty(clerk: Client, person: Person) -> None:
    form = opened(clerk, person)
    assert (form["id_number"], form["phone"], form["birth_date"]) == ("", "", "")
    response = clerk.post(address(person), form | {"name": "解珍", "change_reason": "与户口本核对"})
    assert response.status_code == 302, response.context["errors"]
    now = stored(person)
    assert (now.name, now.name_pinyin, now.version) == ("解珍", "xiezhen", person.version + 1)
    assert (now.birth_date, now.id_index, now.phone_index) == (BIRTH, person.id_index, person.phone_index)


def test_an_unchanged_form_writes_nothing(clerk: Client, person: Person) -> None:
    assert clerk.post(address(person), opened(clerk, person)).status_code == 302
    assert stored(person).version == person.version


def test_a_stale_form_saves_nothing_and_shows_both_values(
    clerk: Client, township: Client, person: Person, acting: Callable[..., Any]
) -> None:
    mine = opened(clerk, person)
    theirs = opened(township, person)
    assert township.post(address(person), theirs | {"name": "单通", "ability": "skilled"}).status_code == 302
    response = clerk.post(address(person), mine | {"name": "单信"})
    text = response.content.decode()
    assert response.status_code == 200
    assert stored(person).name == "单通"
    assert f"该记录已被 {township.user.full_name} 于" in text  # type: ignore[attr-defined]
    assert "您打开时是“单雄信”，现在是“单通”，您填的是“单信”" in text
    assert "劳动技能：您打开时是“普通劳动力”，现在是“技能劳动力”（已换成现在的值）" in text
    inputs = Inputs()
    inputs.feed(text.split("_form")[1])
    assert clerk.post(address(person), inputs.values).status_code == 302
    assert (stored(person).name, stored(person).ability) == ("单信", "skilled")


def test_a_form_without_its_version_is_refused(clerk: Client, person: Person) -> None:
    form = opened(clerk, person)
    form.pop("seen_version")
    response = clerk.post(address(person), form | {"name": "单信"})
    assert "页面已过期" in response.content.decode()


def test_the_history_tells_before_after_who_and_why(clerk: Client, person: Person) -> None:
    form = opened(clerk, person) | {
        "name": "单信",
        "ability": "skilled",
        "phone": "19900001234",
        "birth_date": "",
        "change_reason": "本人来电更正",
    }
    assert clerk.post(address(person), form).status_code == 302
    text = clerk.get(address(person, "history")).content.decode()
    for told in ("单雄信", "单信", "普通劳动力", "技能劳动力", "本人来电更正", "县人社经办", "台账", "已更改", "建立"):
        assert told in text, told
    assert clerk.user.full_name in text  # type: ignore[attr-defined]
    assert "19900001234" not in text
    assert "199****" not in text.split("change-history")[1]


def test_the_history_page_is_flat(clerk: Client, person: Person, acting: Callable[..., Any]) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            clerk.get(address(person, "history"))
        return len(queries)

    def change(times: int) -> None:
        for at in range(times):
            with acting(COUNTY):
                row = Person.objects.get(pk=person.pk)
                row.number = f"{row.version}{at}"
                row.save()

    change(2)
    asked()  # the first request of a process also reads the policy
    few = asked()
    change(10)
    assert asked() == few


def test_django_keeps_no_log_of_its_own(clerk: Client, person: Person) -> None:
    clerk.post(address(person), opened(clerk, person) | {"name": "单信"})
    assert not LogEntry.objects.exists()


def test_a_new_person_is_registered_from_the_number(clerk: Client, person: Person) -> None:
    number = make.id_number(dt.date(1990, 3, 4), "2", 11)
    form = {
        "household": str(person.household_id),
        "name": "程 婉儿",
        "id_number": number.lower(),
        "phone": "199 0000 0042",
        "relation": "spouse",
        "ability": "ordinary",
    }
    response = clerk.post(reverse("admin:labour_person_add"), form)
    assert response.status_code == 302, response.context["errors"]
    with open_scope(Scope(*EVERYWHERE)):
        row = Person.objects.get(name="程婉儿")
        assert (row.sex, row.birth_date, row.village_id) == ("2", dt.date(1990, 3, 4), VILLAGE)
        assert row.id_number.matches(number)
        assert str(row.phone) == "199****0042"
        assert row.id_tail_index is not None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"id_number": "410799198505060019"}, "校验位"),
        ({"phone": "0373-7691234"}, "手机号"),
        ({"name": "张3"}, "姓名中有数字"),
        ({"sex": "2"}, "性别与身份证号中的不一致"),
        ({"birth_date": "1985-05-07"}, "出生日期与身份证号中的不一致"),
        ({"household": "999999999"}, "选择"),
        ({"household": "abc"}, "选择"),
        ({"change_reason": "因" * 201}, "200"),
    ],
)
def test_bad_input_is_told_beside_its_field(clerk: Client, person: Person, wrong: dict[str, str], message: str) -> None:
    response = clerk.post(address(person), opened(clerk, person) | wrong)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert stored(person).version == person.version


def test_a_number_known_to_the_county_is_refused_without_saying_where(
    township: Client, acting: Callable[..., Any], person: Person
) -> None:
    number = make.id_number(dt.date(1991, 1, 2), "1", 21)
    with acting(COUNTY):
        make.person(village_id=OTHER, id_number=number, birth_date=dt.date(1991, 1, 2), name="严外人")
    form = {
        "household": str(person.household_id),
        "name": "来人",
        "id_number": number,
        "relation": "son",
        "ability": "ordinary",
    }
    response = township.post(reverse("admin:labour_person_add"), form)
    assert response.status_code == 200
    text = response.content.decode()
    assert "已在本县" in text
    assert "严外人" not in text
    event = Event.objects.get(action="labour.registered_elsewhere")
    assert (event.result, number in str(event.detail)) == ("refused", False)


def test_a_person_follows_the_household(clerk: Client, acting: Callable[..., Any], person: Person) -> None:
    with acting(COUNTY):
        other = make.household(village_id=NEXT)
    response = clerk.post(address(person), opened(clerk, person) | {"household": str(other.pk)})
    assert response.status_code == 302, response.context["errors"]
    assert stored(person).village_id == NEXT
    with acting(COUNTY, write=False):
        assert EmploymentSpell.objects.get(person=person).village_id == NEXT


def test_a_household_outside_cannot_be_entered(township: Client, acting: Callable[..., Any], person: Person) -> None:
    form = opened(township, person.household)
    response = township.post(address(person.household), form | {"village": str(OTHER)})
    assert response.status_code == 200
    assert stored(person.household).village_id == VILLAGE


def test_a_spell_changed_here_is_right_in_the_year_at_once(clerk: Client, person: Person) -> None:
    spell = stored_spell(person)
    form = opened(clerk, spell)
    assert (form["start"], form["end"], form["wage_fen"]) == ("2019-01", "2019-06", "2000.00")
    change = {
        "end": "2019-09",
        "wage_fen": "2345.60",
        "place_province": "浙江",
        "place_city": "杭州市",
        "place_county": "萧山区",
    }
    response = clerk.post(address(spell), form | change)
    assert response.status_code == 302, response.context["errors"]
    with open_scope(Scope(*EVERYWHERE)):
        year = PersonYear.objects.get(person=person, year=2019)
        assert (year.months, year.outside_months, year.wages_fen) == (0b1_1111_1111, 0b1_1111_1111, 9 * 234_560)
        now = EmploymentSpell.objects.get(pk=spell.pk)
        assert (now.area, now.end, now.wage_fen) == ("outside", dt.date(2019, 9, 1), 234_560)
    text = clerk.get(address(spell, "history")).content.decode()
    for told in ("2019-06", "2019-09", "2,000.00", "2,345.60"):
        assert told in text


def test_a_chosen_employer_brings_its_name_and_a_name_its_employer(
    clerk: Client, acting: Callable[..., Any], person: Person
) -> None:
    with acting(COUNTY):
        first, second = make.employer(name="甲厂有限公司"), make.employer(name="乙厂有限公司")
    spell = stored_spell(person)
    assert clerk.post(address(spell), opened(clerk, spell) | {"employer": str(first.pk)}).status_code == 302
    assert stored(spell).employer_name == "甲厂有限公司"
    assert clerk.post(address(spell), opened(clerk, spell) | {"employer_name": "乙厂有限公司"}).status_code == 302
    assert stored(spell).employer_id == second.pk


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"wage_fen": "2千"}, "金额"),
        ({"wage_fen": "1.234"}, "两位小数"),
        ({"start": "2019"}, "月份"),
        ({"end": "2018-12"}, "结束月份不能早于开始月份"),
        ({"place_province": "某省"}, "没有这个省"),
    ],
)
def test_a_wrong_spell_is_told(clerk: Client, person: Person, wrong: dict[str, str], message: str) -> None:
    spell = stored_spell(person)
    response = clerk.post(address(spell), opened(clerk, spell) | wrong)
    assert response.status_code == 200
    assert message in response.content.decode()


def test_the_same_job_twice_is_refused_in_words(clerk: Client, person: Person) -> None:
    form = {
        "person": str(person.pk), "start": "2019-01", "end": "2019-03", "place_province": "河南省", "place_city": "新乡市",
        "place_county": "延津县", "wage_fen": "100", "employer_name": "本地务工",
    }  # fmt: skip
    response = clerk.post(reverse("admin:labour_employmentspell_add"), form)
    assert response.status_code == 200
    assert "已有同一单位的务工记录" in response.content.decode()


def test_deleting_is_refused_while_something_hangs_on_it(clerk: Client, person: Person) -> None:
    page = clerk.post(address(person, "delete"), {"post": "yes"})
    assert page.status_code == 200
    assert stored(person).pk == person.pk
    spell = stored_spell(person)
    assert clerk.post(address(spell, "delete"), {"post": "yes"}).status_code == 302
    assert clerk.post(address(person, "delete"), {"post": "yes"}).status_code == 302
    assert clerk.post(address(person.household, "delete"), {"post": "yes"}).status_code == 302
    assert history_count(person) == 2 - 1


def history_count(person: Person) -> int:
    with open_scope(Scope(*EVERYWHERE)):
        assert not Household.objects.filter(pk=person.household_id).exists()
        return len(history_of("labour_person", person.pk))


def test_readers_and_townships_have_their_verbs(
    township: Client, client_as: Callable[..., Client], person: Person
) -> None:
    assert township.get(address(person, "delete")).status_code == 403
    assert township.get(reverse("admin:labour_employer_add")).status_code == 403
    auditor = client_as("auditor", COUNTY)
    assert auditor.post(address(person), {"name": "单信"}).status_code == 403
    assert client_as("system", COUNTY).get(address(person)).status_code == 403


def test_the_standard_is_edited_in_its_own_county(clerk: Client, person: Person) -> None:
    standard = LabourStandard.objects.get(county=COUNTY)
    form = opened(clerk, standard)
    form.pop("abilities", None)
    response = clerk.post(address(standard), form | {"age_to_women": "55", "abilities": ["ordinary", "skilled"]})
    assert response.status_code == 302, response.context["errors"]
    standard.refresh_from_db()
    assert (standard.age_to_women, standard.abilities) == (55, ["ordinary", "skilled"])
    response = clerk.post(address(standard), form | {"county": "410799000000", "abilities": ["ordinary"]})
    assert response.status_code == 200
