"""Labour through REST: who is seen, what is masked, what leaves a trace, what stays whole while rows come in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from kernel.audit.models import Event
from kernel.divisions.models import Division
from labour.api.serializers import YearlyEmploymentSerializer
from labour.api.views import EmployerList, LabourerList, SpellList
from labour.models import Person
from labour.services.years import refresh_years
from tests.factories import labour as make
from tests.factories.departments import READ, department

YANJIN, SECOND = 410726000000, 410799000000
HERE, NEXT_DOOR, ELSEWHERE = 410726103210, 410726103211, 410726104200
PII = ("labour:read", "labour:pii")

pytestmark = pytest.mark.django_db


def villages(township: int, number: int) -> list[int]:
    """The first villages of a township."""
    codes = Division.objects.filter(parent=township, level="village").order_by("code").values_list("code", flat=True)
    return list(codes[:number])


@pytest.fixture
def townships(yanjin: Division) -> list[int]:
    """Two townships of Yanjin with villages."""
    found = Division.objects.filter(parent=YANJIN, level="township", is_statistical=False).order_by("code")
    return [each.code for each in found[:2]]


@pytest.fixture
def people(
    townships: list[int], second_county: Division, acting: Callable[..., Any], settings: Any
) -> dict[int, list[Person]]:
    """Two villages with three people in one township, one village in another, two people in the second county."""
    settings.SETTLERS = []
    first, second = villages(townships[0], 2)
    (third,) = villages(townships[1], 1)
    far = (
        Division.objects.filter(level="village", code__gte=SECOND, code__lt=SECOND + 1_000_000).order_by("code")[0].code
    )
    found: dict[int, list[Person]] = {}
    with acting():
        make.set_up(YANJIN)
        make.set_up(SECOND)
        for village, number in ((first, 3), (second, 3), (third, 2), (far, 2)):
            found[village] = [make.person(village_id=village, name=f"张试{n}") for n in range(number)]
            make.spell(person=found[village][0], area="outside", place_province="浙江省")
        refresh_years(person_ids=[each.pk for rows in found.values() for each in rows])
    return found


def ids(client: Client, address: str = "/api/v1/labourers/") -> list[str]:
    """Ids of every page, in order."""
    seen: list[str] = []
    following: str | None = address
    while following:
        response = client.get(following)
        assert response.status_code == 200, response.content
        seen += [each["id"] for each in response.json()["results"]]
        following = response.json()["next"]
    return seen


def uids(people: dict[int, list[Person]], *places: int) -> set[str]:
    return {str(each.uid) for place in places for each in people[place]}


def test_a_department_sees_its_county_and_nothing_of_another(people: dict[int, list[Person]]) -> None:
    first, second, third, far = people
    assert set(ids(department(YANJIN))) == uids(people, first, second, third)
    assert set(ids(department(SECOND))) == uids(people, far)


@pytest.mark.parametrize("address", ["labourers", "employment", "entitlements"])
def test_no_row_of_yanjin_reaches_a_second_county(people: dict[int, list[Person]], address: str) -> None:
    *_here, far = people
    stranger = department(SECOND)
    assert all(each["division"] == str(far) for each in stranger.get(f"/api/v1/{address}/").json()["results"])
    hidden = next(iter(people.values()))[0]
    assert stranger.get(f"/api/v1/{address}/{hidden.uid}/").status_code == 404


def test_a_township_user_sees_exactly_the_township(
    people: dict[int, list[Person]], townships: list[int], client_as: Callable[..., Client]
) -> None:
    first, second, third, _far = people
    assert set(ids(client_as("township", townships[0]))) == uids(people, first, second)
    assert set(ids(client_as("township", townships[1]))) == uids(people, third)
    assert set(ids(client_as("village", first))) == uids(people, first)


def test_out_of_place_and_missing_answer_with_the_same_bytes(
    people: dict[int, list[Person]], client_as: Callable[..., Client]
) -> None:
    first, _second, third, _far = people
    village = client_as("village", first)
    hidden = village.get(f"/api/v1/labourers/{people[third][0].uid}/")
    missing = village.get("/api/v1/labourers/00000000-0000-4000-8000-000000000000/")
    assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
    assert hidden.status_code == 404


def test_a_division_filter_reaches_no_further_than_the_place(
    people: dict[int, list[Person]], townships: list[int], client_as: Callable[..., Client]
) -> None:
    first, second, third, _far = people
    county = department(YANJIN)
    assert set(ids(county, f"/api/v1/labourers/?division={townships[0]}")) == uids(people, first, second)
    township = client_as("township", townships[0])
    for outside in (third, townships[1], YANJIN, SECOND, 410726999999):
        response = township.get(f"/api/v1/labourers/?division={outside}")
        assert response.status_code == 404
        assert response.json()["errors"][0]["pointer"] == "/division"


def test_by_default_nothing_names_the_person(people: dict[int, list[Person]]) -> None:
    client = department(YANJIN, PII)
    row = client.get("/api/v1/labourers/?limit=1").json()["results"][0]
    assert row["name"] == "张**"
    assert {"id_number", "phone", "birth_date"}.isdisjoint(row)
    assert row["birth_year"] == 1980
    item = client.get(f"/api/v1/labourers/{row['id']}/").json()
    assert item == row


def fields(view: Any, *, required: bool = True) -> list[str]:
    """Names of the schema's fields."""
    return [name for name, field in view.serializer_class().fields.items() if field.required or not required]


