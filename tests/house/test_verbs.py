"""The role table and the running system say the same, both ways: whatever it marks is answered, whatever it does not is 403."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse

from kernel.accounts.roles import ADMINISTRATORS, Role, all_permissions, may
from kernel.divisions.codes import level_of, range_of
from kernel.exchange.registry import importers
from kernel.jobs.registry import kinds
from kernel.rest.checks import rest_views
from kernel.rest.permissions import READ_API
from kernel.wall.scope import EVERYWHERE, Scope, open_scope
from kernel.web.navigation import configured_navigation
from kernel.web.pages import PUBLIC, SIGNED_IN, registered_pages
from tests.conftest import YANJIN
from tests.factories.subsidies import ConditionFactory, TermsFactory
from tests.house.eyes import MISSING
from tests.house.test_routes import routes
from tests.house.world import HERE, TOWNSHIP, Ledger

ROOT = Path(__file__).parents[2]
OURS = ("kernel", "labour", "subsidies", "headquarters", "yanjin")
HOME = {"township": TOWNSHIP, "village": HERE}
VERBS = {"view": "changelist", "add": "add", "change": "change", "delete": "delete"}


def home_of(role: str) -> int:
    return HOME.get(role, YANJIN)


def arguments(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """What the addresses of pages and REST are filled in with."""
    person, employer = ledger.people[HERE].uid, ledger.employers[YANJIN].uid
    upload, job = {"uid": ledger.uploads[TOWNSHIP].uid}, {"uid": ledger.jobs[TOWNSHIP].uid}
    found: dict[str, dict[str, Any]] = {
        "labour:person": {"uid": person},
        "labour:unmask": {"uid": person},
        "labour:employer": {"uid": employer},
        "labour:export": {"kind": "people"},
        "headquarters:dashboard": {"code": HERE},
        "headquarters:figure": {"code": HERE, "figure_code": "F01"},
        "exchange:new": {"code": "labour.people"},
        "exchange:template": {"code": "labour.people"},
        "api-labourer": {"uid": person},
        "api-employer": {"uid": employer},
        "api-spell": {"uid": ledger.spells[HERE].uid},
        "api-entitlement": {"uid": ledger.awards[HERE].uid},
        "api-division": {"code": HERE},
        "api-codelist": {"name": "ability"},
        "api-figure": {"code": "F01"},
    }
    found |= {f"exchange:{name}": upload for name in ("upload", "progress", "annotated", "commit", "undo", "cancel")}
    found |= {f"exchange:{name}": upload for name in ("ignore", "choose")}
    return found | {f"jobs:{name}": job for name in ("detail", "progress", "cancel", "retry")}


def named_routes() -> Iterator[tuple[str, Any]]:
    """`namespace:name` and view of every route outside the ledger room."""
    for path, pattern in routes():
        if not path.startswith("admin/"):
            prefix = next((name for name, where in namespaces().items() if pattern in where), "")
            yield f"{prefix}:{pattern.name}" if prefix else str(pattern.name), pattern.callback


def namespaces() -> dict[str, list[Any]]:
    return {each.app_name: each.url_patterns for each in get_resolver().url_patterns if getattr(each, "app_name", "")}


def is_refused(response: Any) -> bool:
    """403; a way round by the login page would be one, too, but is not what a signed-in user should get."""
    location = response.headers.get("Location", "")
    assert not location.startswith(reverse("accounts:login")), response.request["PATH_INFO"]
    return bool(response.status_code == 403)


def disagreements(client: Client, asked: list[tuple[str, str, bool]]) -> list[str]:
    """(method, address, expected) that the system answers otherwise."""
    wrong = []
    for method, address, expected in asked:
        response = (
            client.generic(method, address, b"{}", content_type="application/json")
            if address.startswith("/api/")
            else client.generic(method, address, b"", content_type="application/x-www-form-urlencoded")
        )
        if response.status_code == 405:
            continue
        if is_refused(response) == expected:
            wrong.append(
                f"{method} {address}: {response.status_code}, the table says {'may' if expected else 'may not'}"
            )
    return wrong


def holds(role: str, permission: str) -> bool:
    return permission in {PUBLIC, SIGNED_IN, ""} or may(role, permission)


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_pages_answer_as_the_table_says(role: str, ledger: Ledger, client_as: Callable[..., Client]) -> None:
    filled, asked, reached = arguments(ledger), [], set()
    for name, view in named_routes():
        permission = getattr(view, "permission", "")
        if not permission or permission == PUBLIC or (view not in registered_pages() and not hasattr(view, "writes")):
            continue
        reached.add(name)
        address = reverse(name, kwargs=filled.get(name))
        asked.append(("GET", address, holds(role, permission)))
        asked.append(("POST", address, holds(role, permission) and holds(role, view.writes)))
    assert len(reached) > 25
    assert disagreements(client_as(role, home_of(role)), asked) == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_rest_answers_as_the_table_says(role: str, ledger: Ledger, client_as: Callable[..., Client]) -> None:
    filled, asked = arguments(ledger), []
    views = {view for _, view in rest_views()}
    for name, callback in named_routes():
        view = getattr(callback, "cls", None)
        if view in views and view.permission != PUBLIC:
            expected = may(role, READ_API) and may(role, view.permission)
            method = "POST" if "post" in view.http_method_names else "GET"
            asked.append((method, reverse(name, kwargs=filled.get(name)), expected))
    assert len(asked) > 10
    assert disagreements(client_as(role, home_of(role)), asked) == []


def row_for(model: type[models.Model], role: str) -> int:
    """A row in the role's reach where there is one; terms that are a draft, because others are frozen."""
    rows: Any = model._default_manager.order_by("pk")
    names = {field.name for field in model._meta.get_fields()}
    span = range_of(home_of(role), level_of(home_of(role)))
    if model._meta.label == "subsidies.Terms":
        rows = rows.filter(state="draft")
    if "village" in names:
        rows = rows.filter(village__gte=span.lo, village__lt=span.hi)
    return rows.values_list("pk", flat=True).first() or MISSING


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_the_ledger_room_answers_as_the_table_says(
    role: str, ledger: Ledger, client_as: Callable[..., Client], acting: Callable[..., Any]
) -> None:
    with acting(YANJIN):
        ConditionFactory(terms=TermsFactory(village_id=YANJIN))
    client, asked = client_as(role, home_of(role)), []
    enters = may(role, "web.enter_admin")
    for model in admin.site._registry:
        label, name = model._meta.app_label, model._meta.model_name
        with open_scope(Scope(*EVERYWHERE)):
            key = row_for(model, role)
        for verb, door in VERBS.items():
            expected = enters and may(role, f"{label}.{verb}_{name}")
            address = reverse(f"admin:{label}_{name}_{door}", args=[key] if door in {"change", "delete"} else [])
            looks = expected or (verb == "change" and enters and may(role, f"{label}.view_{name}"))
            asked.append(("GET", address, looks))
            if verb in {"add", "change"}:
                asked.append(("POST", address, expected))
    asked.append(("GET", reverse("admin:index"), enters))
    assert disagreements(client, asked) == []


