"""Attacks by somebody who is signed in, and by somebody who is not: each is refused and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kernel.accounts.models import Appointment, User
from kernel.audit.models import Event
from kernel.jobs.models import Job
from kernel.wall.scope import EVERYWHERE, Scope, open_scope
from labour.models import EmploymentSpell, Person
from tests.conftest import SECOND, YANJIN
from tests.house.eyes import MISSING, rows_of
from tests.house.test_verbs import arguments, named_routes
from tests.house.world import HERE, NEIGHBOUR, OTHER_COUNTY, OTHER_TOWNSHIP, PLACES, TOWNSHIP, Ledger
from tests.labour.ledger import opened, stored

pytestmark = pytest.mark.django_db
As = Callable[..., Client]
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def everything(model: Any, **fields: Any) -> Any:
    with open_scope(Scope(*EVERYWHERE)):
        return model.objects.filter(**fields).count()


# -- ids of another place in form fields


def new_spell(whose: Person, **changes: str) -> dict[str, str]:
    return {
        "person": str(whose.pk), "start": "2020-01", "end": "", "place_province": "河南省", "place_city": "新乡市",
        "place_county": "延津县", "employer": "", "employer_name": "试厂", "industry": "agriculture", "channel": "other",
        "wage_fen": "2000", **changes,
    }  # fmt: skip


def test_a_spell_of_a_person_elsewhere_is_not_entered(ledger: Ledger, client_as: As) -> None:
    client, before = client_as("township", TOWNSHIP), rows_of(EmploymentSpell)
    address = reverse("admin:labour_employmentspell_add")
    answers = []
    for key in (ledger.people[OTHER_TOWNSHIP].pk, ledger.people[OTHER_COUNTY].pk, MISSING):
        form = new_spell(ledger.people[HERE], person=str(key))
        response = client.post(address, form)
        assert response.status_code == 200
        text = response.content.decode()
        assert not [name for place, name in PLACES.items() if place in (OTHER_TOWNSHIP, OTHER_COUNTY) and name in text]
        answers.append(str(response.context_data["errors"]))
    assert len(set(answers)) == 1, "outside and missing must be told alike"
    foreign = new_spell(ledger.people[HERE], employer=str(ledger.employers[SECOND].pk))
    assert client.post(address, foreign).status_code == 200
    assert rows_of(EmploymentSpell) == before
    assert client.post(address, new_spell(ledger.people[HERE])).status_code == 302
    assert len(rows_of(EmploymentSpell)) == len(before) + 1


def test_a_person_is_not_put_into_a_household_elsewhere(ledger: Ledger, client_as: As) -> None:
    client, person = client_as("township", TOWNSHIP), ledger.people[HERE]
    form, before = opened(client, person), stored(person)
    for key in (
        ledger.people[OTHER_TOWNSHIP].household_id,
        ledger.people[OTHER_COUNTY].household_id,
        MISSING,
        "x",
        "1e3",
    ):
        assert (
            client.post(
                reverse("admin:labour_person_change", args=[person.pk]), form | {"household": str(key)}
            ).status_code
            == 200
        )
    household = ledger.people[HERE].household
    moved = opened(client, household)
    for place in (OTHER_TOWNSHIP, OTHER_COUNTY, YANJIN, SECOND, 0, -1):
        address = reverse("admin:labour_household_change", args=[household.pk])
        assert client.post(address, moved | {"village": str(place)}).status_code == 200, place
    assert (stored(person).household_id, stored(person).village_id) == (before.household_id, before.village_id)


# -- fields that no form has


def test_fields_that_are_not_on_the_form_are_not_taken(ledger: Ledger, client_as: As) -> None:
    client, person = client_as("clerk", YANJIN), ledger.people[HERE]
    before = stored(person)
    extra = {
        "village": str(NEIGHBOUR), "village_id": str(NEIGHBOUR), "county": str(SECOND), "uid": str(ledger.people[NEIGHBOUR].uid),
        "act": "1", "id": str(ledger.people[NEIGHBOUR].pk), "pk": "1", "created_at": "2001-01-01", "version": "99",
        "name_pinyin": "x", "id_index": "00", "phone_index": "00", "household_id": "1",
    }  # fmt: skip
    address = reverse("admin:labour_person_change", args=[person.pk])
    assert client.post(address, opened(client, person) | {"name": "魏改名"} | extra).status_code == 302
    after = stored(person)
    assert after.name == "魏改名"
    for field in ("village_id", "county", "uid", "act", "pk", "created_at", "id_index", "phone_index", "household_id"):
        assert getattr(after, field) == getattr(before, field), field
    assert after.version == before.version + 1


def test_an_account_is_not_raised_by_extra_fields(client_as: As, appoint: Callable[..., User]) -> None:
    client, victim = client_as("system", YANJIN), appoint("village", HERE)
    address = reverse("admin:accounts_user_change", args=[victim.pk])
    form = {
        "full_name": "改名", "home": str(HERE), "is_active": "on", "is_superuser": "on", "is_staff": "on", "is_service": "on",
        "password": "x", "role": "clerk", "appointments-0-role": "clerk", "username": "root", "must_change_password": "",
    }  # fmt: skip
    assert client.post(address, form).status_code == 302
    victim.refresh_from_db()
    assert (victim.full_name, victim.is_service, victim.username) == ("改名", False, victim.username)
    assert victim.check_password("Yanjin-2020!")
    assert list(Appointment.objects.filter(user=victim).values_list("role", flat=True)) == ["village"]


@pytest.mark.parametrize("role", ["system", "security"])
def test_a_query_string_does_not_spell_out_a_hash(role: str, client_as: As, appoint: Callable[..., User]) -> None:
    client, victim = client_as(role, YANJIN), appoint("clerk", YANJIN)
    lists = {
        "accounts_user": ("password__startswith", victim.password[:8]),
        "accounts_appointment": ("user__password__startswith", victim.password[:8]),
        "accounts_departmentclient": ("application__client_secret__startswith", "p"),
    }
    for name, (lookup, value) in lists.items():
        address = reverse(f"admin:{name}_changelist")
        assert client.get(address).status_code == 200
        assert client.get(address, {lookup: value}).status_code == 400, name


# -- sessions


def test_nobody_acts_under_somebody_elses_appointment(client_as: As, appoint: Callable[..., User]) -> None:
    client, other = client_as("village", HERE), appoint("clerk", YANJIN)
    assert other.acting is not None
    assert client.post(reverse("accounts:switch"), {"appointment": str(other.acting.pk)}).status_code == 403
    for text in ("", "0", "-1", "x", "9" * 18, "٣", "\0"):
        assert client.post(reverse("accounts:switch"), {"appointment": text}).status_code in {400, 403}, text
    session = client.session
    session["accounts.appointment"] = other.acting.pk
    session.save()
    assert client.get(reverse("headquarters:dashboard", args=[YANJIN])).status_code == 404
    assert client.get(reverse("headquarters:dashboard", args=[HERE])).status_code == 200


@pytest.mark.parametrize("loss", ["disabled", "revoked"])
def test_a_right_that_is_gone_counts_on_the_next_request(loss: str, ledger: Ledger, client_as: As) -> None:
    client = client_as("clerk", YANJIN)
    user: User = client.user  # type: ignore[attr-defined]
    address = reverse("labour:person", args=[ledger.people[HERE].uid])
    assert client.get(address).status_code == 200
    if loss == "disabled":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        Appointment.objects.filter(user=user).update(revoked_at=timezone.now())
    for each in (address, reverse("admin:labour_person_changelist"), "/api/v1/labourers/"):
        response = client.get(each)
        assert response.status_code in {302, 401, 403}, each
        assert PLACES[HERE] not in response.content.decode()


@pytest.mark.parametrize(
    "offered",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "///evil.example",
        "\x00//evil.example",
        "http:evil.example",
    ],
)
def test_after_signing_in_nobody_lands_elsewhere(offered: str, appoint: Callable[..., User]) -> None:
    user, client = appoint("clerk", YANJIN), Client()
    asked = {"username": user.username, "password": "Yanjin-2020!", "next": offered}
    answer = client.post(reverse("accounts:login"), asked)
    assert "evil" not in answer.headers.get("Location", "")
    assert "script" not in answer.headers.get("Location", "")
    for address in (reverse("accounts:set_language"),):
        changed = client.post(address, {"language": "en", "next": offered})
        assert "evil" not in changed.headers.get("Location", ""), address
    again = client.get(reverse("accounts:login"), {"next": offered})
    assert "evil" not in again.headers.get("Location", "")


def test_writing_needs_the_token_of_the_page(ledger: Ledger, appoint: Callable[..., User]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(appoint("clerk", YANJIN), backend="kernel.accounts.backends.RoleBackend")
    filled = arguments(ledger)
    before = (rows_of(Job), rows_of(Person), everything(Event, action="person.unmask"))
    accepted = {}
    for name, _view in named_routes():
        if name in {"accounts:token", "healthz", "api-schema", "api-docs"}:
            continue
        address = reverse(name, kwargs=filled.get(name))
        response = client.post(address, {"purpose": "核对信息"})
        if response.status_code not in {403, 405}:
            accepted[address] = response.status_code
    for model in admin.site._registry:
        prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for address in (
            reverse(f"{prefix}_add"),
            reverse(f"{prefix}_changelist"),
            reverse(f"{prefix}_change", args=[1]),
        ):
            response = client.post(address, {"name": "x", "action": "activate"})
            if response.status_code != 403:
                accepted[address] = response.status_code
    assert accepted == {}
    assert (rows_of(Job), rows_of(Person), everything(Event, action="person.unmask")) == before


def test_cookies_are_not_for_scripts_or_strangers(appoint: Callable[..., User]) -> None:
    user, client = appoint("clerk", YANJIN), Client()
    client.get(reverse("accounts:login"))
    client.post(reverse("accounts:login"), {"username": user.username, "password": "Yanjin-2020!"})
    session = client.cookies["sessionid"]
    assert (session["httponly"], session["samesite"], session["max-age"]) == (True, "Lax", "")
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


# -- what answers carry


@pytest.mark.parametrize("role", ["clerk", "village", "system", "auditor"])
def test_every_answer_carries_its_headers(role: str, ledger: Ledger, client_as: As) -> None:
    place = HERE if role == "village" else YANJIN
    client, filled = client_as(role, place), arguments(ledger)
    pages = [reverse(name, kwargs=filled.get(name)) for name, _ in named_routes()]
    pages += [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]
    pages += ["/nowhere/", "/admin/", "/admin/autocomplete/?app_label=labour&model_name=person&field_name=household"]
    for address in pages:
        response = client.get(address)
        for name, value in HEADERS.items():
            assert response.headers.get(name) == value, (address, name)
        policy = response.headers.get("Content-Security-Policy", "")
        assert "default-src 'self'" in policy, address
        assert "unsafe" not in policy, address
        if response.status_code == 200 and address not in {"/healthz", "/api/v1/schema/", "/api/docs/"}:
            cached = response.headers.get("Cache-Control", "")
            assert "no-store" in cached or "private" in cached, (address, cached)


def test_head_and_options_say_no_more_than_get(ledger: Ledger, client_as: As) -> None:
    client = client_as("village", HERE)
    hidden = {name for place, name in PLACES.items() if place != HERE}
    rows = [*ledger.people.values()]
    for person in rows:
        for address in (reverse("labour:person", args=[person.uid]), f"/api/v1/labourers/{person.uid}/?year=2019"):
            got = client.get(address)
            for method in ("HEAD", "OPTIONS", "TRACE"):
                answer = client.generic(method, address)
                assert answer.status_code in {got.status_code, 200, 403, 404, 405}, (method, address)
                if got.status_code == 404 and method == "HEAD":
                    assert answer.status_code == 404
                assert not [name for name in hidden if name in answer.content.decode()], (method, address)
    found, missing = (client.options(f"/api/v1/labourers/{uid}/") for uid in (rows[-1].uid, rows[0].uid))
    assert (found.status_code, found.content) == (missing.status_code, missing.content)


def test_error_pages_name_nobody(ledger: Ledger, client_as: As) -> None:
    client = client_as("township", TOWNSHIP)
    person = ledger.people[OTHER_TOWNSHIP]
    assert person.id_number is not None
    asked = [
        client.get(f"/p/{person.uid}/"), client.get("/labour/?state=x"), client.get(f"/labour/?d={person.name}"),
        client.post(f"/p/{person.uid}/numbers/", {"purpose": person.name}), client.get(f"/d/{OTHER_TOWNSHIP}/"),
        client.post("/api/v1/people/match/", json.dumps({"id_number": person.id_number.reveal()}), content_type="application/json"),
    ]  # fmt: skip
    for response in asked[:2] + asked[3:]:
        text = response.content.decode()
        assert response.status_code in {400, 404}
        assert person.name not in text
        assert person.id_number.reveal() not in text
        assert "Traceback" not in text
