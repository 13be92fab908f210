"""The bases of the ledger room that need no record: pages without a count, months, yuan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import InvalidPage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kernel.divisions.models import Division
from kernel.web.fields import MonthField, YuanField
from kernel.web.paging import DEEPEST, WindowPaginator

pytestmark = pytest.mark.django_db


def test_a_long_list_is_counted_only_ahead(yanjin: Any) -> None:
    rows = Division.objects.order_by("name")
    with CaptureQueriesContext(connection) as queries:
        window = WindowPaginator(rows, 5, wanted=2)
        assert (window.count, window.more, window.num_pages) == (60, True, 12)
        assert len(window.page(2).object_list) == 5
    assert "LIMIT 61" in queries[0]["sql"]
    assert "ORDER BY" not in queries[0]["sql"]


def test_a_short_list_is_counted_whole(yanjin: Any) -> None:
    rows = Division.objects.filter(level="township", parent=yanjin)
    window = WindowPaginator(rows.order_by("pk"), 50, wanted=1)
    assert (window.count, window.more) == (rows.count(), False)


def test_nobody_pages_to_the_end_of_the_world(yanjin: Any) -> None:
    window = WindowPaginator(Division.objects.order_by("pk"), 50, wanted=10**7)
    assert window.bound == DEEPEST
    with pytest.raises(InvalidPage):
        window.page(10**7)


@pytest.mark.parametrize("text", ["2019-06", "2019年6月", "2019.6", "201906", "2019/06"])
def test_months_as_people_write_them(text: str) -> None:
    assert MonthField().clean(text) == dt.date(2019, 6, 1)


@pytest.mark.parametrize("text", ["2019", "6月", "x", "2019-13"])
def test_what_is_no_month_is_told(text: str) -> None:
    with pytest.raises(ValidationError):
        MonthField().clean(text)


@pytest.mark.parametrize(("text", "fen"), [("2000", 200_000), ("2,345.60", 234_560), ("0.01", 1), ("１２３元", 12_300)])
def test_yuan_become_fen(text: str, fen: int) -> None:
    field = YuanField()
    assert field.clean(text) == fen
    assert field.clean(field.prepare_value(fen)) == fen
    assert not field.has_changed(fen, text)


@pytest.mark.parametrize("text", ["1.234", "-5", "二千", "1万"])
def test_what_is_no_amount_is_told(text: str) -> None:
    with pytest.raises(ValidationError):
        YuanField().clean(text)
    assert YuanField().has_changed(1, text)


def test_a_month_field_shows_the_month() -> None:
    class Form(forms.Form):
        start = MonthField()

    assert 'value="2019-06"' in str(Form(initial={"start": dt.date(2019, 6, 1)})["start"])


def test_divisions_are_looked_up_inside_the_range(client_as: Callable[..., Client]) -> None:
    asked = {"app_label": "divisions", "model_name": "divisionalias", "field_name": "division"}
    township = client_as("township", 410726103000)
    found = township.get("/admin/autocomplete/", asked | {"term": "410726"}).json()["results"]
    assert {each["id"][:9] for each in found} == {"410726103"}
    assert township.get("/admin/autocomplete/", asked | {"term": "延津"}).json()["results"] == []
    by_pinyin = client_as("clerk").get("/admin/autocomplete/", asked | {"term": "shipogu"}).json()["results"]
    assert "石婆固镇" in {each["text"].split()[0] for each in by_pinyin}


def test_another_countys_alias_is_not_entered(client_as: Callable[..., Client], second_county: Any) -> None:
    clerk = client_as("clerk")
    form = {"division": str(second_county.pk), "name": "别处", "source": ""}
    response = clerk.post("/admin/divisions/divisionalias/add/", form)
    assert response.status_code == 200
    assert clerk.post("/admin/divisions/divisionalias/add/", form | {"division": "410726103000"}).status_code == 302


@pytest.mark.parametrize("path", ["divisions/division/", "headquarters/figurevalue/", "labour/person/", "codes/code/"])
def test_pages_carry_no_inline_script_or_style(client_as: Callable[..., Client], path: str) -> None:
    text = client_as("clerk").get(f"/admin/{path}").content.decode()
    assert "<style" not in text
    assert " style=" not in text
    assert not [
        each
        for each in text.split("<script")[1:]
        if " src=" not in each.split(">")[0] and "json" not in each.split(">")[0]
    ]


def test_the_figures_are_only_read(client_as: Callable[..., Client]) -> None:
    clerk = client_as("clerk")
    assert clerk.get("/admin/headquarters/figurevalue/").status_code == 200
    assert clerk.get("/admin/headquarters/figurevalue/add/").status_code == 403
    assert clerk.get("/admin/headquarters/figurevalue/", {"place": "x"}).status_code == 302