def used_permissions() -> set[str]:
    """Every permission that some door, job, import, navigation entry or line of code asks for."""
    used = {
        name
        for each in registered_pages()
        if each.__module__.startswith(OURS)
        for name in (each.permission, each.writes)
    }
    for _, view in rest_views():
        used |= {view.permission, view.unmask_permission if hasattr(view, "unmask_permission") else ""}
    used |= {each.permission for each in kinds().values()} | {each.permission for each in importers().values()}
    used |= {each.permission for each in configured_navigation()} | {READ_API}
    labels = {config.label for config in apps.get_app_configs()}
    for path in sources():
        found = re.findall(r"[\"']([a-z]+\.[a-z]+_?[a-z_]*)[\"']", path.read_text(encoding="utf-8"))
        used |= {each for each in found if each in all_permissions() and each.split(".")[0] in labels | {"web"}}
    return (used | set(ledger_permissions())) - {"", PUBLIC, SIGNED_IN}


def sources() -> list[Path]:
    return [path for app in OURS for path in (ROOT / app).rglob("*.py") if "/migrations/" not in str(path)]


class Almighty:
    """Holds every permission, so that only what a room never allows is left out."""

    is_active = is_staff = is_authenticated = True

    def has_perm(self, permission: str, obj: object = None) -> bool:
        return True


def ledger_permissions() -> Iterator[str]:
    """Model permissions that a room of the ledger, or a table inside one, asks for."""
    request: Any = RequestFactory().get("/")
    request.user = Almighty()
    for model, room in admin.site._registry.items():
        for each in (room, *(inline(model, admin.site) for inline in room.inlines)):
            for verb in VERBS:
                arguments = () if verb == "add" and each is room else (None,)
                if getattr(each, f"has_{verb}_permission")(request, *arguments):
                    yield f"{each.model._meta.app_label}.{verb}_{each.model._meta.model_name}"


def test_every_permission_of_the_table_is_asked_for_somewhere() -> None:
    assert all_permissions() - used_permissions() == set()


def test_every_permission_asked_for_is_in_the_table() -> None:
    declared = {
        name
        for each in registered_pages()
        if each.__module__.startswith(OURS)
        for name in (each.permission, each.writes)
    }
    declared |= {each.permission for each in kinds().values()} | {each.permission for each in importers().values()}
    declared |= {each.permission for each in configured_navigation()}
    pattern = re.compile(r"(?:has_perm|require|require_authority|may)\([^()]*?[\"']([a-z]+\.[a-z_]+)[\"']")
    for path in sources():
        declared |= set(pattern.findall(path.read_text(encoding="utf-8")))
    assert declared - {"", PUBLIC, SIGNED_IN} - all_permissions() == set()


def test_nobody_holds_what_separates_the_administrators() -> None:
    granted = {role: {name for name in all_permissions() if may(role, name)} for role in Role.values}
    business = set(Role.values) - ADMINISTRATORS
    for role in ADMINISTRATORS:
        assert not {name for name in granted[role] if name.startswith(("labour.", "subsidies.", "exchange."))}, role
    for role in business:
        assert not {name for name in granted[role] if name.startswith("accounts.")}, role
    for verb in ("accounts.add_user", "accounts.add_appointment", "accounts.change_securitypolicy"):
        assert len([role for role in Role.values if verb in granted[role]]) == 1, verb
    assert json.dumps(sorted(granted["leader"])).count("change_") == 0
