"""Switching between one's own appointments, and to nobody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from kernel.accounts.models import Appointment, User
from kernel.audit.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
TOWN = 410726101000


@pytest.fixture
def clerk(appoint: Callable[..., User]) -> User:
    """王姐: county clerk and, in the mornings, township officer."""
    user = appoint("clerk")
    first = user.acting
    appoint("township", TOWN, user=user)
    user.acting = first
    return user


def test_the_next_page_acts_under_the_chosen_appointment(
    clerk: User, client_as: Callable[..., Client], acting: Callable[..., object]
) -> None:
    client = client_as("clerk", user=clerk)
    other = Appointment.objects.get(user=clerk, role="township")
    before = client.session.session_key
    answer = client.post("/switch/", {"appointment": other.pk})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.session["accounts.appointment"] == other.pk
    assert client.session.session_key != before
    assert client.get("/posts/").wsgi_request.user.acting == other  # type: ignore[union-attr]
    with acting():  # type: ignore[attr-defined]
        assert Event.objects.filter(action="appointment.switched", object_id=str(other.pk)).count() == 1


@pytest.mark.parametrize("wanted", ["", "x", "0", "stranger"])
def test_an_appointment_of_nobody_or_of_another_is_refused(
    wanted: str, clerk: User, client_as: Callable[..., Client], appoint: Callable[..., User]
) -> None:
    stranger = appoint("leader").acting
    assert stranger is not None
    client = client_as("clerk", user=clerk)
    answer = client.post("/switch/", {"appointment": stranger.pk if wanted == "stranger" else wanted})
    assert answer.status_code == 400
    assert "accounts.appointment" not in client.session


def test_switching_by_a_link_is_not_possible(clerk: User, client_as: Callable[..., Client]) -> None:
    assert client_as("clerk", user=clerk).get("/switch/").status_code == 405
