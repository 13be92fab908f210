"""No page breaks: nonsense in addresses, query strings and bodies is answered with a 4xx, never with a 500."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.conftest import YANJIN
from tests.house.nasty import PATHS, addresses, long_queries, questions
from tests.house.world import Ledger

pytestmark = pytest.mark.django_db


def quiet(client: Client) -> Client:
    """A 500 is an answer here, not an exception of the test."""
    client.raise_request_exception = False
    return client


def opened(client: Client, ledger: Ledger) -> list[str]:
    return [each for each in addresses(ledger) if client.get(each).status_code == 200]


@pytest.mark.parametrize("role", ["clerk", "logkeeper", "security"])
def test_query_strings(role: str, ledger: Ledger, client_as: Callable[..., Client]) -> None:
    client = quiet(client_as(role, YANJIN))
    found = opened(client, ledger)
    assert len(found) > 5
    asked = [*questions(found), *((address, query) for address in found[::9] for query in long_queries())]
    broken = {
        f"{address}?{query[:60]}": response.status_code
        for address, query in asked
        if (response := client.generic("GET", address, QUERY_STRING=query)).status_code >= 500
    }
    assert broken == {}


@pytest.mark.parametrize("role", ["clerk", "system"])
def test_paths(role: str, ledger: Ledger, client_as: Callable[..., Client]) -> None:
    client, broken = quiet(client_as(role, YANJIN)), {}
    for each in PATHS:
        path, _, query = each.partition("?")
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE"):
            response = client.generic(method, path, QUERY_STRING=query)
            if response.status_code >= 500:
                broken[f"{method} {each}"] = response.status_code
    assert broken == {}