def test_rows_have_the_fields_of_the_schema(people: dict[int, list[Person]], acting: Callable[..., Any]) -> None:
    with acting(YANJIN):
        make.employer()
    client = department(YANJIN, PII)
    for address, view in (("labourers", LabourerList), ("employment", SpellList), ("employers", EmployerList)):
        row = client.get(f"/api/v1/{address}/?limit=1").json()["results"][0]
        assert list(row) == fields(view)
    row = client.get("/api/v1/labourers/?limit=1").json()["results"][0]
    assert list(row["employment"]) == list(YearlyEmploymentSerializer().fields)
    shown = client.get("/api/v1/labourers/?limit=1", headers={"x-purpose": "checking a case"}).json()["results"][0]
    assert set(shown) == set(fields(LabourerList, required=False))


def test_unmasking_needs_scope_and_purpose_and_leaves_an_event_a_record(people: dict[int, list[Person]]) -> None:
    first = next(iter(people))
    person = people[first][0]
    client = department(YANJIN, PII)
    address = f"/api/v1/labourers/?division={first}"
    answer = client.get(address, headers={"x-purpose": "%E6%A0%B8%E5%AF%B9%E4%BD%8E%E4%BF%9D"}).json()["results"]
    shown = next(each for each in answer if each["id"] == str(person.uid))
    assert shown["name"] == person.name
    assert shown["id_number"] == person.id_number.reveal()
    assert shown["phone"] == person.phone.reveal()
    assert shown["birth_date"] == person.birth_date.isoformat()
    events = Event.objects.filter(action="person.unmask")
    assert {each.object_id for each in events} == {str(each.pk) for each in people[first]}
    assert {(each.purpose, each.division, each.object_type) for each in events} == {
        ("核对低保", first, "labour.person")
    }


@pytest.mark.parametrize(
    ("scopes", "purpose", "status"),
    [
        (READ, "核对低保人员".encode().decode("latin-1"), 403),
        (PII, "x", 400),
        (PII, "aaaa\x07bbbb", 400),
        (PII, "%00%00%00%00", 400),
    ],
)
def test_a_useless_purpose_or_no_right_is_refused(
    people: dict[int, list[Person]], scopes: tuple[str, ...], purpose: str, status: int
) -> None:
    response = department(YANJIN, scopes).get("/api/v1/labourers/", headers={"x-purpose": purpose})
    assert response.status_code == status
    assert response.json()["errors"][0]["pointer"] == "X-Purpose"
    assert not Event.objects.filter(action="person.unmask").exists()


