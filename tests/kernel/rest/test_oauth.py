"""From a registered client to rows: client id and secret → token → one county, within the scopes, until closed."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kernel.accounts.models import DepartmentClient
from kernel.accounts.registration import register_client
from kernel.divisions.models import Division
from tests.factories import labour as make

YANJIN = 410726000000
TOKEN = "/api/v1/oauth/token/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def credentials(yanjin: Division) -> tuple[str, str]:
    """A department that may read labour and the vocabulary."""
    return register_client(
        name="农业农村局监测系统",
        owner="县农业农村局",
        purpose="核对监测对象就业情况",
        legal_basis="测试",
        division=yanjin,
        scopes=["labour:read", "codelists:read"],
        valid_to=dt.date(2030, 1, 1),
    )


def token_of(credentials: tuple[str, str], **fields: str) -> Any:
    basic = base64.b64encode(":".join(credentials).encode()).decode()
    data = {"grant_type": "client_credentials", **fields}
    return Client().post(TOKEN, data, headers={"authorization": f"Basic {basic}"})


def test_a_department_comes_in_by_client_credentials(
    credentials: tuple[str, str], acting: Callable[..., Any], settings: Any
) -> None:
    settings.SETTLERS = []
    with acting(YANJIN):
        make.set_up(YANJIN)
        employer = make.employer()
    answer = token_of(credentials).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3600
    department = Client(headers={"authorization": f"Bearer {answer['access_token']}"})
    rows = department.get("/api/v1/employers/").json()["results"]
    assert [each["id"] for each in rows] == [str(employer.uid)]
    assert department.get("/api/v1/codelists/").status_code == 200
    assert department.get("/api/v1/entitlements/").status_code == 403


def test_scopes_are_the_ones_asked_for_and_granted(credentials: tuple[str, str]) -> None:
    assert token_of(credentials, scope="labour:read labour:pii").status_code == 400
    narrow = token_of(credentials, scope="codelists:read").json()["access_token"]
    client = Client(headers={"authorization": f"Bearer {narrow}"})
    assert client.get("/api/v1/labourers/").status_code == 403
    assert client.get("/api/v1/divisions/?limit=1").status_code == 200


def test_closing_the_client_counts_at_the_next_request(credentials: tuple[str, str]) -> None:
    token = token_of(credentials).json()["access_token"]
    client = Client(headers={"authorization": f"Bearer {token}"})
    assert client.get("/api/v1/employers/").status_code == 200
    DepartmentClient.objects.update(is_active=False)
    assert client.get("/api/v1/employers/").status_code == 401
    assert token_of(credentials).status_code == 401


def test_a_token_opens_no_page_and_a_wrong_secret_nothing(credentials: tuple[str, str]) -> None:
    token = token_of(credentials).json()["access_token"]
    client = Client(headers={"authorization": f"Bearer {token}"})
    assert client.get("/admin/").status_code in {302, 403}
    assert token_of((credentials[0], "wrong")).status_code == 401
