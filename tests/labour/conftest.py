"""Who enters the registry in the tests of the ledger room, and whom they find there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from labour.models import Person
from tests.factories import labour as make

COUNTY, TOWNSHIP = 410726000000, 410726103000
BIRTH = dt.date(1985, 5, 6)


@pytest.fixture
def clerk(client_as: Callable[..., Client]) -> Client:
    return client_as("clerk", COUNTY)


@pytest.fixture
def township(client_as: Callable[..., Client]) -> Client:
    return client_as("township", TOWNSHIP)


@pytest.fixture
def person(acting: Callable[..., Any], yanjin: Any) -> Person:
    """单雄信 of VILLAGE with a half year of local work."""
    with acting(COUNTY):
        make.set_up(COUNTY)
        row = make.person(name="单雄信", birth_date=BIRTH, id_number=make.id_number(BIRTH, "1", 7))
        row = Person.objects.select_related("household", "village").get(pk=row.pk)
        make.spell(person=row)
    return row
