"""Pages asked for in English show no Chinese but data: names of places, people, employers, schemes and codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from kernel.divisions.models import Division
from tests.conftest import YANJIN
from tests.house.world import HERE, PLACES, World

pytestmark = pytest.mark.django_db

HAN = re.compile(r"[㐀-鿿〇]+")
SPOKEN = {"title", "alt", "placeholder", "aria-label", "value", "content"}
TESTED = "测试"
"""Begins the names that tests give: users, employers, importers that other modules declare."""
OWN_WORDS = {
    "简体中文",
    "系统默认",
    "请按本县文件核定",
    "延津测试厂有限公司",
    "测试",
    "全国",
    "河南省新乡市延津县",
    "河南省延津县",
    "浙江省杭州市萧山区境外",
}


class Words(HTMLParser):
    """Texts and spoken attributes of a page; what carries a language of its own is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


@pytest.fixture
def data_words(world: World) -> str:
    """Every Chinese word that is data here."""
    words = {*OWN_WORDS, *PLACES.values()}
    for name, short in Division.objects.values_list("name", "short_name"):
        words |= {name, short}
    return "\n".join(words)


def chinese(client: Client, address: str, data: str) -> set[str]:
    """Chinese left on a page that is no data."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    assert response.headers["Content-Language"] == "en"
    reader = Words()
    reader.feed(response.content.decode())
    runs = {run for text in reader.found for run in HAN.findall(text)}
    return {run for run in runs if run not in data and not run.startswith(TESTED)}


def changelists() -> Iterator[str]:
    """The ledger's lists, but those of the code lists: a code's Chinese label is data."""
    for model in admin.site._registry:
        if model._meta.app_label == "codes":
            continue
        yield f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"


def pages(world: World) -> Iterator[str]:
    """The pages of a county clerk."""
    yield reverse("headquarters:dashboard", args=[YANJIN])
    yield reverse("headquarters:dashboard", args=[HERE])
    for code in ("F01", "F06", "F07", "F08", "F28"):
        yield reverse("headquarters:figure", args=[YANJIN, code]) + "?year=2019"
    for name in ("labour:roster", "labour:employers", "subsidies:entitlements", "jobs:list", "exchange:list"):
        yield reverse(name)
    yield reverse("labour:person", args=[world.people[HERE].uid])
    yield reverse("labour:unmask", args=[world.people[HERE].uid])
    yield reverse("labour:employer", args=[world.employers[YANJIN].uid])
    yield reverse("accounts:password_change")
    yield reverse("accounts:totp")


def test_the_login_page_speaks_english(client: Client) -> None:
    assert chinese(client, reverse("accounts:login"), "\n".join(OWN_WORDS)) == set()


def test_chinese_is_the_default_whatever_the_browser_prefers(client: Client) -> None:
    response = client.get(reverse("accounts:login"), headers={"accept-language": "en"})
    assert response.headers["Content-Language"] == "zh-hans"
    assert "登录" in response.content.decode()


def test_a_clerks_pages_speak_english(world: World, data_words: str, client_as: Callable[..., Client]) -> None:
    client = client_as("clerk", YANJIN)
    data = f"{data_words}\n{client.user.full_name}"  # type: ignore[attr-defined]
    left = {address: found for address in pages(world) if (found := chinese(client, address, data))}
    assert left == {}


def test_the_log_speaks_english(world: World, data_words: str, client_as: Callable[..., Any]) -> None:
    client = client_as("auditor", YANJIN)
    data = f"{data_words}\n{client.user.full_name}"
    names = ("audit:events", "audit:access", "audit:acts", "audit:seals")
    assert {name: found for name in names if (found := chinese(client, reverse(name), data))} == {}


@pytest.mark.parametrize("role", ["clerk", "system", "security"])
def test_forms_of_the_ledger_speak_english(
    role: str, world: World, data_words: str, client_as: Callable[..., Any]
) -> None:
    client = client_as(role, YANJIN)
    data = f"{data_words}\n{client.user.full_name}"
    left: dict[str, set[str]] = {}
    for name in changelists():
        address = reverse(name.replace("_changelist", "_add"))
        if client.get(address).status_code != 200:
            continue  # not this role's, or never entered by hand
        if found := chinese(client, address, data):
            left[address] = found
    assert left == {}


def test_refusals_speak_english(world: World, client_as: Callable[..., Any]) -> None:
    client = client_as("village", HERE)
    data = f"东屯村村民委员会\n简体中文\n{client.user.full_name}"
    for address, status in (("/d/410799000000/", 404), (reverse("exchange:list"), 403)):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        response = client.get(address)
        assert response.status_code == status, address
        reader = Words()
        reader.feed(response.content.decode())
        runs = {run for text in reader.found for run in HAN.findall(text)}
        assert {run for run in runs if run not in data} == set()


@pytest.mark.parametrize("role", ["clerk", "system", "security", "auditor"])
def test_the_ledger_speaks_english(role: str, world: World, data_words: str, client_as: Callable[..., Any]) -> None:
    client = client_as(role, YANJIN)
    data = f"{data_words}\n{client.user.full_name}"
    left: dict[str, set[str]] = {}
    for name in ("admin:index", *changelists()):
        address = reverse(name)
        if client.get(address).status_code != 200:
            continue  # not this role's
        if found := chinese(client, address, data):
            left[address] = found
    assert left == {}
