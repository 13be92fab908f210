"""Request ids that cannot carry foreign text, and headers on every answer."""

from __future__ import annotations

import uuid

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from kernel.web.middleware import HeadersMiddleware, RequestIdMiddleware


def test_a_well_formed_request_id_is_kept() -> None:
    request = RequestFactory().get("/", headers={"X-Request-ID": "abc-12345"})
    answer = RequestIdMiddleware(lambda request: HttpResponse(request.request_id))(request)  # type: ignore[attr-defined]
    assert (answer.content, answer.headers["X-Request-ID"]) == (b"abc-12345", "abc-12345")  # type: ignore[attr-defined]


@pytest.mark.parametrize("offered", ["", "short", "x" * 65, "abc 12345", "abc\n12345", "编号编号编号编号", "abc_12345"])
def test_any_other_request_id_is_replaced(offered: str) -> None:
    request = RequestFactory().get("/", HTTP_X_REQUEST_ID=offered)
    answer = RequestIdMiddleware(lambda request: HttpResponse())(request)
    assert str(uuid.UUID(answer.headers["X-Request-ID"])) == answer.headers["X-Request-ID"]


def test_headers_are_added_and_a_view_may_be_stricter() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Referrer-Policy": "no-referrer"})

    answer = HeadersMiddleware(view)(RequestFactory().get("/"))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
