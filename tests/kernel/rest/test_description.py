"""The interface's description: its page runs under the strict policy, its document is complete."""

from __future__ import annotations

import re

import pytest
from django.core.checks import run_checks
from django.test import Client

from kernel.rest.checks import check_declarations, rest_views
from kernel.rest.lists import ReadView
from kernel.rest.permissions import PUBLIC

pytestmark = pytest.mark.django_db


def test_the_document_is_open_and_chinese() -> None:
    response = Client().get("/api/v1/schema/")
    document = response.json()
    assert response["Content-Type"] == "application/vnd.oai.openapi+json"
    assert document["paths"]["/api/v1/labourers/"]["get"]["summary"] == "劳动力列表"
    schemes = document["components"]["securitySchemes"]
    assert schemes["oauth2"]["flows"]["clientCredentials"]["tokenUrl"] == "/api/v1/oauth/token/"
    assert "labour:pii" in schemes["oauth2"]["flows"]["clientCredentials"]["scopes"]


def test_every_operation_has_title_scope_and_refusals() -> None:
    document = Client().get("/api/v1/schema/").json()
    for address, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], address
            assert operation["tags"], address
            unsaid = [each["name"] for each in operation.get("parameters", []) if not each.get("description")]
            assert not set(unsaid) - {"uid", "code", "name"}, address
            assert operation["security"][0]["oauth2"], address
            assert {"400", "401", "403", "404", "429"} <= set(operation["responses"]), address
            assert operation["responses"]["200"]["content"]["application/json"]["examples"], address


def test_the_page_needs_nothing_that_the_policy_forbids() -> None:
    page = Client().get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    assert not re.search(r"<style|style=|onload=|<script>", text)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert addresses
    assert all(address.startswith("/") for address in addresses)
    script = Client().get(next(address for address in addresses if "script" in address))
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema/" in script.content.decode().replace("\\u002D", "-")


def test_every_view_declares_verb_and_scope() -> None:
    views = dict(rest_views())
    assert len(views) > 15
    assert check_declarations() == []
    public = {route for route, view in views.items() if view.permission == PUBLIC}
    assert public == {"api/docs/", "api/v1/schema/"}
    assert not [each for each in run_checks(tags=["rest"]) if each.id.startswith("rest.")]


def test_a_view_that_declares_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    views = dict(rest_views())
    view = views["api/v1/labourers/"]
    monkeypatch.setattr(view, "permission", "")
    assert [each.id for each in check_declarations()] == ["rest.E001"]
    monkeypatch.setattr(view, "permission", "labour.invented")
    assert [each.id for each in check_declarations()] == ["rest.E002"]


def test_an_example_has_exactly_the_fields_of_the_schema() -> None:
    for route, view in rest_views():
        if not issubclass(view, ReadView):
            continue
        fields = view.serializer_class().fields
        required = [name for name, field in fields.items() if field.required]
        assert list(view.example) == required, route
