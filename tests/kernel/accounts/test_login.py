"""Signing in and out, the lock, the second factor."""

from __future__ import annotations

import datetime as dt
import json
import time
from binascii import unhexlify
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from kernel.accounts import views
from kernel.accounts.models import SecurityPolicy, User
from kernel.accounts.policy import forget_policy
from kernel.audit.models import Event
from kernel.clock import today

PASSWORD = "Yanjin-2020!"
Appoint = Callable[..., User]
pytestmark = pytest.mark.django_db


def sign_in(client: Client, username: str, password: str = PASSWORD, **extra: str):
    return client.post("/login/", {"username": username, "password": password, **extra})


def code_for(device: TOTPDevice, shift: int = 0) -> str:
    totp = TOTP(unhexlify(device.key), device.step, device.t0, device.digits)
    totp.time = time.time() + shift * device.step
    return f"{totp.token():06d}"


def actions(user: User) -> list[str]:
    return list(Event.objects.filter(object_id=str(user.pk)).order_by("pk").values_list("action", flat=True))


def test_the_right_password_enters_and_is_recorded(client: Client, appoint: Appoint) -> None:
    user = appoint("clerk")
    answer = sign_in(client, user.username)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert actions(user) == ["login"]
    assert Event.objects.get(action="login").division == user.home_id


def test_administrators_land_in_the_ledger_room(client: Client, appoint: Appoint) -> None:
    assert sign_in(client, appoint("system").username).headers["Location"] == "/admin/"


@pytest.mark.parametrize("username", ["clerk-here", "nobody-at-all", "", "a" * 500])
def test_every_failure_reads_the_same(client: Client, appoint: Appoint, username: str) -> None:
    appoint("clerk", username="clerk-here")
    answer = sign_in(client, username, "wrong")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert ("账号或密码不正确" in text) == (username != "")


def test_an_unknown_account_name_is_not_stored(client: Client) -> None:
    sign_in(client, "My-Secret-Typed-Here")
    event = Event.objects.get(action="login.failed")
    assert (event.object_id, event.detail) == ("", {"account": "unknown"})


