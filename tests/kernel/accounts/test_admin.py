"""The administrators' pages: own county, own powers, secrets shown once and stored nowhere."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from kernel.accounts.models import Appointment, DepartmentClient, SecurityPolicy, User
from kernel.accounts.services import create_user
from kernel.audit.models import Event
from kernel.clock import today
from kernel.divisions.models import Division

YANJIN, SECOND, TOWNSHIP = 410726000000, 410799000000, 410726103000
ClientAs = Callable[..., Client]
Appoint = Callable[..., User]
pytestmark = pytest.mark.django_db


def shown(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return re.findall(r"<code>(.*?)</code>.*?<code>(.*?)</code>", answer.content.decode())


def test_a_created_account_is_usable_with_the_password_shown_once(client_as: ClientAs) -> None:
    system = client_as("system")
    answer = system.post("/admin/accounts/user/add/", {"username": "li.si", "full_name": "李四", "home": str(TOWNSHIP)})
    [(name, password)] = shown(answer)
    assert name == "li.si"
    user = User.objects.get(username="li.si")
    assert user.check_password(password.replace("&amp;", "&").replace("&#x27;", "'"))
    assert user.must_change_password
    made = Event.objects.select_related("act").get(action="user.created")
    assert (made.act.actor_id, made.object_id) == (system.user.pk, str(user.pk))


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"username": "", "full_name": "李四", "home": str(TOWNSHIP)}, 200),
        ({"username": "a b", "full_name": "李四", "home": str(TOWNSHIP)}, 200),
        ({"username": "ok", "full_name": "李四", "home": "x"}, 200),
        ({"username": "ok", "full_name": "李四", "home": "9" * 30}, 200),
        ({"username": "ok", "full_name": "李四", "home": "１"}, 200),
        ({"username": "ok", "full_name": "李四", "home": str(SECOND)}, 403),
    ],
)
def test_a_wrong_form_creates_nobody(client_as: ClientAs, data: dict[str, str], status: int) -> None:
    system = client_as("system")
    assert system.post("/admin/accounts/user/add/", data).status_code == status
    assert User.objects.count() == 1


def test_other_counties_accounts_are_not_there(client_as: ClientAs, appoint: Appoint) -> None:
    stranger = appoint("clerk", SECOND)
    system = client_as("system")
    page = system.get("/admin/accounts/user/").content.decode()
    assert system.user.username in page
    assert stranger.username not in page
    assert system.get(f"/admin/accounts/user/{stranger.pk}/change/").status_code == 302
    assert system.get("/admin/accounts/appointment/").status_code == 200


def test_no_hash_is_on_any_page(client_as: ClientAs) -> None:
    system = client_as("system")
    page = system.get(f"/admin/accounts/user/{system.user.pk}/change/")
    assert page.status_code == 200
    assert system.user.password not in page.content.decode()
    assert 'name="password"' not in page.content.decode()


def test_disabling_through_the_page(client_as: ClientAs, appoint: Appoint) -> None:
    clerk = appoint("clerk")
    data = {"username": clerk.username, "full_name": "新名", "home": str(YANJIN)}
    answer = client_as("system").post(f"/admin/accounts/user/{clerk.pk}/change/", data)
    assert answer.status_code == 302
    clerk.refresh_from_db()
    assert (clerk.is_active, clerk.full_name) == (False, "新名")
    assert Event.objects.filter(action="user.disabled", object_id=str(clerk.pk)).exists()


def test_the_reset_action_shows_the_new_password_once(client_as: ClientAs, appoint: Appoint) -> None:
    clerk = appoint("clerk")
    answer = client_as("system").post(
        "/admin/accounts/user/", {"action": "give_new_password", "_selected_action": [clerk.pk]}
    )
    [(name, _password)] = shown(answer)
    assert name == clerk.username
    clerk.refresh_from_db()
    assert clerk.must_change_password
    assert not clerk.check_password("Yanjin-2020!")


@pytest.mark.parametrize("role", ["security", "logkeeper", "clerk", "approver", "auditor"])
def test_only_the_system_administrator_opens_accounts(client_as: ClientAs, role: str) -> None:
    assert client_as(role).get("/admin/accounts/user/add/").status_code == 403


@pytest.mark.parametrize("role", ["system", "logkeeper", "clerk", "finance", "leader"])
def test_only_the_security_administrator_grants(client_as: ClientAs, role: str) -> None:
    browser = client_as(role)
    for page in ("appointment", "securitypolicy", "departmentclient"):
        assert browser.get(f"/admin/accounts/{page}/add/").status_code in {302, 403}


def newcomer() -> User:
    return create_user(
        username="newcomer",
        full_name="新人",
        home=Division.objects.get(pk=TOWNSHIP),
        password="Yanjin-2020!",
        must_change_password=False,
    )


def grant_data(user: User, role: str, division: int) -> dict[str, str]:
    return {
        "user": str(user.pk), "role": role, "division": str(division), "valid_from": today().isoformat(), "valid_to": ""
    }  # fmt: skip


def test_granting_and_revoking_through_the_pages(client_as: ClientAs) -> None:
    security, user = client_as("security"), newcomer()
    url = "/admin/accounts/appointment/"
    assert security.post(f"{url}add/", grant_data(user, "township", TOWNSHIP)).status_code == 302
    granted = Appointment.objects.get(user=user)
    assert (granted.role, granted.granted_by_id) == ("township", security.user.pk)
    assert security.get(f"{url}{granted.pk}/change/").status_code == 200
    security.post(f"{url}{granted.pk}/change/", {"role": "clerk", "division": str(YANJIN)})
    granted.refresh_from_db()
    assert granted.role == "township"
    security.post(url, {"action": "revoke", "_selected_action": [granted.pk]})
    assert not user.appointments_today().exists()


@pytest.mark.parametrize(("role", "division"), [("township", YANJIN), ("clerk", TOWNSHIP), ("department", YANJIN)])
def test_a_wrong_grant_is_explained_on_the_form(client_as: ClientAs, role: str, division: int) -> None:
    user = newcomer()
    answer = client_as("security").post("/admin/accounts/appointment/add/", grant_data(user, role, division))
    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()
    assert not Appointment.objects.filter(user=user).exists()


def test_a_grant_in_another_county_is_refused(client_as: ClientAs) -> None:
    user = newcomer()
    answer = client_as("security").post("/admin/accounts/appointment/add/", grant_data(user, "clerk", SECOND))
    assert answer.status_code == 403
    assert not Appointment.objects.filter(user=user).exists()


def policy(**changes: Any) -> dict[str, Any]:
    return {
        "valid_from": "2020-06-01", "password_length": 12, "password_classes": 3, "password_days": 60,
        "password_memory": 5, "idle_minutes": 20, "session_hours": 6, "totp_roles": ["system", "finance"],
    } | changes  # fmt: skip


def test_the_policy_is_data_within_limits(client_as: ClientAs) -> None:
    security = client_as("security")
    url = "/admin/accounts/securitypolicy/add/"
    for wrong in ({"password_length": 4}, {"session_hours": 99}, {"idle_minutes": 0}, {"totp_roles": ["king"]}):
        assert security.post(url, policy(**wrong)).status_code == 200
    assert not SecurityPolicy.objects.exists()
    assert security.post(url, policy()).status_code == 302
    assert SecurityPolicy.now().totp_roles == ["system", "finance"]
    assert Event.objects.get(action="policy.changed").division == YANJIN


def registration(**changes: Any) -> dict[str, Any]:
    return {
        "name": "医保局", "owner": "县医疗保障局", "purpose": "核对", "legal_basis": "条例", "division": str(YANJIN),
        "scopes": ["labour:read"], "valid_to": (today() + dt.timedelta(days=90)).isoformat(), "addresses": "10.0.0.0/8",
    } | changes  # fmt: skip


def test_a_department_is_registered_with_its_secret_shown_once(client_as: ClientAs) -> None:
    security = client_as("security")
    url = "/admin/accounts/departmentclient/"
    for wrong in ({"addresses": "10.0"}, {"scopes": ["everything"]}, {"scopes": []}, {"purpose": ""}):
        assert security.post(f"{url}add/", registration(**wrong)).status_code == 200
    assert not DepartmentClient.objects.exists()
    [(identity, secret)] = shown(security.post(f"{url}add/", registration()))
    made = DepartmentClient.objects.get()
    assert made.application.client_id == identity
    page = security.get(f"{url}{made.pk}/change/").content.decode()
    assert identity in page
    assert secret not in page
    assert made.application.client_secret not in page
    [(again, renewed)] = shown(security.post(url, {"action": "give_new_secret", "_selected_action": [made.pk]}))
    assert again == identity
    assert renewed != secret
    changed = registration(scopes=["figures:read"], addresses="", is_active="")
    assert security.post(f"{url}{made.pk}/change/", changed).status_code == 302
    made.refresh_from_db()
    assert (made.scopes, made.is_active, made.addresses) == (["figures:read"], False, [])


def test_borrowed_tables_are_not_in_the_ledger_room() -> None:
    borrowed = {"auth", "axes", "oauth2_provider", "otp_totp"}
    assert not {model._meta.app_label for model in admin.site._registry} & borrowed


def test_the_admins_own_password_page_is_ours(client_as: ClientAs) -> None:
    assert client_as("system").get("/admin/password_change/").headers["Location"] == "/account/password/"