def test_a_leader_may_look_but_not_unmask(people: dict[int, list[Person]], client_as: Callable[..., Client]) -> None:
    leader = client_as("leader")
    assert leader.get("/api/v1/labourers/").status_code == 200
    assert leader.get("/api/v1/labourers/", headers={"x-purpose": "planning the week"}).status_code == 403
    clerk = client_as("clerk")
    assert "id_number" in clerk.get("/api/v1/labourers/", headers={"x-purpose": "checking a case"}).json()["results"][0]


def test_tokens_join_the_pulls_of_one_client_and_not_of_two(people: dict[int, list[Person]]) -> None:
    def tokens(client: Client) -> dict[str, str]:
        return {each["id"]: each["person_token"] for each in client.get("/api/v1/labourers/").json()["results"]}

    one, other = department(YANJIN), department(YANJIN)
    mine = tokens(one)
    assert mine == tokens(one)
    assert set(mine.values()).isdisjoint(tokens(other).values())
    spell = one.get("/api/v1/employment/").json()["results"][0]
    assert spell["person_token"] == mine[spell["person"]]


def test_an_item_is_304_until_anything_shown_has_changed(
    people: dict[int, list[Person]], acting: Callable[..., Any]
) -> None:
    person = next(iter(people.values()))[1]
    client, address = department(YANJIN), f"/api/v1/labourers/{person.uid}/"
    etag = client.get(address)["ETag"]
    assert etag.startswith('"v1-')
    assert client.get(address, headers={"if-none-match": etag}).status_code == 304
    with acting(YANJIN):
        make.spell(person=person)  # the person's own row stays the same version
        refresh_years(person_ids=[person.pk])
    changed = client.get(address, headers={"if-none-match": etag})
    assert (changed.status_code, changed.json()["employment"]["state"]) == (200, "county")


def test_rows_that_come_in_meanwhile_hide_and_double_nobody(
    people: dict[int, list[Person]], acting: Callable[..., Any]
) -> None:
    first, second, third, _far = people
    before = uids(people, first, second, third)
    client = department(YANJIN)
    seen: list[str] = []
    following: str | None = "/api/v1/labourers/?limit=2"
    while following:
        body = client.get(following).json()
        seen += [each["id"] for each in body["results"]]
        following = body["next"]
        with acting(YANJIN):
            refresh_years(person_ids=[make.person(village_id=first).pk])
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


def test_changes_since_come_in_the_order_of_change(people: dict[int, list[Person]], acting: Callable[..., Any]) -> None:
    first, second, *_ = people
    latest, earlier = people[first][2], people[second][1]
    moment = "2020-01-01T00:00:00+08:00"
    with acting(YANJIN), connection.cursor() as cursor:
        cursor.execute("UPDATE labour_person SET updated_at = '2019-01-01', version = version + 1")
        for person, day in ((latest, "2020-03-02"), (earlier, "2020-03-01")):
            cursor.execute(
                "UPDATE labour_person SET updated_at = %s, version = version + 1 WHERE id = %s", [day, person.pk]
            )
    client = department(YANJIN)
    assert ids(client, f"/api/v1/labourers/?updated_since={moment.replace('+', '%2B')}&limit=1") == [
        str(earlier.uid),
        str(latest.uid),
    ]
    assert ids(client, f"/api/v1/labourers/?updated_since={moment}") == [str(earlier.uid), str(latest.uid)]


def test_the_year_decides_who_is_a_labourer_and_how_employed(people: dict[int, list[Person]]) -> None:
    client = department(YANJIN)
    working = ids(client, "/api/v1/labourers/?state=outside")
    assert set(working) == {str(rows[0].uid) for rows in list(people.values())[:3]}
    row = client.get("/api/v1/labourers/?state=outside&limit=1").json()["results"][0]
    assert row["employment"] == {"year": 2019, "state": "outside", "months": 6, "outside_months": 6, "spells": 1}
    states = [ids(client, f"/api/v1/labourers/?state={state}") for state in ("none", "county", "outside", "both")]
    assert sorted(each for rows in states for each in rows) == sorted(ids(client))
    assert ids(client, "/api/v1/labourers/?year=2020&state=outside") == []
    assert ids(client, "/api/v1/labourers/?year=2001") == []


