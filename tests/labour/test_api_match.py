"""Finding one person by number: in the body only, inside the place only, with a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kernel.audit.models import Event
from kernel.divisions.models import Division
from labour.models import Person
from tests.factories import labour as make
from tests.factories.departments import department

YANJIN, SECOND = 410726000000, 410799000000
ADDRESS = "/api/v1/people/match/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(yanjin: Division, second_county: Division, acting: Callable[..., Any], settings: Any) -> Person:
    """One person of Yanjin."""
    settings.SETTLERS = []
    with acting(YANJIN):
        make.set_up(YANJIN)
        return make.person()


def ask(client: Client, body: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(ADDRESS, text, content_type="application/json")


def test_a_number_gives_the_id(person: Person) -> None:
    number = person.id_number.reveal()
    client = department(YANJIN)
    answer = ask(client, {"id_number": f" {number[:6]} {number[6:]}"})
    assert answer.status_code == 200
    assert answer.json()["id"] == str(person.uid)
    assert answer.json()["person_token"].startswith("h:")
    event = Event.objects.filter(action="api.pull").latest("id")
    assert (event.rows, number in json.dumps(event.detail)) == (1, False)


def test_another_county_gets_404(person: Person) -> None:
    number = person.id_number.reveal()
    assert ask(department(SECOND), {"id_number": number}).status_code == 404
    event = Event.objects.get(action="person.match_missed")
    assert (event.result, event.division, number in json.dumps(event.detail)) == ("refused", SECOND, False)


def test_a_village_finds_its_own_only(person: Person, client_as: Callable[..., Client]) -> None:
    number = person.id_number.reveal()
    assert ask(client_as("village", person.village_id), {"id_number": number}).status_code == 200
    assert ask(client_as("village", person.village_id + 1), {"id_number": number}).status_code == 404


def test_a_session_needs_the_csrf_token(person: Person, appoint: Callable[..., Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(appoint("clerk"), backend="kernel.accounts.backends.RoleBackend")
    assert ask(client, {"id_number": person.id_number.reveal()}).status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("", "#/id_number"),
        ("{", "#"),
        (b"\xff\xfe", "#"),
        ("[" * 100_000, "#"),
        ("NaN", "#"),
        ("[]", "#"),
        ('"x"', "#"),
        ({}, "#/id_number"),
        ({"id_number": None}, "#/id_number"),
        ({"id_number": 410799198001010011}, "#/id_number"),
        ({"id_number": ""}, "#/id_number"),
        ({"id_number": "41079919800101001"}, "#/id_number"),
        ({"id_number": "410799198013010011"}, "#/id_number"),
        ({"id_number": "\u0000" * 18}, "#/id_number"),
        ({"id_number": "4" * 100_000}, "#/id_number"),
        ({"id_number": "410799198001010011", "name": "张三"}, "#/name"),
    ],
)
def test_a_malformed_body_is_400_with_its_place(yanjin: Division, body: Any, pointer: str) -> None:
    response = ask(department(YANJIN), body)
    assert response.status_code == 400, response.content
    fault = response.json()["errors"][0]
    assert fault["pointer"] == pointer
    assert fault["message"]


def test_a_form_is_no_json(yanjin: Division) -> None:
    assert department(YANJIN).post(ADDRESS, {"id_number": "x"}).status_code == 415


def test_no_number_in_an_address(yanjin: Division) -> None:
    client = department(YANJIN)
    assert client.get(f"{ADDRESS}?id_number=410799198001010011").status_code == 405
    response = client.post(f"{ADDRESS}?id_number=410799198001010011", "{}", content_type="application/json")
    assert response.status_code == 400
