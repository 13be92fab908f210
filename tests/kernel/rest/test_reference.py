"""Divisions and code lists through REST: who may, what is refused and how, 304, the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kernel.audit.models import Event
from kernel.codes.models import Code
from kernel.divisions.models import Division
from tests.factories.departments import department

YANJIN = 410726000000
PROBLEM = "application/problem+json"

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(yanjin: Division) -> Client:
    """A department that may read the vocabulary of Yanjin."""
    return department(YANJIN, ["codelists:read"])


def problem_of(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == PROBLEM
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["title"]
    return body


def test_townships_of_a_county_come_in_the_order_of_their_codes(caller: Client) -> None:
    body = caller.get(f"/api/v1/divisions/?parent={YANJIN}&level=township&is_statistical=false").json()
    codes = [each["code"] for each in body["results"]]
    expected = Division.objects.filter(parent=YANJIN, level="township", is_statistical=False).order_by("code")
    assert codes == [str(each.code) for each in expected]
    assert codes
    assert body["results"][0]["parent"] == str(YANJIN)


def test_pages_together_are_every_division_once(caller: Client) -> None:
    address: str | None = "/api/v1/divisions/?limit=97"
    seen: list[str] = []
    while address:
        body = caller.get(address).json()
        seen += [each["code"] for each in body["results"]]
        address = body["next"]
    assert seen == sorted(set(seen))
    assert len(seen) == Division.objects.count()


def test_a_count_comes_only_when_asked_for(caller: Client) -> None:
    assert "count" not in caller.get("/api/v1/divisions/?limit=1").json()
    body = caller.get("/api/v1/divisions/?limit=1&count=true").json()
    assert (body["count"], body["count_exact"]) == (Division.objects.count(), True)


def test_the_same_answer_is_304_and_nothing_may_keep_it(caller: Client) -> None:
    first = caller.get(f"/api/v1/divisions/{YANJIN}/")
    assert first["Cache-Control"] == "no-store"
    again = caller.get(f"/api/v1/divisions/{YANJIN}/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    weak = caller.get(f"/api/v1/divisions/{YANJIN}/", headers={"if-none-match": f'"x", W/{first["ETag"]}'})
    assert weak.status_code == 304
    other = caller.get(f"/api/v1/divisions/{YANJIN}/", headers={"if-none-match": '"x"'})
    assert other.status_code == 200


def test_code_lists_and_their_codes(caller: Client) -> None:
    Code.objects.create(list="proof", key="b", label_zh="乙", label_en="B", position=1)
    Code.objects.create(list="proof", key="a", label_zh="甲", label_en="A", position=2)
    names = {each["name"]: each["codes"] for each in caller.get("/api/v1/codelists/").json()["results"]}
    assert names["proof"] == 2
    codes = caller.get("/api/v1/codelists/proof/").json()["results"]
    assert [each["code"] for each in codes] == ["b", "a"]
    problem_of(caller.get("/api/v1/codelists/unknown/"), 404)


def test_every_pull_leaves_an_event_with_its_rows(caller: Client) -> None:
    caller.get("/api/v1/divisions/?limit=3", headers={"x-purpose": "年度对账".encode().decode("latin-1")})
    event = Event.objects.filter(action="api.pull").latest("id")
    assert (event.rows, event.result, event.detail["view"]) == (3, "success", "api-divisions")
    assert event.detail["parameters"] == {"limit": "3"}
    assert event.purpose == "年度对账"
    assert event.act.source == "api"


def test_anonymous_and_bad_tokens_are_401_with_the_way_in(db: None) -> None:
    response = Client().get("/api/v1/divisions/")
    assert response["WWW-Authenticate"] == 'Bearer realm="yanjin"'
    problem_of(response, 401)
    response = Client(headers={"authorization": "Bearer nonsense"}).get("/api/v1/divisions/")
    assert 'error="invalid_token"' in response["WWW-Authenticate"]
    assert problem_of(response, 401)["errors"][0]["code"] == "invalid_token"


def test_a_token_without_the_scope_is_403(yanjin: Division) -> None:
    problem_of(department(YANJIN, ["labour:read"]).get("/api/v1/divisions/"), 403)
    narrowed = department(YANJIN, ["codelists:read", "labour:read"], asked=["labour:read"])
    problem_of(narrowed.get("/api/v1/divisions/"), 403)


@pytest.mark.parametrize(("role", "status"), [("clerk", 200), ("auditor", 200), ("system", 403), ("logkeeper", 403)])
def test_a_session_may_what_its_role_may(client_as: Callable[..., Client], role: str, status: int) -> None:
    assert client_as(role).get("/api/v1/divisions/?limit=1").status_code == status


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("colour=red", "/colour", "unknown_parameter"),
        ("format=xml", "/format", "unknown_parameter"),
        ("level=hamlet", "/level", "choice"),
        ("level=", "/level", "empty"),
        ("level=village&level=county", "/level", "repeated"),
        ("parent=41", "/parent", "division"),
        ("parent=４１０７２６００００００", "/parent", "division"),
        ("is_statistical=1", "/is_statistical", "choice"),
        ("valid_on=2020-02-30", "/valid_on", "date"),
        ("limit=0", "/limit", "range"),
        ("limit=1001", "/limit", "range"),
        ("limit=-1", "/limit", "range"),
        ("limit=٣", "/limit", "range"),
        ("count=yes", "/count", "choice"),
        ("cursor=zzz", "/cursor", "cursor"),
        ("cursor=é", "/cursor", "cursor"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(caller: Client, query: str, pointer: str, code: str) -> None:
    (fault,) = problem_of(caller.get(f"/api/v1/divisions/?{query}"), 400)["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert fault["message"]
    assert fault["message_en"]


def test_a_wrong_choice_names_the_right_ones(caller: Client) -> None:
    (fault,) = caller.get("/api/v1/divisions/?level=hamlet").json()["errors"]
    assert "hamlet" in fault["message"]
    assert "township、village" in fault["message"]


def test_a_cursor_belongs_to_its_filters(caller: Client) -> None:
    following = caller.get("/api/v1/divisions/?limit=2&level=village").json()["next"]
    assert caller.get(following).status_code == 200
    assert caller.get(following.replace("limit=2", "limit=5")).status_code == 200
    problem_of(caller.get(following.replace("level=village", "level=township")), 400)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_reading_is_all_there_is(caller: Client, method: str) -> None:
    response = getattr(caller, method)("/api/v1/divisions/")
    problem_of(response, 405)
    assert response["Allow"] == "GET, HEAD"


def test_only_json_is_spoken(caller: Client) -> None:
    problem_of(caller.get("/api/v1/divisions/", headers={"accept": "text/csv"}), 406)
    assert caller.get("/api/v1/divisions/?limit=1", headers={"accept": "text/html,*/*;q=0.1"}).status_code == 200


def test_an_unknown_address_is_a_problem_too(caller: Client) -> None:
    assert caller.get("/api/v1/nothing/")["Content-Type"] == PROBLEM


def test_too_many_requests_are_told_when_to_come_back(caller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.rest.throttling._rate", lambda: (2, 3600))
    assert caller.get("/api/v1/divisions/?limit=1")["RateLimit-Remaining"] == "1"
    caller.get("/api/v1/divisions/?limit=1")
    response = caller.get("/api/v1/divisions/?limit=1")
    problem_of(response, 429)
    assert 0 < int(response["Retry-After"]) <= 3600
    assert response["RateLimit-Remaining"] == "0"


def test_a_silent_cache_blocks_nobody(caller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> int:
        raise ConnectionError

    monkeypatch.setattr("kernel.rest.throttling._count", broken)
    assert caller.get("/api/v1/divisions/?limit=1").status_code == 200


def test_a_page_costs_the_same_queries_for_one_row_and_for_many(
    caller: Client, django_assert_max_num_queries: Any
) -> None:
    caller.get("/api/v1/divisions/?limit=1")  # the security policy is read once a process
    with django_assert_max_num_queries(40) as few:
        caller.get("/api/v1/divisions/?limit=1")
    with django_assert_max_num_queries(40) as many:
        caller.get("/api/v1/divisions/?limit=300")
    assert len(few.captured_queries) == len(many.captured_queries)
