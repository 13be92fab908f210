"""Figures through REST: one number with its parts, for the caller's place and below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from headquarters.api.serializers import FigureSerializer
from headquarters.models import FigureValue
from headquarters.registry import figures
from kernel.divisions.models import Division
from kernel.figures import Figure
from tests.factories.departments import department

YANJIN, SECOND = 410726000000, 410799000000
TOWNSHIP, VILLAGES = 410726103000, (410726103210, 410726103211)
ADDRESS = "/api/v1/figures/"

pytestmark = pytest.mark.django_db


def proof(code: str, kind: Any, **more: Any) -> Figure:
    return Figure(
        code=code, label=code, unit="人", kind=kind, definition="口径", numerator_label="甲", measure=None, rows=None,  # type: ignore[arg-type]
        rows_kind="person", denominator_label="乙" if kind in {"ratio", "mean"} else None, **more,
    )  # fmt: skip


@pytest.fixture
def stored(yanjin: Division, acting: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Five figures of two villages, and one that only the county has."""
    known = {
        each.code: each
        for each in (
            proof("people", "count"),
            proof("share", "ratio"),
            proof("wages", "mean"),
            proof("paid", "money"),
            proof("nothing", "ratio"),
            proof("firms", "count", county_only=True),
        )
    }
    figures.cache_clear()
    monkeypatch.setattr("headquarters.readings.figures", lambda: known)
    monkeypatch.setattr("headquarters.api.views.figure", known.get)
    with acting(YANJIN):
        for village in VILLAGES:
            for code, top, bottom in (("people", 10, 0), ("share", 7, 6), ("wages", 2_000_100, 2), ("paid", 76_930, 0)):
                FigureValue.objects.create(
                    village_id=village, figure=code, period="2019", numerator=top, denominator=bottom
                )
        FigureValue.objects.create(village_id=YANJIN, figure="firms", period="2019", numerator=47)
    yield
    figures.cache_clear()


def test_a_figure_comes_with_its_parts_in_a_said_unit(stored: None) -> None:
    client = department(YANJIN)
    found = {each["code"]: each for each in client.get(f"{ADDRESS}?division={TOWNSHIP}&period=2019").json()["results"]}
    assert list(found) == ["people", "share", "wages", "paid", "nothing"]
    assert {code: (each["value"], each["unit"]) for code, each in found.items()} == {
        "people": (20, "人"),
        "share": (116.6667, "%"),
        "wages": (10000.5, "元"),
        "paid": (1538.6, "元"),
        "nothing": (None, "%"),
    }
    assert (found["share"]["numerator"], found["share"]["denominator"]) == (14, 12)
    assert found["paid"]["numerator"] == 153_860
    assert list(found["people"]) == list(FigureSerializer().fields)
    assert dt.datetime.fromisoformat(found["people"]["as_of"]).utcoffset() == dt.timedelta(hours=8)


def test_place_and_period_default_to_the_callers_own(stored: None, client_as: Callable[..., Client]) -> None:
    county = department(YANJIN).get(f"{ADDRESS}firms/").json()
    assert (county["division"], county["period"], county["value"]) == (str(YANJIN), "2019", 47)
    village = client_as("village", VILLAGES[0]).get(f"{ADDRESS}people/").json()
    assert (village["division"], village["value"]) == (str(VILLAGES[0]), 10)


def test_a_period_without_figures_says_so(stored: None) -> None:
    found = department(YANJIN).get(f"{ADDRESS}people/?period=2018").json()
    assert (found["value"], found["as_of"]) == (0, None)


@pytest.mark.parametrize("where", [YANJIN, TOWNSHIP, VILLAGES[1], SECOND, 410726999999])
def test_nobody_reads_figures_above_or_beside_his_place(
    stored: None, client_as: Callable[..., Client], where: int
) -> None:
    response = client_as("village", VILLAGES[0]).get(f"{ADDRESS}?division={where}")
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (404, "/division")


@pytest.mark.parametrize(
    ("address", "status", "pointer"),
    [
        ("unknown/", 404, "/code"),
        (f"firms/?division={TOWNSHIP}", 404, "/code"),
        ("?period=19", 400, "/period"),
        ("?period=２０１９", 400, "/period"),
        ("?period=2019-06", 400, "/period"),
        ("?division=4107", 400, "/division"),
        ("?limit=3", 400, "/limit"),
    ],
)
def test_what_does_not_exist_or_is_malformed(stored: None, address: str, status: int, pointer: str) -> None:
    response = department(YANJIN).get(f"{ADDRESS}{address}")
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (status, pointer)


def test_figures_need_their_scope_and_repeat_as_304(stored: None) -> None:
    assert department(YANJIN, ["labour:read"]).get(ADDRESS).status_code == 403
    client = department(YANJIN)
    etag = client.get(ADDRESS)["ETag"]
    assert client.get(ADDRESS, headers={"if-none-match": etag}).status_code == 304