def test_codes_are_the_ones_of_the_lists(people: dict[int, list[Person]]) -> None:
    client = department(YANJIN)
    assert ids(client, "/api/v1/labourers/?ability=ordinary&education=junior") == ids(client)
    assert ids(client, "/api/v1/labourers/?ability=skilled") == []
    (fault,) = client.get("/api/v1/labourers/?ability=strong").json()["errors"]
    assert fault["code"] == "choice"
    assert "ordinary、skilled" in fault["message"]


def test_spells_by_person_month_and_employer(people: dict[int, list[Person]], acting: Callable[..., Any]) -> None:
    first = next(iter(people))
    person = people[first][1]
    with acting(YANJIN):
        firm = make.employer()
        spell = make.spell(person=person, employer=firm, start=dt.date(2019, 8, 1), end=None, wage_fen=350050)
    client = department(YANJIN)
    row = client.get(f"/api/v1/employment/?person={person.uid}").json()["results"][0]
    assert (row["id"], row["employer"], row["start"], row["end"]) == (str(spell.uid), str(firm.uid), "2019-08", None)
    assert (row["wage_fen"], row["wage_yuan"]) == (350050, "3500.50")
    assert ids(client, f"/api/v1/employment/?employer={firm.uid}") == [str(spell.uid)]
    assert str(spell.uid) not in ids(client, "/api/v1/employment/?month=2019-07")
    assert ids(client, "/api/v1/employment/?month=2020-07&area=county") == [str(spell.uid)]
    assert client.get(f"/api/v1/employment/{spell.uid}/").json() == row


def test_a_township_reads_the_employers_of_its_county(
    people: dict[int, list[Person]], townships: list[int], acting: Callable[..., Any], client_as: Callable[..., Client]
) -> None:
    with acting():
        ours = make.employer(kind="cooperative")
        make.employer(village_id=SECOND)
    township = client_as("township", townships[0])
    assert ids(township, "/api/v1/employers/") == [str(ours.uid)]
    assert ids(township, f"/api/v1/employers/?kind=cooperative&division={YANJIN}") == [str(ours.uid)]
    assert ids(township, "/api/v1/employers/?kind=enterprise") == []
    assert township.get(f"/api/v1/employers/{ours.uid}/").json()["name"] == ours.name


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("id_number=410799198001010011", "/id_number"),
        ("name=张三", "/name"),
        ("sex=9", "/sex"),
        ("sex=%00", "/sex"),
        ("ability=%00", "/ability"),
        ("year=0", "/year"),
        ("year=20191", "/year"),
        ("state=idle", "/state"),
        ("willing=maybe", "/willing"),
        ("division=延津", "/division"),
        ("division=000000000000", "/division"),
        ("updated_since=2020-06-29", "/updated_since"),
        ("updated_since=2020-06-29T00:00:00", "/updated_since"),
        ("updated_since=2020-13-29T00:00:00Z", "/updated_since"),
        ("updated_since=0001-01-01T00:00:00%2B14:00", "/updated_since"),
    ],
)
def test_a_malformed_question_is_answered_with_its_place(yanjin: Division, query: str, pointer: str) -> None:
    response = department(YANJIN).get(f"/api/v1/labourers/?{query}")
    assert response.status_code in {400, 404}
    assert response.json()["errors"][0]["pointer"] == pointer


def test_a_page_costs_the_same_queries_for_two_rows_and_for_all(
    people: dict[int, list[Person]], django_assert_max_num_queries: Any
) -> None:
    client = department(YANJIN)
    client.get("/api/v1/employers/")  # the security policy is read once a process
    for address in ("labourers", "employment", "employers", "entitlements"):
        counts = []
        for limit in (1, 500):
            with django_assert_max_num_queries(40) as taken:
                client.get(f"/api/v1/{address}/?limit={limit}")
            counts.append(len(taken.captured_queries))
        assert counts[0] == counts[1]
