"""Divisions in the ledger room."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from kernel.divisions.models import Division, DivisionAlias

YANJIN, TOWNSHIP = 410726000000, 410726103000
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("term", ["410726103", "延津"])
def test_a_division_is_found_by_code_and_name(client_as: Callable[..., Client], term: str) -> None:
    refused = client_as("logkeeper").get(
        "/admin/autocomplete/",
        {"term": term, "app_label": "accounts", "model_name": "user", "field_name": "home"},
    )
    assert refused.status_code == 403
    page = client_as("system").get(
        "/admin/autocomplete/",
        {"term": term, "app_label": "accounts", "model_name": "user", "field_name": "home"},
    )
    assert page.json()["results"]


def test_the_structure_is_not_edited_but_names_are_added(client_as: Callable[..., Client]) -> None:
    clerk = client_as("clerk")
    url = f"/admin/divisions/division/{TOWNSHIP}/change/"
    rows = {"aliases-TOTAL_FORMS": 1, "aliases-INITIAL_FORMS": 0, "aliases-0-name": "别名乡", "aliases-0-source": "表"}
    before = Division.objects.values().get(pk=TOWNSHIP)
    assert clerk.post(url, rows | {"name": "另一个", "level": "county"}).status_code == 302
    assert Division.objects.values().get(pk=TOWNSHIP) == before
    assert DivisionAlias.objects.get(name="别名乡").parent_id == YANJIN
    assert clerk.get("/admin/divisions/division/add/").status_code == 403
