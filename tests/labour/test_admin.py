"""The registry in the ledger room, looked at: walled, masked, searched, flat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labour.models import Employer, Person
from tests.factories import labour as make
from tests.labour.conftest import BIRTH, COUNTY, TOWNSHIP
from tests.labour.ledger import address, listed

VILLAGE, NEXT, OTHER = make.VILLAGE, make.VILLAGE + 1, 410726101201
pytestmark = pytest.mark.django_db


def test_numbers_are_masked_everywhere(clerk: Client, person: Person) -> None:
    number, phone = person.id_number.reveal(), person.phone.reveal()
    for page in (
        reverse("admin:labour_person_changelist"),
        address(person),
        address(person, "history"),
        address(person, "delete"),
    ):
        text = clerk.get(page).content.decode()
        assert number not in text
        assert phone not in text
        assert str(BIRTH) not in text
    assert str(person.id_number) in listed(clerk, "person")
    assert "显示（需填原因）" in clerk.get(address(person)).content.decode()


def test_a_readers_page_shows_the_age_and_no_inputs(client_as: Callable[..., Client], person: Person) -> None:
    text = client_as("auditor", COUNTY).get(address(person)).content.decode()
    assert str(BIRTH) not in text
    assert '<div class="readonly">35</div>' in text
    assert 'name="name"' not in text


def test_outside_and_missing_answer_alike(township: Client, acting: Callable[..., Any], person: Person) -> None:
    with acting(COUNTY):
        hidden = make.person(village_id=OTHER)
        spell = make.spell(person=hidden)
    for row in (hidden, spell, hidden.household):
        for what in ("change", "history", "delete"):
            if what == "delete" and row is not spell:
                continue  # a township officer may not delete people: 403 for any of them
            url = address(row, what)
            outside, missing = township.get(url), township.get(url.replace(str(row.pk), "999999999"))
            assert (
                (outside.status_code, outside.content)
                == (missing.status_code, missing.content)
                == (404, missing.content)
            )
    assert hidden.name not in listed(township, "person")
    assert person.name in listed(township, "person")


def test_suggestions_stay_inside(township: Client, acting: Callable[..., Any], person: Person) -> None:
    with acting(COUNTY):
        make.person(village_id=OTHER, name="单外人")
    asked = {"app_label": "labour", "model_name": "employmentspell", "field_name": "person", "term": "单"}
    (found,) = township.get("/admin/autocomplete/", asked).json()["results"]
    assert found["id"] == str(person.pk)
    assert found["text"].startswith("单雄信 · ")
    asked |= {"model_name": "household", "field_name": "village", "term": "4107"}
    villages = township.get("/admin/autocomplete/", asked).json()["results"]
    assert villages
    assert {each["id"][:9] for each in villages} == {"410726103"}


@pytest.mark.parametrize("text", ["单", "单雄", "shanxiong", "sxx", "dxx", "{tail}", "{village}"])
def test_people_are_found(clerk: Client, acting: Callable[..., Any], person: Person, text: str) -> None:
    with acting(COUNTY):
        make.person(name="另有人", village_id=OTHER, birth_date=dt.date(1970, 2, 3), id_number=None)
    typed = text.format(tail=person.id_number.reveal()[-4:], village=person.village.short_name[:2])
    found = listed(clerk, "person", q=typed)
    assert "单雄信" in found
    assert "另有人" not in found


def test_other_lists_are_searched_by_their_people(clerk: Client, person: Person) -> None:
    assert "单雄信" in listed(clerk, "employmentspell", q="sxx")
    assert "单雄信" not in listed(clerk, "employmentspell", q="zzz")
    assert person.household.number in listed(clerk, "household", q="单雄信")
    assert person.household.number in listed(clerk, "household", q=person.household.number[:8])
    assert "单雄信" in listed(clerk, "personyear", q="单雄信")


def test_employers_are_found_by_part_initials_and_code(clerk: Client, acting: Callable[..., Any]) -> None:
    with acting(COUNTY):
        Employer(village_id=COUNTY, name="延津县克明面业有限公司", kind="enterprise").save()
    for text in ("克明", "yjx"):
        assert "克明面业" in listed(clerk, "employer", q=text)
    assert "克明面业" not in listed(clerk, "employer", q="不存在")


@pytest.mark.parametrize("query", [{"id_index": "x"}, {"birth_date__gte": "1980-01-01"}, {"household__number": "1"}])
def test_open_query_strings_are_refused(clerk: Client, person: Person, query: dict[str, str]) -> None:
    assert clerk.get(reverse("admin:labour_person_changelist"), query).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"place": str(TOWNSHIP)},
        {"place": str(VILLAGE)},
        {"ability": "ordinary"},
        {"sex__exact": "1"},
        {"_facets": "True"},
    ],
)
def test_filters_answer(clerk: Client, person: Person, query: dict[str, str]) -> None:
    assert "单雄信" in listed(clerk, "person", **query)


def test_filters_exclude(clerk: Client, person: Person) -> None:
    assert "单雄信" not in listed(clerk, "person", place=str(OTHER))
    assert "单雄信" not in listed(clerk, "person", ability="weak")
    assert "单雄信" in listed(clerk, "employmentspell", year="2019", channel="other")
    assert "单雄信" not in listed(clerk, "employmentspell", year="2020")


@pytest.mark.parametrize(
    ("model", "query", "status"),
    [
        ("employmentspell", {"year": "x"}, 302),
        ("employmentspell", {"year": "0000"}, 302),
        ("employmentspell", {"channel": "nonsense"}, 302),
        ("person", {"place": "1"}, 302),
        ("person", {"ability": "\0"}, 400),
        ("person", {"sex__exact": "\0"}, 400),
        ("person", {"q": "单" * 51}, 400),
        ("person", {"p": "999999999"}, 200),
        ("person", {"p": "x"}, 200),
        ("person", {"o": "99.x"}, 200),
    ],
)
def test_bad_query_strings_break_nothing(
    clerk: Client, person: Person, model: str, query: dict[str, str], status: int
) -> None:
    assert clerk.get(reverse(f"admin:labour_{model}_changelist"), query).status_code == status


@pytest.mark.parametrize("query", [{"household": "abc"}, {"household": "9" * 30}, {"sex": "x"}, {"birth_date": "x"}])
def test_bad_beginnings_break_nothing(clerk: Client, person: Person, query: dict[str, str]) -> None:
    assert clerk.get(reverse("admin:labour_person_add"), query).status_code == 200


@pytest.mark.parametrize("key", ["abc", "9" * 30, "1_2F", "-1"])
def test_keys_that_are_none_are_missing(clerk: Client, person: Person, key: str) -> None:
    assert clerk.get(f"/admin/labour/person/{key}/change/").status_code == 404


def test_suggestions_are_flat(clerk: Client, acting: Callable[..., Any], person: Person) -> None:
    asked = {"app_label": "labour", "model_name": "employmentspell", "field_name": "person", "term": "单"}

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert clerk.get("/admin/autocomplete/", asked).status_code == 200
        return len(queries)

    count()
    few = count()
    with acting(COUNTY):
        for _ in range(10):
            make.person(name="单通")
    assert count() == few
    assert clerk.get("/admin/autocomplete/", asked | {"term": "\0"}).status_code == 400


@pytest.mark.parametrize("model", ["person", "household", "employmentspell", "employer", "personyear"])
def test_lists_are_flat(clerk: Client, acting: Callable[..., Any], person: Person, model: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            listed(clerk, model)
        return len(queries)

    with acting(COUNTY):
        make.spell(employer=make.employer())
    asked()  # the first request of a process also reads the policy
    few = asked()
    with acting(COUNTY):
        for _ in range(10):
            make.spell(employer=make.employer())
    assert asked() == few
    assert few <= 16
