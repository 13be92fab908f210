"""Entitlements through REST: amounts, filters, places, and the reasons line by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kernel.divisions.models import Division
from labour.services.years import refresh_years
from subsidies.api.serializers import ConditionLineSerializer, EntitlementSerializer
from subsidies.models import Entitlement
from subsidies.services import recalculate
from tests.factories import labour as make
from tests.factories.departments import department
from tests.factories.subsidies import terms_with

YANJIN, SECOND = 410726000000, 410799000000
ADDRESS = "/api/v1/entitlements/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def award(yanjin: Division, second_county: Division, acting: Callable[..., Any], settings: Any) -> Entitlement:
    """One person of Yanjin who worked seven months outside and is due ten per cent of it."""
    settings.SETTLERS = []
    with acting(YANJIN):
        make.set_up(YANJIN)
        terms_with({"fact": "months_outside", "value": 6}, village_id=YANJIN)
        person = make.person()
        make.spell(person=person, end="2019-07-01", area="outside", wage_fen=300_000)
        refresh_years(person_ids=[person.pk])
        recalculate(county=YANJIN, year=2019)
        return Entitlement.objects.select_related("scheme", "person").get(person=person)


def test_an_entitlement_says_who_how_much_and_from_what(award: Entitlement) -> None:
    client = department(YANJIN)
    (row,) = client.get(f"{ADDRESS}?year=2019&scheme={award.scheme.code}").json()["results"]
    assert (row["id"], row["person"], row["employer"]) == (str(award.uid), str(award.person.uid), None)
    assert (row["amount_fen"], row["amount_yuan"]) == (210_000, "2100.00")
    assert row["facts"] == award.facts
    assert (row["subject"], row["year"], row["division"]) == ("person", 2019, str(award.village_id))
    assert client.get(f"{ADDRESS}{award.uid}/").json() == row
    fields = EntitlementSerializer().fields
    assert list(row) == [name for name, field in fields.items() if field.required]


def test_filters_narrow(award: Entitlement) -> None:
    client = department(YANJIN)

    def found(query: str) -> int:
        return len(client.get(f"{ADDRESS}?{query}").json()["results"])

    assert found(f"person={award.person.uid}&division={award.village_id}&subject=person") == 1
    assert found("subject=employer") == 0
    assert found("year=2018") == 0
    (fault,) = client.get(f"{ADDRESS}?scheme=other").json()["errors"]
    assert award.scheme.code in fault["message"]
    assert found("updated_since=2099-01-01T00:00:00Z") == 0


def test_why_comes_line_by_line_when_asked(award: Entitlement) -> None:
    client = department(YANJIN)
    assert "explanation" not in client.get(f"{ADDRESS}{award.uid}/").json()
    (line,) = client.get(f"{ADDRESS}{award.uid}/?explain=true").json()["explanation"]
    assert (line["measured"], line["threshold"], line["passed"]) == ("7", "6", True)
    assert list(line) == list(ConditionLineSerializer().fields)
    assert client.get(f"{ADDRESS}{award.uid}/?explain=yes").status_code == 400
    assert client.get(f"{ADDRESS}?explain=true").status_code == 400


def test_place_and_scope_decide(award: Entitlement, client_as: Callable[..., Client]) -> None:
    assert department(SECOND).get(ADDRESS).json()["results"] == []
    assert department(SECOND).get(f"{ADDRESS}{award.uid}/").status_code == 404
    assert department(YANJIN, ["labour:read"]).get(ADDRESS).status_code == 403
    here, beside = client_as("village", award.village_id), client_as("village", award.village_id + 1)
    assert len(here.get(ADDRESS).json()["results"]) == 1
    assert beside.get(ADDRESS).json()["results"] == []


@pytest.mark.parametrize("query", ["year=19", "year=２０１９", "person=1", "subject=dog", "employer=%00", "scheme=%00"])
def test_malformed_filters_are_refused(yanjin: Division, query: str) -> None:
    response = department(YANJIN).get(f"{ADDRESS}?{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/" + query.split("=", maxsplit=1)[0]
