"""Every door, asked by every kind of eyes: exactly the visible names, and none of the hidden ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse

from kernel.divisions.codes import level_of, range_of
from tests.conftest import SECOND, YANJIN
from tests.house.world import HERE, NEIGHBOUR, OTHER_COUNTY, OTHER_TOWNSHIP, PLACES, World

pytestmark = pytest.mark.django_db

EYES = [
    pytest.param("clerk", YANJIN, id="county"),
    pytest.param("auditor", YANJIN, id="county-auditor"),
    pytest.param("township", 410726101000, id="own-township"),
    pytest.param("township", 410726102000, id="other-township"),
    pytest.param("village", HERE, id="own-village"),
    pytest.param("village", NEIGHBOUR, id="other-village"),
    pytest.param("clerk", SECOND, id="other-county"),
]


def listing_doors(place: int) -> Iterator[str]:
    """Addresses that list people for a place."""
    yield reverse("labour:roster")
    yield f"{reverse('labour:roster')}?state=all"
    for code in ("F01", "F06", "F07", "F08", "F28"):
        yield reverse("headquarters:figure", args=[place, code]) + "?year=2019"


def shown(client: Client, address: str) -> set[str]:
    """Which of the world's names a page shows; the page must answer."""
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    text = response.content.decode()
    return {name for name in PLACES.values() if name in text}


@pytest.mark.parametrize(("role", "place"), EYES)
def test_lists_show_exactly_the_own_place(
    role: str, place: int, world: World, client_as: Callable[..., Client]
) -> None:
    client = client_as(role, place)
    visible = world.names_within(*range_of(place, level_of(place)))
    for address in listing_doors(place):
        assert shown(client, address) == visible, address


@pytest.mark.parametrize(("role", "place"), EYES)
def test_admin_lists_show_exactly_the_own_place(
    role: str, place: int, world: World, client_as: Callable[..., Client]
) -> None:
    if role == "village":
        return
    client = client_as(role, place)
    visible = world.names_within(*range_of(place, level_of(place)))
    for name in ("person", "employmentspell"):
        assert shown(client, reverse(f"admin:labour_{name}_changelist")) == visible, name


@pytest.mark.parametrize(("role", "place"), EYES)
def test_pages_of_single_rows_exist_only_inside(
    role: str, place: int, world: World, client_as: Callable[..., Client]
) -> None:
    client, (lo, hi) = client_as(role, place), range_of(place, level_of(place))
    for home, person in world.people.items():
        inside = lo <= home < hi
        for address in (reverse("labour:person", args=[person.uid]), reverse("labour:unmask", args=[person.uid])):
            response = client.get(address)
            assert response.status_code == (200 if inside else 404), address
            assert (person.name in response.content.decode()) == inside


@pytest.mark.parametrize(("role", "place"), EYES)
def test_dashboards_outside_are_missing(role: str, place: int, world: World, client_as: Callable[..., Client]) -> None:
    client, (lo, hi) = client_as(role, place), range_of(place, level_of(place))
    for target in (
        YANJIN,
        SECOND,
        410726101000,
        410726102000,
        HERE,
        NEIGHBOUR,
        OTHER_TOWNSHIP,
        OTHER_COUNTY,
        410799999999,
    ):
        response = client.get(reverse("headquarters:dashboard", args=[target]))
        expected = 200 if lo <= target < hi and target != 410799999999 else 404
        assert response.status_code == expected, target


@pytest.mark.parametrize("place", [YANJIN, 410726101000, HERE, SECOND])
def test_outside_and_missing_answer_alike(place: int, world: World, client_as: Callable[..., Client]) -> None:
    client = client_as("clerk" if place in (YANJIN, SECOND) else "township" if place % 1000 == 0 else "village", place)
    hidden = world.people[OTHER_COUNTY if place != SECOND else HERE]
    outside = client.get(reverse("labour:person", args=[hidden.uid]))
    missing = client.get(reverse("labour:person", args=["00000000-0000-4000-8000-000000000000"]))
    assert (outside.status_code, outside.content) == (missing.status_code, missing.content)


def test_search_by_the_last_digits_stays_inside(world: World, client_as: Callable[..., Client]) -> None:
    client = client_as("village", HERE)
    for place, person in world.people.items():
        assert person.id_number is not None
        tail = person.id_number.reveal()[-4:]
        found = shown(client, f"{reverse('labour:roster')}?q={tail}&state=all")
        assert (PLACES[place] in found) == (place == HERE)


@pytest.mark.parametrize("role", ["system", "security", "logkeeper"])
def test_administrators_reach_no_personal_page(role: str, world: World, client_as: Callable[..., Client]) -> None:
    client = client_as(role, YANJIN)
    addresses = [*listing_doors(YANJIN), reverse("admin:labour_person_changelist")]
    addresses += [reverse("labour:person", args=[person.uid]) for person in world.people.values()]
    for address in addresses:
        response = client.get(address)
        assert response.status_code in {403, 404}, address
        assert not [name for name in PLACES.values() if name in response.content.decode()]
