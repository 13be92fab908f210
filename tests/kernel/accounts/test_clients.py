"""Department systems: registration, the token, and what a token is worth on each request."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken

from kernel.accounts.models import DepartmentClient, User
from kernel.accounts.registration import register_client, renew_secret, update_client
from kernel.accounts.services import disable_user
from kernel.audit.models import Event
from kernel.clock import today
from kernel.divisions.models import Division

YANJIN, SECOND, TOWNSHIP = 410726000000, 410799000000, 410726103000
TOKEN = "/api/v1/oauth/token/"
Appoint = Callable[..., User]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kernel.accounts.pages")]


@pytest.fixture(autouse=True)
def _no_throttle_left() -> None:
    cache.clear()


def register(code: int = YANJIN, **fields: Any) -> tuple[str, str]:
    given: dict[str, Any] = {
        "name": "社保局",
        "owner": "县社会保险事业管理局",
        "purpose": "核对参保",
        "legal_basis": "政务数据共享条例",
        "division": Division.objects.get(pk=code),
        "scopes": ["labour:read", "figures:read"],
        "valid_to": today() + dt.timedelta(days=30),
    }
    return register_client(**given | fields)


def ask(client: Client, key: tuple[str, str], **extra: Any) -> Any:
    basic = base64.b64encode(":".join(key).encode()).decode()
    data = {"grant_type": "client_credentials"} | extra.pop("data", {})
    return client.post(TOKEN, data, HTTP_AUTHORIZATION=f"Basic {basic}", **extra)


def bearer(client: Client, key: tuple[str, str], **extra: Any) -> str:
    return f"Bearer {ask(client, key, **extra).json()['access_token']}"


def who(client: Client, header: str, path: str = "/api/v1/who/", **extra: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(path, HTTP_AUTHORIZATION=header, **extra).json()
    return answer


def only() -> DepartmentClient:
    return DepartmentClient.objects.get()


def test_a_registered_client_reads_through_its_own_appointment(client: Client) -> None:
    key = register()
    answer = who(client, bearer(client, key))
    scope = answer["scope"]
    assert (scope["lo"], scope["hi"], scope["role"]) == (YANJIN, YANJIN + 1_000_000, "department")
    assert (scope["write"], scope["source"]) == (False, "api")
    assert answer["scopes"] == ["figures:read", "labour:read"]
    assert answer["client"] == "社保局"
    assert Event.objects.get(action="client.registered").division == YANJIN


def test_credentials_in_the_form_work_too(client: Client) -> None:
    identity, secret = register()
    data = {"grant_type": "client_credentials", "client_id": identity, "client_secret": secret}
    assert client.post(TOKEN, data).status_code == 200


def test_secret_and_token_are_stored_hashed(client: Client) -> None:
    key = register()
    header = bearer(client, key)
    assert key[1] not in only().application.client_secret
    assert header.split()[1] not in str(AccessToken.objects.values().get())


def test_a_token_never_holds_more_than_was_registered(client: Client) -> None:
    key = register()
    refused = ask(client, key, data={"scope": "labour:read labour:pii"})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    assert "可读范围" in refused.json()["error_description"]
    narrowed = bearer(client, key, data={"scope": "labour:read"})
    assert who(client, narrowed)["scopes"] == ["labour:read"]


def test_unmasked_data_has_to_be_asked_for_by_name(client: Client) -> None:
    key = register(scopes=["labour:read", "labour:pii"])
    assert who(client, bearer(client, key))["scopes"] == ["labour:read"]
    named = bearer(client, key, data={"scope": "labour:read labour:pii"})
    assert who(client, named)["scopes"] == ["labour:pii", "labour:read"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"grant_type": ""},
        {"grant_type": "password", "username": "a", "password": "b"},
        {"grant_type": "authorization_code", "code": "x"},
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
        {"grant_type": "client_credentials"},
        {"grant_type": "client_credentials", "client_id": "\x00", "client_secret": "x"},
        {"grant_type": "client_credentials", "client_id": "x" * 5000, "client_secret": "x"},
    ],
)
def test_every_wrong_request_gets_a_chinese_4xx(client: Client, data: dict[str, str]) -> None:
    register()
    answer = client.post(TOKEN, data)
    assert answer.status_code in {400, 401}
    assert any("一" <= character <= "鿿" for character in answer.json()["error_description"])
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("header", ["Basic", "Basic ###", "Basic Zm9v", "Bearer x", "", "Basic " + "A" * 9000])
def test_malformed_credentials_are_refused(client: Client, header: str) -> None:
    answer = client.post(TOKEN, {"grant_type": "client_credentials"}, HTTP_AUTHORIZATION=header)
    assert answer.status_code in {400, 401}


def test_a_wrong_secret_is_refused_and_recorded(client: Client) -> None:
    answer = ask(client, (register()[0], "wrong"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert Event.objects.get(action="token.refused").detail == {"error": "invalid_client"}


@pytest.mark.parametrize(
    "closing",
    [
        {"is_active": False},
        {"valid_to": dt.date(2020, 6, 28)},
        {"addresses": ["10.0.0.0/8"]},
    ],
)
def test_a_closed_client_is_refused_at_once(client: Client, closing: dict[str, Any]) -> None:
    key = register()
    header = bearer(client, key)
    DepartmentClient.objects.update(**closing)
    answer = who(client, header)
    assert answer["anonymous"] is True
    assert "令牌" in answer["problem"]
    assert ask(client, key).status_code == 401


def test_a_disabled_service_account_ends_its_tokens(client: Client) -> None:
    key = register()
    header = bearer(client, key)
    disable_user(user=only().user)
    assert who(client, header)["anonymous"] is True
    assert ask(client, key).status_code == 401


def test_a_client_comes_from_its_own_networks_only(client: Client) -> None:
    key = register(addresses=["10.1.0.0/16"])
    assert ask(client, key).status_code == 401
    inside = Client(REMOTE_ADDR="10.1.2.3")
    header = bearer(inside, key)
    assert who(inside, header)["client"] == "社保局"
    assert who(client, header)["anonymous"] is True


def test_an_expired_token_is_worth_nothing(client: Client) -> None:
    header = bearer(client, register())
    AccessToken.objects.update(expires=timezone.now())
    assert who(client, header)["anonymous"] is True


def test_narrowing_a_client_narrows_tokens_already_out(client: Client) -> None:
    header = bearer(client, register())
    mine = only()
    update_client(client=mine, scopes=["figures:read"], valid_to=mine.valid_to, addresses=[], is_active=True)
    assert who(client, header)["scopes"] == ["figures:read"]


def test_a_new_secret_ends_the_old_one_and_its_tokens(client: Client) -> None:
    key = register()
    header = bearer(client, key)
    secret = renew_secret(client=only())
    assert who(client, header)["anonymous"] is True
    assert ask(client, key).status_code == 401
    assert ask(client, (key[0], secret)).status_code == 200


def test_a_bad_token_is_not_rescued_by_a_session(client_as: Callable[..., Client]) -> None:
    answer = who(client_as("clerk"), "Bearer nonsense")
    assert (answer["anonymous"], bool(answer["problem"])) == (True, True)


def test_a_token_is_no_key_to_pages(client: Client) -> None:
    assert who(client, bearer(client, register()), "/who/")["anonymous"] is True


def test_asking_too_often_is_slowed_down(client: Client) -> None:
    key = (register()[0], "wrong")
    codes = [ask(client, key).status_code for _n in range(31)]
    assert codes[:30] == [401] * 30
    assert codes[30] == 429
    assert "一分钟" in ask(client, key).json()["error_description"]


def test_who_may_register(appoint: Appoint) -> None:
    assert register(by=appoint("security"))
    for role in ("system", "logkeeper", "clerk"):
        with pytest.raises(PermissionDenied):
            register(by=appoint(role))
    with pytest.raises(PermissionDenied, match="管辖"):
        register(SECOND, by=appoint("security"))


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"scopes": ["labour:write"]}, "labour:write"),
        ({"scopes": []}, "可读内容"),
        ({"addresses": ["10.0.0"]}, "10.0.0"),
        ({"purpose": ""}, ""),
        ({"legal_basis": ""}, ""),
        ({"division": None}, ""),
    ],
)
def test_an_incomplete_registration_leaves_nothing(fields: dict[str, Any], word: str) -> None:
    if "division" in fields:
        fields = {"division": Division.objects.get(pk=TOWNSHIP)}
    with pytest.raises(ValidationError, match=word):
        register(**fields)
    assert not DepartmentClient.objects.exists()
    assert not User.objects.filter(is_service=True).exists()
