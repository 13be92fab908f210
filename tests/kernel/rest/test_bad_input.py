"""Whatever is put into an address, a header or a body: an answer or a Chinese refusal, never a broken page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.divisions.models import Division
from kernel.rest.checks import rest_views
from kernel.rest.lists import ReadView
from tests.factories.departments import department

YANJIN = 410726000000
CHINESE = re.compile("[\u4e00-\u9fff]")
UID = "00000000-0000-4000-8000-000000000000"
EVERYTHING = ("labour:read", "labour:pii", "subsidies:read", "figures:read", "codelists:read")

pytestmark = pytest.mark.django_db


def addresses() -> dict[str, list[str]]:
    """Every reading address with the names of its parameters."""
    found = {}
    for route, view in rest_views():
        if issubclass(view, ReadView) and "get" in view.http_method_names:
            address = route.replace("<uuid:uid>", UID).replace("<int:code>", str(YANJIN))
            address = re.sub(r"<slug:\w+>", "education", address)
            found["/" + address] = sorted(view().known_parameters())
    return found


ADDRESSES = addresses()
KNOWN = ("true", "false", "2019", "410726000000", UID, "2020-06-29T00:00:00+08:00", "2019-06", "2020-06-29", "county")
HUGE = ("9" * 400, "1e400", "99999999999999999999", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "200000000000")
ODD = [*KNOWN, *HUGE, "NaN", "-1", chr(0), chr(0xD800), "'; --", "%", "[]"]
VALUES = st.one_of(st.text(max_size=40), st.integers().map(str), st.sampled_from(ODD))


def judge(response: Any) -> None:
    """An answer, or a problem that tells its place in Chinese."""
    assert response.status_code < 500, response.content
    if response.status_code < 400:
        return
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert CHINESE.search(body["title"])
    for fault in body.get("errors", []):
        assert CHINESE.search(fault["message"])
        assert fault["pointer"]


@pytest.fixture
def caller(yanjin: Division, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A department that may read everything, as often as it likes; the figures' declarations are not the point."""
    monkeypatch.setattr("kernel.rest.throttling._rate", lambda: (10**9, 3600))
    return department(YANJIN, EVERYTHING)


@pytest.mark.parametrize("address", sorted(ADDRESSES))
def test_any_value_of_any_parameter(caller: Client, address: str) -> None:
    names = st.one_of(st.sampled_from([*ADDRESSES[address], "limit"]), st.text(min_size=1, max_size=10))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.tuples(names, VALUES), max_size=4))
    def ask(pairs: list[tuple[str, str]]) -> None:
        query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)
        judge(caller.get(f"{address}?{query}"))

    ask()


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(query=st.binary(max_size=60))
def test_any_bytes_as_a_query(caller: Client, query: bytes) -> None:
    judge(caller.get("/api/v1/labourers/", QUERY_STRING=query.decode("latin-1")))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(body=st.one_of(st.binary(max_size=60), JSON.map(lambda value: json.dumps(value).encode())))
def test_any_body_of_a_match(caller: Client, body: bytes) -> None:
    judge(caller.post("/api/v1/people/match/", body, content_type="application/json"))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    name=st.sampled_from(["x-purpose", "if-none-match", "accept", "content-type", "x-request-id", "if-match", "range"]),
    value=st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=40),
)
def test_any_header(caller: Client, name: str, value: str) -> None:
    judge(caller.get("/api/v1/labourers/", headers={name: value}))


@pytest.mark.parametrize(
    "path",
    [
        "labourers/1/",
        "labourers/%00/",
        "divisions/9999999999999999999999/",
        "divisions/-1/",
        "codelists/%E5%AD%A6/",
        "figures/..%2f/",
        "employment/x'y/",
        "nothing",
        "labourers/" + "a" * 3000 + "/",
    ],
)
def test_any_path(caller: Client, path: str) -> None:
    response = caller.get(f"/api/v1/{path}")
    assert response.status_code == 404
    judge(response)


def test_thousands_of_parameters(caller: Client) -> None:
    judge(caller.get("/api/v1/labourers/?" + "&".join(f"a{number}=1" for number in range(3000))))


def test_a_broken_view_tells_nothing_and_keeps_nothing(
    caller: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("a secret in the message")

    monkeypatch.setattr("kernel.rest.reference.DivisionResource.shape", broken)
    response = caller.get("/api/v1/divisions/")
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert "secret" not in response.content.decode()
    assert "RuntimeError" in caplog.text


def test_messages_stay_chinese_for_an_english_browser(caller: Client, client_as: Callable[..., Client]) -> None:
    response = caller.get("/api/v1/labourers/?sex=9", headers={"accept-language": "en"})
    judge(response)
    assert CHINESE.search(response.json()["errors"][0]["message"])
