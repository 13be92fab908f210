"""The scope around the answer: who, where, what is kept and what is undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from kernel.accounts import sessions
from kernel.accounts.models import Appointment, SecurityPolicy, User
from kernel.accounts.policy import forget_policy
from kernel.accounts.roles import ADMINISTRATORS
from kernel.accounts.scopes import scope_for
from kernel.accounts.services import disable_user, end_appointment
from kernel.audit.models import Event
from kernel.clock import today
from kernel.codes.models import Code
from kernel.wall.scope import open_scope
from tests.factories.labour import HouseholdFactory

Appoint = Callable[..., User]
ClientAs = Callable[..., Client]
TOWNSHIP, VILLAGE = 410726103000, 410726103210

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kernel.accounts.pages")]


@pytest.fixture
def household(acting: Any) -> Any:
    with acting(VILLAGE):
        return HouseholdFactory(village_id=VILLAGE)


def who(client: Client, path: str = "/who/", **extra: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(path, **extra).json()
    return answer


def test_nobody_has_no_scope(client: Client) -> None:
    assert who(client) == {"anonymous": True, "scope": None, "scopes": [], "problem": "", "client": None}


def test_the_scope_is_the_appointments(client_as: ClientAs) -> None:
    client = client_as("township", TOWNSHIP)
    scope = who(client, HTTP_X_REQUEST_ID="abcdefgh-1")["scope"]
    assert (scope["lo"], scope["hi"]) == (TOWNSHIP, TOWNSHIP + 1000)
    assert (scope["write"], scope["role"], scope["source"]) == (False, "township", "page")
    assert (scope["request_id"], scope["address"]) == ("abcdefgh-1", "127.0.0.1")
    assert client.post("/who/").json()["scope"]["write"] is True


def test_the_api_is_named_as_the_source(client_as: ClientAs) -> None:
    assert who(client_as("clerk"), "/api/v1/who/")["scope"]["source"] == "api"


def test_nothing_in_the_request_moves_the_scope(client_as: ClientAs) -> None:
    client = client_as("village", VILLAGE)
    moved = client.post("/who/?lo=0&division=410726000000", {"division": "410726000000", "appointment": "1"})
    assert moved.json()["scope"]["lo"] == VILLAGE


@pytest.mark.parametrize("role", ["leader", "auditor", "department"])
def test_a_reader_never_writes(client_as: ClientAs, role: str, household: Any) -> None:
    client = client_as(role)
    assert client.post("/who/").json()["scope"]["write"] is False
    refused = client.post("/walled/")
    assert refused.status_code == 403
    assert "只能查看" in refused.content.decode()


def test_a_clerk_writes_where_he_is(client_as: ClientAs, household: Any) -> None:
    assert client_as("clerk").post("/walled/").status_code == 200


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_sees_no_personal_row_even_by_raw_sql(
    appoint: Appoint, client_as: ClientAs, role: str, household: Any
) -> None:
    assert client_as(role).get("/households/").content == b"0"
    with open_scope(scope_for(appoint(role).acting, write=True, source="page")), connection.cursor() as cursor:
        for table in ("labour_household", "history.labour_household", "labour_person"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,)


def test_the_township_sees_the_row_that_the_administrators_do_not(client_as: ClientAs, household: Any) -> None:
    assert client_as("township", TOWNSHIP).get("/households/").content == b"1"


@pytest.mark.parametrize(("how", "status"), [("crash", 500), ("refuse", 403), ("missing", 404), ("invalid", 400)])
def test_an_answer_of_400_and_above_leaves_nothing_written(client_as: ClientAs, how: str, status: int) -> None:
    client = client_as("clerk")
    client.raise_request_exception = False
    assert client.post(f"/write/{how}/").status_code == status
    assert not Code.objects.filter(list="test").exists()
    assert not Event.objects.filter(action="test.wrote").exists()


def test_a_good_answer_is_kept(client_as: ClientAs) -> None:
    assert client_as("clerk").post("/write/well/").status_code == 200
    assert Code.objects.filter(list="test", key="well").exists()
    assert Event.objects.filter(action="test.wrote").exists()


def test_a_broken_transaction_ends_in_a_plain_error_page(client_as: ClientAs) -> None:
    client = client_as("clerk")
    client.raise_request_exception = False
    answer = client.get("/broken/")
    assert answer.status_code == 500
    assert "division" not in answer.content.decode()
    assert "回到首页" in answer.content.decode()


def test_success_is_not_answered_for_what_was_undone(client_as: ClientAs) -> None:
    client = client_as("clerk")
    client.raise_request_exception = False
    assert client.get("/swallow/").status_code == 500
    assert not Event.objects.filter(action="test.wrote").exists()


def test_a_refusal_is_recorded_though_the_work_is_undone(client_as: ClientAs) -> None:
    client = client_as("township", TOWNSHIP)
    client.post("/write/refuse/")
    event = Event.objects.select_related("act").get(action="access.refused")
    assert (event.result, event.division, event.detail["method"]) == ("refused", TOWNSHIP, "POST")
    assert event.act.actor_id == client.user.pk
    assert event.act.appointment_id == client.user.acting.pk


def test_lazy_answers_are_computed_inside(client_as: ClientAs, household: Any) -> None:
    client = client_as("clerk")
    assert household.number in client.get("/template/").content.decode()
    streamed = client.get("/stream/")
    assert not streamed.streaming
    assert (streamed.content, streamed.headers["Content-Type"]) == (b"True1", "text/csv")


def test_a_revoked_appointment_counts_on_the_next_request(client_as: ClientAs) -> None:
    client = client_as("clerk")
    assert client.get("/who/").status_code == 200
    end_appointment(appointment=client.user.acting)
    answer = client.get("/who/")
    assert answer.status_code == 403
    assert "没有有效的任职" in answer.content.decode()
    assert client.get("/api/v1/who/").status_code == 403
    assert client.post("/logout/").status_code == 302


def test_an_appointment_that_is_over_or_not_begun_is_not_acted_under(client_as: ClientAs, appoint: Appoint) -> None:
    client = client_as("clerk")
    day = dt.timedelta(days=1)
    Appointment.objects.filter(user=client.user).update(valid_to=today() - day)
    assert client.get("/who/").status_code == 403
    Appointment.objects.filter(user=client.user).update(valid_from=today() + day, valid_to=None)
    assert client.get("/who/").status_code == 403
    Appointment.objects.filter(user=client.user).update(valid_from=today(), valid_to=today())
    assert client.get("/who/").status_code == 200


def test_a_disabled_account_is_nobody_on_the_next_request(client_as: ClientAs) -> None:
    client = client_as("clerk")
    disable_user(user=client.user)
    assert who(client)["anonymous"] is True


def test_switching_works_among_ones_own_appointments_only(client_as: ClientAs, appoint: Appoint) -> None:
    client = client_as("township", TOWNSHIP)
    first = client.user.acting
    second = appoint("village", VILLAGE, user=client.user).acting
    assert who(client)["scope"]["appointment"] == first.pk
    assert client.post("/account/switch/", {"appointment": second.pk}).status_code == 302
    assert who(client)["scope"]["appointment"] == second.pk
    assert Event.objects.filter(action="appointment.switched", object_id=str(second.pk)).exists()
    foreign = appoint("clerk").acting
    assert client.post("/account/switch/", {"appointment": foreign.pk}).status_code == 403
    for nonsense in ("", "x", "-1", "9" * 40, "１"):
        assert client.post("/account/switch/", {"appointment": nonsense}).status_code in {400, 403}
    assert who(client)["scope"]["appointment"] == second.pk
    end_appointment(appointment=second)
    assert who(client)["scope"]["appointment"] == first.pk


def test_a_foreign_appointment_in_the_session_is_ignored(client_as: ClientAs, appoint: Appoint) -> None:
    client = client_as("village", VILLAGE)
    session = client.session
    session[sessions.APPOINTMENT] = appoint("clerk").acting.pk
    session.save()
    assert who(client)["scope"]["lo"] == VILLAGE


def travel(monkeypatch: pytest.MonkeyPatch, **later: int) -> None:
    moment = timezone.now() + dt.timedelta(**later)
    monkeypatch.setattr(sessions, "now", lambda: moment)


def test_an_idle_session_ends(client_as: ClientAs, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_as("clerk")
    client.get("/who/")
    travel(monkeypatch, minutes=14)
    assert client.get("/who/").status_code == 200
    travel(monkeypatch, minutes=28)
    assert client.get("/who/").status_code == 200
    travel(monkeypatch, minutes=44)
    answer = client.get("/who/?a=1")
    assert answer.headers["Location"] == "/login/?next=/who/%3Fa%3D1"
    assert "长时间没有操作" in client.get(answer.headers["Location"]).content.decode()
    assert who(client)["anonymous"] is True
    assert Event.objects.get(action="logout").detail == {"reason": "limit"}


def test_a_busy_session_ends_at_the_absolute_limit(client_as: ClientAs, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_as("clerk")
    client.get("/who/")
    for minutes in range(10, 480, 10):
        travel(monkeypatch, minutes=minutes)
        assert client.get("/who/").status_code == 200
    travel(monkeypatch, minutes=480)
    assert client.get("/api/v1/who/").status_code == 401
    assert who(client)["anonymous"] is True


def test_the_limits_are_policy_data(client_as: ClientAs, monkeypatch: pytest.MonkeyPatch) -> None:
    SecurityPolicy.objects.create(valid_from=today(), idle_minutes=2)
    forget_policy()
    client = client_as("clerk")
    client.get("/who/")
    travel(monkeypatch, minutes=2)
    assert client.get("/who/").status_code == 302


def test_an_old_password_has_to_be_changed_first(client_as: ClientAs, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_as("clerk")
    User.objects.filter(pk=client.user.pk).update(password_changed_at=timezone.now() - dt.timedelta(days=90))
    assert client.get("/who/").headers["Location"] == "/account/password/"
    assert client.get("/api/v1/who/").json()["title"] == "请先修改密码"
    assert client.get("/account/password/").status_code == 200


def test_a_page_costs_few_queries_around_its_own(client_as: ClientAs, django_assert_max_num_queries: Any) -> None:
    client = client_as("clerk")
    client.get("/who/")
    # session, user, appointments, savepoint, scope told, scope given back, savepoint released; policy remembered
    with django_assert_max_num_queries(7):
        client.get("/who/")
