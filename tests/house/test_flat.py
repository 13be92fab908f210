"""Every list costs the same number of queries for two rows and for twelve. No number is kept here: the two are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from kernel.divisions.models import Division, DivisionAlias
from kernel.exchange import services as exchange
from kernel.jobs.services import enqueue
from kernel.rest.checks import rest_views
from labour.models import EmploymentSpell
from subsidies.loading import load_schemes
from tests.conftest import YANJIN
from tests.factories.labour import EmployerFactory, PersonFactory, SpellFactory, set_up
from tests.factories.subsidies import ConditionFactory, SchemeFactory, TermsFactory
from tests.house.test_verbs import named_routes
from tests.house.world import HERE
from tests.kernel.exchange.books import book

pytestmark = pytest.mark.django_db
FEW, MANY = 2, 12
ROLES = ("clerk", "system", "security", "auditor")


class County:
    """Yanjin's village with so many of everything; `grow` adds up to a number."""

    def __init__(self, acting: Callable[..., Any], appoint: Callable[..., Any]) -> None:
        self.acting, self.appoint, self.number = acting, appoint, 0
        self.clerk = appoint("clerk", YANJIN)
        with acting(YANJIN):
            set_up(YANJIN)
            load_schemes(county=Division.objects.get(pk=YANJIN))
            self.employer = EmployerFactory(village_id=YANJIN, name="大厂有限公司")

    def grow(self, upto: int) -> None:
        """A person with two jobs, an employer with an award, draft terms, a file, a job, an account: each so often."""
        with self.acting(self.clerk):
            for _ in range(self.number, upto):
                person = PersonFactory(village_id=HERE)
                firm = EmployerFactory(village_id=YANJIN)
                for employer, area in ((self.employer, "county"), (firm, "outside")):
                    SpellFactory(person=person, employer=employer, employer_name=employer.name, area=area)
                ConditionFactory(terms=TermsFactory(village_id=YANJIN, scheme=SchemeFactory(village_id=YANJIN)))
        with self.acting(self.clerk):
            for each in range(self.number, upto):
                content = book([[f"行{each}"]], ["列"])
                exchange.receive_upload(
                    content=content, file_name=f"{each}.xlsx", importer="labour.people", division=YANJIN
                )
                enqueue("subsidies.recalculate", division=YANJIN, params={"year": 2000 + each})
        for each in range(self.number, upto):
            DivisionAlias.objects.create(division_id=HERE, parent_id=HERE // 1000 * 1000, name=f"别名{each}")
            self.appoint("township", 410726101000)
        self.number = upto


def lists(role: str) -> Iterator[str]:
    """Addresses of every list: pages without a row's id, the ledger's lists, REST lists, and pages that list below a row."""
    for name, view in named_routes():
        if getattr(view, "writes", None) == "" and not name.startswith("accounts:"):
            try:
                yield reverse(name)
            except NoReverseMatch:
                continue  # the page of one row is no list
    for model in admin.site._registry:
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    if role == "clerk":
        yield f"{reverse('labour:roster')}?state=all&d={HERE}"
        yield f"{reverse('subsidies:entitlements')}?scheme=outside_award&year=2019"
        yield f"{reverse('subsidies:entitlements')}?scheme=employer_award&year=2019"
        yield reverse("headquarters:dashboard", args=[HERE])
        for code in ("F01", "F06", "F07", "F08", "F28"):
            yield f"{reverse('headquarters:figure', args=[HERE, code])}?year=2019"


def rest_addresses() -> Iterator[str]:
    for route, view in rest_views():
        if getattr(view, "many", False) and "<" not in route:
            yield f"/{route}"


def counted(client: Client, address: str) -> tuple[int, int, list[str]]:
    """Status, number of queries, and their beginnings for the message."""
    client.get(address)  # sessions, policies and code lists that are read once
    with CaptureQueriesContext(
        connection,
    ) as told:
        response = client.get(address)
    # The security policy is remembered for five seconds, so a slow machine asks for it in the middle.
    asked = [each["sql"][:160] for each in told if "accounts_securitypolicy" not in each["sql"]]
    return response.status_code, len(asked), asked


@pytest.mark.parametrize("role", ROLES)
def test_lists_cost_the_same_for_two_and_for_twelve(
    role: str, acting: Callable[..., Any], appoint: Callable[..., Any], client_as: Callable[..., Client]
) -> None:
    county = County(acting, appoint)
    client = client_as(role, YANJIN)
    addresses = list(dict.fromkeys([*lists(role), *(rest_addresses() if role == "clerk" else ())]))
    addresses += [reverse("labour:employer", args=[county.employer.uid])] if role == "clerk" else []
    county.grow(FEW)
    cache.clear()
    few = {address: counted(client, address) for address in addresses}
    county.grow(MANY)
    cache.clear()
    many = {address: counted(client, address) for address in addresses}
    opened = [address for address in addresses if few[address][0] == 200]
    assert len(opened) > 3
    steeper = {
        address: [each for each in many[address][2] if each not in few[address][2]][:5]
        for address in opened
        if many[address][:2] != few[address][:2]
    }
    assert {address: (few[address][:2], many[address][:2], why) for address, why in steeper.items()} == {}


def test_the_twelve_are_shown(acting: Callable[..., Any], appoint: Callable[..., Any], client_as: Any) -> None:
    county = County(acting, appoint)
    county.grow(MANY)
    client = client_as("clerk", YANJIN)
    assert len(client.get("/api/v1/labourers/?year=2019").json()["results"]) == MANY
    with acting(YANJIN):
        assert EmploymentSpell.objects.count() == 2 * MANY
    listed = client.get(reverse("admin:labour_person_changelist")).context_data["cl"].result_list
    assert len(listed) == MANY
