"""The log's pages: own county, who may open them, filters, export."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client

from kernel.accounts.models import User
from kernel.audit.labels import action_label, name_actions, role_label
from kernel.audit.models import Event
from kernel.audit.services import record, record_outside
from kernel.wall.scope import ScopeNotOpen

YANJIN, SECOND, VILLAGE = 410726000000, 410799000000, 410726103210
ClientAs = Callable[..., Client]
Appoint = Callable[..., User]
PAGES = ["events/", "access/", "acts/", "seals/"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def log(appoint: Appoint, acting: Any) -> dict[str, User]:
    """Something in both counties."""
    mine, other = appoint("clerk", username="mine-clerk"), appoint("clerk", SECOND, username="other-clerk")
    for user in (mine, other):
        with acting(user):
            record("person.unmask", obj=user, division=user.home_id, rows=1, purpose=f"purpose of {user.username}")
    with acting(mine):
        record("terms.activate", division=VILLAGE, purpose="=1+1")
    return {"mine": mine, "other": other}


def read(client: Client, path: str, **query: Any) -> str:
    answer = client.get(f"/audit/{path}", query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", ["auditor", "logkeeper"])
def test_those_who_check_may_open_it(client_as: ClientAs, log: Any, role: str, path: str) -> None:
    assert read(client_as(role), path)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", ["system", "security", "clerk", "leader", "department"])
def test_nobody_else_may(client_as: ClientAs, role: str, path: str) -> None:
    assert client_as(role).get(f"/audit/{path}").status_code == 403


@pytest.mark.parametrize("role", ["auditor", "logkeeper"])
def test_another_countys_log_is_not_there(client_as: ClientAs, log: Any, role: str) -> None:
    for path in ("events/", "access/", "acts/"):
        text = read(client_as(role), path)
        assert "mine-clerk" in text
        assert "other-clerk" not in text
    assert "other-clerk" in read(client_as(role, SECOND), "events/")


def test_attempts_on_unknown_accounts_reach_the_keeper_of_the_log(client: Client, client_as: ClientAs) -> None:
    client.post("/login/", {"username": "nobody", "password": "x"})
    assert "登录失败" in read(client_as("logkeeper"), "events/", action="login.failed")
    assert "登录失败" not in read(client_as("auditor"), "events/", action="login.failed").split("<tbody>")[-1]


def test_the_access_log_holds_what_was_seen(client_as: ClientAs, log: Any) -> None:
    text = read(client_as("auditor"), "access/")
    assert "purpose of mine-clerk" in text
    assert "terms.activate" not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action": "terms.activate"}, ["terms.activate"]),
        ({"action": "no.such"}, []),
        ({"user": "mine-clerk"}, ["terms.activate", "person.unmask"]),
        ({"user": "other-clerk"}, []),
        ({"user": "nobody"}, []),
        ({"result": "refused"}, []),
        ({"object": "999999"}, []),
        ({"first": "2000-01-01", "last": "2000-12-31"}, []),
        ({"first": "2000-01-01", "action": "person.unmask"}, ["person.unmask"]),
    ],
)
def test_filters(client_as: ClientAs, log: Any, query: dict[str, str], found: list[str]) -> None:
    answer = client_as("auditor").get("/audit/events/", query)
    own = [event.action for event in answer.context["page"].rows if not event.action.startswith("login")]
    assert own == found


@pytest.mark.parametrize(
    "query",
    [
        {"first": "yesterday"},
        {"first": "2020-02-30"},
        {"first": "2020-02-02", "last": "2020-01-01"},
        {"result": "maybe"},
        {"action": "'; DROP TABLE"},
        {"object": "../x"},
        {"user": "x" * 61},
        {"user": "\x00"},
        {"after": "nonsense"},
    ],
)
def test_a_malformed_filter_gets_a_sentence(client_as: ClientAs, log: Any, query: dict[str, str]) -> None:
    answer = client_as("auditor").get("/audit/events/", query)
    assert answer.status_code == 400
    assert any("一" <= character <= "鿿" for character in answer.content.decode())


def test_the_list_turns_pages_without_counting(client_as: ClientAs, acting: Any) -> None:
    with acting(YANJIN):
        for number in range(60):
            record("test.many", rows=number)
    client = client_as("auditor")
    first = client.get("/audit/events/", {"action": "test.many"})
    second = client.get("/audit/events/", {"action": "test.many", "after": first.context["page"].next})
    rows = [event.rows for each in (first, second) for event in each.context["page"].rows]
    assert rows == list(range(59, -1, -1))


def test_the_number_of_queries_does_not_grow(
    client_as: ClientAs, acting: Any, django_assert_max_num_queries: Any
) -> None:
    client = client_as("auditor")
    client.get("/audit/events/")
    with acting(YANJIN):
        for _n in range(30):
            record("test.many")
    with django_assert_max_num_queries(13):
        client.get("/audit/events/")


def test_the_export_is_text_and_is_recorded(client_as: ClientAs, log: Any) -> None:
    client = client_as("logkeeper")
    answer = client.post("/audit/events/export/", {"action": "terms.activate"})
    assert answer.status_code == 200
    [head, line] = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows())
    assert head[0].value == "时间"
    assert (line[8].value, line[8].data_type) == ("=1+1", "s")
    assert Event.objects.get(action="log.exported").rows == 1
    assert client_as("clerk").post("/audit/events/export/").status_code == 403
    assert client.post("/audit/events/export/", {"first": "x"}).status_code == 400


def test_the_chain_can_be_checked_from_the_page(client_as: ClientAs) -> None:
    client = client_as("logkeeper")
    answer = client.post("/audit/seals/verify/", follow=True)
    assert "核验完好" in answer.content.decode()
    assert Event.objects.get(action="chain.verified").result == "success"
    assert client_as("clerk").post("/audit/seals/verify/").status_code == 403


def test_an_event_needs_a_scope_or_says_that_it_has_none() -> None:
    with pytest.raises(ScopeNotOpen):
        record("test.nowhere")
    record_outside("test.nowhere", address="10.0.0.1")
    event = Event.objects.select_related("act").get(action="test.nowhere")
    assert (event.division, event.act.lo, event.act.hi, event.act.address) == (None, 0, 0, "10.0.0.1")
    assert event.result == "refused"


def test_codes_have_words_and_only_one_each() -> None:
    assert action_label("right.granted") == "授予任职"
    assert action_label("unnamed.action") == "unnamed.action"
    assert role_label("clerk") == "县人社经办"
    with pytest.raises(ValueError, match="two labels"):
        name_actions({"login": "别的"})
