"""The side doors: jobs, files, awards, employers, numbers, the log and REST, asked by every login and department."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kernel.accounts.models import User
from kernel.audit.models import Event
from kernel.jobs.models import Job
from kernel.wall.scope import EVERYWHERE, Scope, open_scope
from tests.conftest import SECOND, YANJIN
from tests.house.eyes import DEPARTMENTS, EYES, NOBODY, Eye, answer_of, looking, rows_of
from tests.house.world import OFFICES, PLACES, Ledger, file_name

pytestmark = pytest.mark.django_db
EACH = [pytest.param(eye, id=str(eye)) for eye in EYES]
WITH_DEPARTMENTS = [pytest.param(eye, id=str(eye)) for eye in (*EYES, *DEPARTMENTS)]
As = Callable[..., Client]


def shown(response: Any, words: set[str]) -> set[str]:
    assert response.status_code == 200, response.request["PATH_INFO"]
    text = response.content.decode()
    return {word for word in words if word in text}


@pytest.mark.parametrize("eye", EACH)
def test_files_and_jobs_of_other_offices_do_not_exist(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client = client_as(eye.role, eye.place)
    own = {office for office in OFFICES if eye.sees(office)}
    for prefix, rows, permission, parts in (
        ("exchange", ledger.uploads, "exchange.view_upload", ("upload", "progress", "annotated")),
        ("jobs", ledger.jobs, "jobs.view_job", ("detail", "progress")),
    ):
        listing = client.get(reverse(f"{prefix}:list"))
        if not eye.may(permission):
            assert listing.status_code == 403
            continue
        addresses = {office: reverse(f"{prefix}:{parts[0]}", args=[row.uid]) for office, row in rows.items()}
        assert shown(listing, set(addresses.values())) == {addresses[office] for office in own}, prefix
        if prefix == "exchange":
            assert shown(listing, {file_name(office) for office in OFFICES}) == {file_name(each) for each in own}
        for office, row in rows.items():
            for part in parts:
                address = reverse(f"{prefix}:{part}", args=[row.uid])
                found, missing = (
                    answer_of(client, reverse(f"{prefix}:{part}", args=[uid])) for uid in (row.uid, NOBODY)
                )
                allowed = part != "annotated" or eye.may("exchange.add_upload")
                if office in own:
                    assert found[0] == (200 if allowed else 403), address
                else:
                    assert found == missing, address
                    assert found[0] == (404 if allowed else 403), address


@pytest.mark.parametrize("eye", EACH)
def test_files_and_jobs_of_other_offices_cannot_be_acted_on(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client = client_as(eye.role, eye.place)
    states = {office: (ledger.uploads[office].state, ledger.jobs[office].state) for office in OFFICES}
    for prefix, rows, parts in (
        ("exchange", ledger.uploads, ("commit", "undo", "cancel", "ignore", "choose")),
        ("jobs", ledger.jobs, ("cancel", "retry")),
    ):
        for office, row in rows.items():
            if eye.sees(office):
                continue
            for part in parts:
                data = {"ignore": "1", "listed": "4", "chosen": "4"}
                answers = [client.post(reverse(f"{prefix}:{part}", args=[uid]), data) for uid in (row.uid, NOBODY)]
                assert answers[0].status_code == answers[1].status_code, (prefix, part)
                assert answers[0].status_code in {403, 404}, (prefix, part)
                assert answers[0].content == answers[1].content, (prefix, part)
    with open_scope(Scope(*EVERYWHERE)):
        for office in OFFICES:
            if not eye.sees(office):
                ledger.uploads[office].refresh_from_db()
                ledger.jobs[office].refresh_from_db()
                assert (ledger.uploads[office].state, ledger.jobs[office].state) == states[office]


@pytest.mark.parametrize("eye", EACH)
def test_awards_are_those_of_the_own_place(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client, words = client_as(eye.role, eye.place), set(PLACES.values())
    visible = {name for place, name in PLACES.items() if eye.sees(place)}
    address = reverse("subsidies:entitlements")
    firms = {each.name for each in ledger.employers.values()}
    assert shown(client.get(f"{address}?scheme=outside_award&year=2019"), words) == visible
    own = {ledger.employers[county].name for county in ledger.employers if eye.sees(county)}
    assert shown(client.get(f"{address}?scheme=employer_award&year=2019"), firms) == own
    for place in (*PLACES, *OFFICES):
        assert client.get(f"{address}?d={place}").status_code == (200 if eye.sees(place) else 404), place
    before = rows_of(Job)
    answer = client.post(reverse("subsidies:recalculate"), {"year": "2020", "d": str(SECOND), "village": str(SECOND)})
    whole = eye.may("subsidies.recalculate") and eye.place in (YANJIN, SECOND)
    assert answer.status_code in ({302} if whole else {403, 404})
    made = {place for pk, place in rows_of(Job).items() if pk not in before}
    assert made == ({eye.place} if whole else set())


@pytest.mark.parametrize("eye", EACH)
def test_a_shared_employer_lists_only_the_own_people(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client, words = client_as(eye.role, eye.place), set(PLACES.values())
    for county, employer in ledger.employers.items():
        address = reverse("labour:employer", args=[employer.uid])
        if not eye.sees(county, shared=True):
            assert answer_of(client, address) == answer_of(client, reverse("labour:employer", args=[NOBODY]))
            assert client.get(address).status_code == 404
            continue
        assert shown(client.get(address), words) == {name for place, name in PLACES.items() if eye.sees(place)}
    firms = {each.name for each in ledger.employers.values()}
    listed = shown(client.get(reverse("labour:employers")), firms)
    assert listed == {each.name for county, each in ledger.employers.items() if eye.sees(county, shared=True)}


@pytest.mark.parametrize("eye", EACH)
def test_numbers_outside_are_not_unmasked(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client = client_as(eye.role, eye.place)
    for place, person in ledger.people.items():
        assert person.id_number is not None
        answers = [
            client.post(reverse("labour:unmask", args=[uid]), {"purpose": "核对银行卡信息"})
            for uid in (person.uid, NOBODY)
        ]
        if eye.sees(place):
            assert person.id_number.reveal() in answers[0].content.decode()
        else:
            assert (answers[0].status_code, answers[0].content) == (404, answers[1].content)
    with open_scope(Scope(*EVERYWHERE)):
        told = set(Event.objects.filter(action="person.unmask").values_list("object_id", flat=True))
    assert told == {str(person.pk) for place, person in ledger.people.items() if eye.sees(place)}


@pytest.mark.parametrize("eye", EACH)
def test_no_page_outside_is_opened_by_its_figure(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client = client_as(eye.role, eye.place)
    for place in (*PLACES, *OFFICES):
        for code in ("F01", "F28"):
            address = f"{reverse('headquarters:figure', args=[place, code])}?year=2019"
            assert client.get(address).status_code == (200 if eye.sees(place) else 404), address
        for address in (f"{reverse('labour:roster')}?d={place}&state=all",):
            assert client.get(address).status_code == (200 if eye.sees(place) else 404), address


@pytest.mark.parametrize("role", ["auditor", "logkeeper"])
@pytest.mark.parametrize("county", [YANJIN, SECOND])
def test_the_log_of_another_county_is_not_shown(
    role: str, county: int, ledger: Ledger, client_as: As, appoint: Callable[..., User]
) -> None:
    clerks = {place: appoint("clerk", place) for place in (YANJIN, SECOND)}
    for place, user in clerks.items():
        for home, person in ledger.people.items():
            if home - home % 1_000_000 == place:
                client = client_as("clerk", place, user=user)
                client.post(reverse("labour:unmask", args=[person.uid]), {"purpose": f"核对{PLACES[home]}的信息"})
                client.post(f"/jobs/{ledger.jobs[place].uid}/cancel")
    client = client_as(role, county)
    words = {f"核对{name}的信息" for name in PLACES.values()}
    expected = {f"核对{name}的信息" for place, name in PLACES.items() if place - place % 1_000_000 == county}
    people = {user.username for user in clerks.values()}
    for name in ("audit:events", "audit:access"):
        assert shown(client.get(reverse(name)), words) == expected, name
        assert shown(client.get(reverse(name)), people) == {clerks[county].username}, name
        foreign = next(user.username for place, user in clerks.items() if place != county)
        page = client.get(reverse(name), {"user": foreign})
        assert shown(page, words) == set(), name
        for home, person in ledger.people.items():
            if home - home % 1_000_000 != county:
                assert shown(client.get(reverse(name), {"object": str(person.pk)}), words) <= expected
    assert shown(client.get(reverse("audit:acts")), people) == {clerks[county].username}


@pytest.mark.parametrize("eye", WITH_DEPARTMENTS)
def test_rest_gives_exactly_the_own_place(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client = looking(eye, client_as)
    inside = {str(person.uid) for place, person in ledger.people.items() if eye.sees(place)}
    hidden = {str(person.uid) for person in ledger.people.values()} - inside
    for address, key in (
        ("/api/v1/labourers/?year=2019", "id"),
        ("/api/v1/employment/?limit=200", "person"),
        ("/api/v1/entitlements/?limit=200", "person"),
    ):
        response = client.get(address)
        assert response.status_code == 200, address
        told = {row[key] for row in response.json()["results"]} - {None}
        assert told == inside, address
        assert shown(response, hidden | set(PLACES.values())) == set(), address
    employers = client.get("/api/v1/employers/").json()["results"]
    assert {row["id"] for row in employers} == {
        str(each.uid) for county, each in ledger.employers.items() if eye.sees(county, shared=True)
    }
    awarded = {row["employer"] for row in client.get("/api/v1/entitlements/").json()["results"]} - {None}
    assert awarded == {str(each.uid) for county, each in ledger.employers.items() if eye.sees(county)}


@pytest.mark.parametrize("eye", WITH_DEPARTMENTS)
def test_rest_items_outside_are_missing(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client = looking(eye, client_as)
    items = [(place, "labourers", row.uid, False) for place, row in ledger.people.items()]
    items += [(place, "employment", row.uid, False) for place, row in ledger.spells.items()]
    items += [(place, "entitlements", row.uid, False) for place, row in ledger.awards.items()]
    items += [(place, "employers", row.uid, True) for place, row in ledger.employers.items()]
    for place, name, uid, together in items:
        for query in ("?year=2019", "?year=2019&explain=true") if name == "labourers" else ("", "?explain=true"):
            if "explain" in query and name != "entitlements":
                continue
            address = f"/api/v1/{name}/{uid}/{query}"
            response = client.get(address)
            if eye.sees(place, shared=together):
                assert response.status_code == 200, (address, response.content)
            else:
                assert response.status_code == 404, address
                assert response.content == client.get(f"/api/v1/{name}/{NOBODY}/{query}").content, address


@pytest.mark.parametrize("eye", WITH_DEPARTMENTS)
def test_rest_filters_and_figures_stay_inside(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client = looking(eye, client_as)
    for place, person in ledger.people.items():
        if eye.sees(place):
            continue
        county = place - place % 1_000_000
        for query in (f"person={person.uid}", f"employer={ledger.employers[county].uid}", f"division={place}"):
            response = client.get(f"/api/v1/employment/?{query}")
            assert response.status_code in {200, 400, 404}, query
            if response.status_code == 200:
                seen = {row["person"] for row in response.json()["results"]}
                assert str(person.uid) not in seen, query
        answers = [client.get(f"/api/v1/figures/?division={each}&period=2019") for each in (place, 410799999999)]
        assert answers[0].status_code in {400, 404}, place
        assert answers[0].status_code == answers[1].status_code


@pytest.mark.parametrize("eye", WITH_DEPARTMENTS)
def test_a_number_outside_matches_nobody(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client = looking(eye, client_as)
    answers = {}
    for place, person in ledger.people.items():
        assert person.id_number is not None
        body = json.dumps({"id_number": person.id_number.reveal()})
        response = client.post("/api/v1/people/match/", body, content_type="application/json")
        assert response.status_code == (200 if eye.sees(place) else 404), place
        if not eye.sees(place):
            answers[place] = response.content
    assert len(set(answers.values())) <= 1


def test_rest_of_one_county_counts_only_its_rows(ledger: Ledger, client_as: As) -> None:
    for eye in DEPARTMENTS:
        counted = looking(eye, client_as).get("/api/v1/labourers/?year=2019&count=true").json()
        assert counted["count"] == len([place for place in PLACES if eye.sees(place)])
    assert set(rows_of(type(next(iter(ledger.people.values())))).values()) == set(PLACES)
