"""Accounts, appointments, passwords: the rules, and that each write leaves its event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from kernel.accounts.models import Appointment, PasswordHistory, SecurityPolicy, User
from kernel.accounts.passwords import count_classes
from kernel.accounts.policy import forget_policy
from kernel.accounts.roles import ADMINISTRATORS, Role
from kernel.accounts.services import (
    appoint as grant,
)
from kernel.accounts.services import (
    change_own_password,
    create_user,
    disable_user,
    end_appointment,
    initial_password,
    reset_password,
    reset_second_factor,
    update_user,
)
from kernel.audit.models import Event
from kernel.clock import today
from kernel.divisions.models import Division

YANJIN, SECOND, TOWNSHIP, VILLAGE = 410726000000, 410799000000, 410726103000, 410726103210
Appoint = Callable[..., User]
pytestmark = pytest.mark.django_db


def place(code: int) -> Division:
    return Division.objects.get(pk=code)


def make(name: str = "newcomer", code: int = YANJIN, **fields: Any) -> User:
    return create_user(
        **{"username": name, "full_name": "新人", "home": place(code), "password": "Yanjin-2020!"} | fields
    )


def events(obj: Any) -> list[str]:
    rows = Event.objects.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk)).order_by("pk")
    return list(rows.values_list("action", flat=True))


def test_a_new_account_can_do_nothing_until_it_is_appointed(client: Client) -> None:
    user = make()
    assert user.must_change_password
    assert events(user) == ["user.created"]
    client.post("/login/", {"username": user.username, "password": "Yanjin-2020!"})
    assert client.get("/").status_code == 403


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"username": "with space"}, "username"),
        ({"username": ""}, "username"),
        ({"full_name": "  "}, "full_name"),
        ({"password": "Short-1"}, "password"),
        ({"password": "onlysmallletters"}, "password"),
        ({"password": "Aa1!" * 40}, "password"),
    ],
)
def test_a_malformed_account_is_refused_field_by_field(fields: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        make(**fields)
    assert field in refusal.value.message_dict
    assert not User.objects.filter(home_id=YANJIN).exists()


def test_an_account_name_exists_once() -> None:
    make()
    with pytest.raises(ValidationError, match="已有这个账号"):
        make()


@pytest.mark.parametrize(
    ("role", "code", "word"),
    [
        ("township", YANJIN, "乡镇"),
        ("township", VILLAGE, "乡镇"),
        ("village", TOWNSHIP, "村"),
        ("clerk", TOWNSHIP, "县"),
        ("system", VILLAGE, "县"),
        ("king", YANJIN, "没有这个角色"),
    ],
)
def test_each_role_has_its_level(role: str, code: int, word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        grant(user=make(), role=role, division=place(code))


def test_pseudo_units_hold_no_posts() -> None:
    unit = Division.objects.filter(is_statistical=True, level="village").first()
    assert unit is not None
    with pytest.raises(ValidationError, match="统计用单位"):
        grant(user=make(), role="village", division=unit)


def test_a_division_that_is_over_takes_no_appointment() -> None:
    Division.objects.filter(pk=VILLAGE).update(valid_to=today() - dt.timedelta(days=1))
    with pytest.raises(ValidationError, match="有效期"):
        grant(user=make(), role="village", division=place(VILLAGE))


@pytest.mark.parametrize("other", sorted(set(Role.values) - {"department", "system", "township", "village"}))
def test_an_administrator_is_nothing_else(other: str) -> None:
    user = make()
    grant(user=user, role="system", division=place(YANJIN))
    with pytest.raises(ValidationError, match="管理员"):
        grant(user=user, role=other, division=place(YANJIN))


def test_a_business_account_does_not_become_an_administrator() -> None:
    user = make()
    first = grant(user=user, role="clerk", division=place(YANJIN))
    with pytest.raises(ValidationError, match="管理员"):
        grant(user=user, role="security", division=place(YANJIN))
    end_appointment(appointment=first)
    assert grant(user=user, role="security", division=place(YANJIN)).pk
    assert events(first) == ["right.granted", "right.revoked"]


def test_the_database_refuses_two_administrator_roles_too() -> None:
    user = make()
    fields = {"user": user, "division": place(YANJIN)}
    Appointment.objects.create(role="system", **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(role="logkeeper", **fields)


def test_several_business_roles_fit_one_person_but_none_twice() -> None:
    user = make()
    grant(user=user, role="township", division=place(TOWNSHIP))
    grant(user=user, role="village", division=place(VILLAGE))
    with pytest.raises(ValidationError, match="相同"):
        grant(user=user, role="village", division=place(VILLAGE))
    assert user.appointments_today().count() == 2


def test_dates_of_an_appointment_are_in_order() -> None:
    with pytest.raises(ValidationError, match="止期"):
        grant(user=make(), role="clerk", division=place(YANJIN), valid_to=today() - dt.timedelta(days=1))


def test_people_and_systems_are_told_apart() -> None:
    with pytest.raises(ValidationError, match="对接账号"):
        grant(user=make(), role="department", division=place(YANJIN))
    service = make("service", is_service=True)
    assert not service.has_usable_password()
    with pytest.raises(ValidationError, match="对接账号"):
        grant(user=service, role="clerk", division=place(YANJIN))


def test_an_administrator_acts_inside_the_own_county_only(appoint: Appoint) -> None:
    system, security = appoint("system"), appoint("security")
    stranger = make("stranger", SECOND)
    for attempt in (
        lambda: make("x", SECOND, by=system),
        lambda: disable_user(user=stranger, by=system),
        lambda: reset_password(user=stranger, password="Yanjin-2021!", by=system),
        lambda: reset_second_factor(user=stranger, by=system),
        lambda: update_user(user=stranger, full_name="别人", home=place(YANJIN), is_active=True, by=system),
        lambda: grant(user=stranger, role="clerk", division=place(YANJIN), by=security),
        lambda: grant(user=make("home"), role="clerk", division=place(SECOND), by=security),
    ):
        with pytest.raises(PermissionDenied, match="管辖"):
            attempt()


def test_powers_are_separated(appoint: Appoint) -> None:
    system, security, logkeeper, clerk = (appoint(role) for role in ("system", "security", "logkeeper", "clerk"))
    user = make("made-by-system", by=system)
    granted = grant(user=user, role="clerk", division=place(YANJIN), by=security)
    assert granted.granted_by == security
    for by in (security, logkeeper, clerk):
        with pytest.raises(PermissionDenied, match="权限"):
            make("no", by=by)
    for by in (system, logkeeper, clerk):
        with pytest.raises(PermissionDenied, match="权限"):
            end_appointment(appointment=granted, by=by)
    with pytest.raises(PermissionDenied, match="自己"):
        grant(user=security, role="security", division=place(YANJIN), by=security)
    with pytest.raises(PermissionDenied, match="自己"):
        disable_user(user=system, by=system)


def test_disabling_and_enabling_are_named_in_the_log() -> None:
    user = make()
    disable_user(user=user, reason="离职")
    update_user(user=user, full_name="新名", home=place(YANJIN), is_active=True)
    update_user(user=user, full_name="新名", home=place(YANJIN), is_active=True)
    assert events(user) == ["user.created", "user.disabled", "user.enabled"]
    assert Event.objects.get(action="user.enabled").detail == {"fields": ["full_name", "is_active"]}


def test_a_reset_password_must_be_changed_and_ends_sessions(client_as: Callable[..., Client]) -> None:
    client = client_as("clerk")
    reset_password(user=User.objects.get(pk=client.user.pk), password="Another-2020!")
    assert client.get("/account/password/").status_code == 302
    client.post("/login/", {"username": client.user.username, "password": "Another-2020!"})
    assert client.get("/account/switch/").headers["Location"] == "/account/password/"


def test_the_own_change_keeps_this_session_and_refuses_old_passwords(client_as: Callable[..., Client]) -> None:
    client = client_as("clerk")

    def change(old: str, new: str) -> Any:
        return client.post("/account/password/", {"old_password": old, "new_password1": new, "new_password2": new})

    assert change("Yanjin-2020!", "Second-2020!").status_code == 302
    assert change("Second-2020!", "Third-2020!!").status_code == 302
    again = change("Third-2020!!", "Yanjin-2020!")
    assert again.status_code == 200
    assert "最近 5 次" in again.content.decode()
    assert change("wrong", "Fourth-2020!").status_code == 200
    assert PasswordHistory.objects.filter(user=client.user).count() == 2
    assert events(client.user).count("password.changed") == 2


@pytest.mark.parametrize("memory", [0, 1, 2, 5])
def test_exactly_the_last_few_are_remembered(memory: int) -> None:
    SecurityPolicy.objects.create(valid_from=today(), password_memory=memory)
    user = make()
    used = ["Yanjin-2020!"]
    for number in range(6):
        used.append(f"Number-{number}-Abc")
        change_own_password(user=user, password=used[-1])
    recent = list(reversed(used))
    for age, password in enumerate(recent):
        if age < memory:
            with pytest.raises(ValidationError):
                change_own_password(user=user, password=password)
    forget_policy()
    if memory:
        change_own_password(user=user, password=recent[memory])


def test_a_stricter_policy_counts_from_its_day() -> None:
    SecurityPolicy.objects.create(valid_from=today() + dt.timedelta(days=1), password_length=30)
    assert make("a").pk
    SecurityPolicy.objects.create(valid_from=today(), password_length=20)
    forget_policy()
    with pytest.raises(ValidationError, match="20 个字符"):
        make("b")


def test_initial_passwords_meet_the_shipped_policy() -> None:
    passwords = {initial_password() for _n in range(200)}
    assert len(passwords) == 200
    assert {len(password) for password in passwords} == {14}
    assert {count_classes(password) for password in passwords} == {4}


def test_the_three_administrators_are_the_ones_of_the_law() -> None:
    assert sorted(ADMINISTRATORS) == ["logkeeper", "security", "system"]