def test_five_failures_lock_the_account_even_for_the_right_password(client: Client, appoint: Appoint) -> None:
    user = appoint("clerk")
    answers = [sign_in(client, user.username, "wrong").status_code for _n in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    locked = sign_in(client, user.username)
    assert locked.status_code == 429
    assert "锁定" in locked.content.decode()
    assert "15 分钟" in locked.content.decode()
    assert locked.headers["Retry-After"] == "900"
    assert "login.locked" in actions(user)
    other = sign_in(Client(REMOTE_ADDR="10.9.8.7"), user.username)
    assert other.status_code == 302


def test_foreign_next_addresses_are_not_followed(client: Client, appoint: Appoint) -> None:
    answer = sign_in(client, appoint("clerk").username, next="https://evil.example/")
    assert answer.headers["Location"] == "/"
    assert sign_in(Client(), appoint("clerk").username, next="/account/password/").headers["Location"] == (
        "/account/password/"
    )


def test_logging_out_ends_the_session(client: Client, appoint: Appoint) -> None:
    user = appoint("leader")
    sign_in(client, user.username)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert "_auth_user_id" not in client.session
    assert actions(user) == ["login", "logout"]


def test_a_service_account_cannot_sign_in(client: Client, appoint: Appoint) -> None:
    user = appoint("department")
    User.objects.filter(pk=user.pk).update(is_service=True)
    assert sign_in(client, user.username).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_device_asks_for_its_code(client: Client, appoint: Appoint) -> None:
    user = appoint("clerk")
    device = TOTPDevice.objects.create(user_id=user.pk, name="totp", confirmed=True)
    assert sign_in(client, user.username).headers["Location"] == "/login/code/"
    assert "_auth_user_id" not in client.session
    wrong = client.post("/login/code/", {"code": "000000"})
    assert wrong.status_code == 200
    assert "_auth_user_id" not in client.session
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    right = client.post("/login/code/", {"code": code_for(device)})
    assert (right.status_code, right.headers["Location"]) == (302, "/")
    assert client.session["otp_device_id"] == device.persistent_id
    assert actions(user)[:1] == ["login.failed"]


def test_guessing_codes_locks_like_guessing_passwords(client: Client, appoint: Appoint) -> None:
    user = appoint("clerk")
    device = TOTPDevice.objects.create(user_id=user.pk, name="totp", confirmed=True)
    sign_in(client, user.username)
    answers = [client.post("/login/code/", {"code": "000000"}).status_code for _n in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert client.post("/login/code/", {"code": code_for(device)}).headers["Location"] == "/login/"
    assert sign_in(client, user.username).status_code == 429
    assert "_auth_user_id" not in client.session


def test_a_right_password_waits_five_minutes_for_its_code(
    client: Client, appoint: Appoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = appoint("clerk")
    device = TOTPDevice.objects.create(user_id=user.pk, name="totp", confirmed=True)
    sign_in(client, user.username)
    moment = timezone.now() + dt.timedelta(minutes=5)
    monkeypatch.setattr(views, "now", lambda: moment)
    assert client.post("/login/code/", {"code": code_for(device)}).headers["Location"] == "/login/"


def test_the_same_code_works_once(client: Client, appoint: Appoint) -> None:
    user = appoint("clerk")
    device = TOTPDevice.objects.create(user_id=user.pk, name="totp", confirmed=True)
    typed = code_for(device)
    for expected in (302, 200):
        browser = Client()
        sign_in(browser, user.username)
        assert browser.post("/login/code/", {"code": typed}).status_code == expected


@pytest.mark.parametrize("code", ["", "12", "abcdef", "1234567", "１２３４５６７"])
def test_a_malformed_code_gets_a_sentence(client: Client, appoint: Appoint, code: str) -> None:
    user = appoint("clerk")
    TOTPDevice.objects.create(user_id=user.pk, name="totp", confirmed=True)
    sign_in(client, user.username)
    answer = client.post("/login/code/", {"code": code})
    assert answer.status_code == 200
    assert "动态口令" in answer.content.decode()


def test_the_code_page_needs_a_password_first(client: Client) -> None:
    assert client.get("/login/code/").headers["Location"] == "/login/"


def test_a_role_that_demands_it_leads_to_enrolment(client: Client, appoint: Appoint) -> None:
    SecurityPolicy.objects.create(valid_from=today(), totp_roles=["system"])
    forget_policy()
    user = appoint("system")
    sign_in(client, user.username)
    assert client.get("/admin/").headers["Location"] == "/account/second-factor/"
    page = client.get("/account/second-factor/")
    assert "data:image/svg+xml;base64," in page.content.decode()
    key = client.session["accounts.totp_key"]
    assert client.post("/account/second-factor/", {"code": "000000"}).status_code == 200
    assert not TOTPDevice.objects.filter(user_id=user.pk).exists()
    done = client.post("/account/second-factor/", {"code": code_for(TOTPDevice(key=key))})
    assert done.headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    refused = client.post("/account/second-factor/", {"code": code_for(TOTPDevice(key=key), 1)})
    assert refused.status_code == 403
    assert TOTPDevice.objects.filter(user_id=user.pk).count() == 1
    assert "second_factor.enrolled" in actions(user)


def test_who_chose_it_can_switch_it_off(client: Client, appoint: Appoint) -> None:
    user = appoint("clerk")
    device = TOTPDevice.objects.create(user_id=user.pk, name="totp", confirmed=True)
    sign_in(client, user.username)
    client.post("/login/code/", {"code": code_for(device)})
    client.post("/account/second-factor/", {"code": code_for(device, 1)})
    assert not TOTPDevice.objects.filter(user_id=user.pk).exists()
    assert actions(user)[-1] == "second_factor.removed"


def test_the_language_can_be_switched(client: Client) -> None:
    assert client.post("/account/language/", {"language": "en", "next": "/login/"}).status_code == 302
    assert client.cookies["django_language"].value == "en"


def test_demo_logins_show_in_the_demo_only(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.YANJIN_VAR = tmp_path
    login = {"role": "县人社经办", "username": "demo-clerk", "password": "Demo-2020!", "division": "延津县"}
    (tmp_path / "demo.json").write_text(json.dumps({"logins": [login]}), encoding="utf-8")
    assert "demo-clerk" not in client.get("/login/").content.decode()
    settings.YANJIN_MODE, settings.DEMO_TODAY = "demo", "2020-06-29"
    assert "demo-clerk" in client.get("/login/").content.decode()
