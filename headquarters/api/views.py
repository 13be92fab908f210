"""Figures: leaders and departments quote one number."""

from __future__ import annotations

import re
from typing import Any

import orjson
from django.http import Http404, HttpResponse
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from headquarters.api.serializers import FigureSerializer
from headquarters.models import FigureValue
from headquarters.readings import Reading, read_figures
from headquarters.registry import figure
from kernel.clock import default_year
from kernel.divisions.models import Division
from kernel.rest.filters import YEARS, read_division
from kernel.rest.lists import Ask, Resource, fingerprint
from kernel.rest.pagination import OnePage
from kernel.rest.problems import Fault, Problem, refuse

ZONE = get_default_timezone()
UNITS = {"money": _("元"), "mean": _("元"), "ratio": "%"}
PARAMETERS: tuple[dict[str, Any], ...] = (
    {
        "name": "division",
        "in": "query",
        "schema": {"type": "string", "pattern": r"^\d{12}$"},
        "description": _("区划代码，默认为本授权的区划"),
    },
    {
        "name": "period",
        "in": "query",
        "schema": {"type": "string", "pattern": r"^\d{4}$"},
        "description": _("期间，如 2019，默认为最近一个完整年度"),
    },
)


def asked_year(ask: Ask) -> int:
    """`?period=`, by default the last full year."""
    value = ask.parameters.get("period")
    if value is None:
        return default_year()
    if re.fullmatch(r"[0-9]{4}", value) and YEARS[0] <= int(value) <= YEARS[1]:
        return int(value)
    raise refuse("/period", "period", _("“%(value)s”应为四位年度，例如 2019"), value=value)


def asked_division(ask: Ask) -> Division:
    """`?division=`, by default the caller's own place. 404 outside it."""
    value = ask.parameters.get("division")
    if value is None:
        acting = ask.caller.user.acting
        if acting is None:  # the middleware lets nobody in without one
            raise Http404
        return acting.division
    return Division.objects.get(pk=read_division(value, "/division").lo)


class FigureResource(Resource):
    """Stored figures of one division and period."""

    permission, scope, tag = "headquarters.view_figurevalue", "figures:read", _("指标")
    queryset = FigureValue.objects.all()
    serializer_class = FigureSerializer
    columns = ()
    extra_parameters = PARAMETERS
    example = {
        "code": "employment_times",
        "label": "县内就业人次比例",
        "kind": "ratio",
        "division": "410726000000",
        "period": "2019",
        "value": 115.8219,
        "unit": "%",
        "numerator": 4707,
        "numerator_label": "县内就业人次",
        "denominator": 4064,
        "denominator_label": "劳动力人数",
        "definition": "当年开始的县内就业段数除以劳动力人数，可超过 100%",
        "as_of": "2020-06-29T08:00:00+08:00",
    }

    def read(self, ask: Ask) -> dict[str, dict[str, Any]]:
        """Figure code -> its fields."""
        division, year = asked_division(ask), asked_year(ask)
        readings = read_figures(division=division, year=year)
        return {code: shaped(reading, division, year) for code, reading in readings.items()}


def shaped(reading: Reading, division: Division, year: int) -> dict[str, Any]:
    """One reading as departments get it: money and means in yuan, ratios in per cent."""
    about = reading.figure
    return {
        "code": about.code,
        "label": str(about.label),
        "kind": about.kind,
        "division": f"{division.pk:012d}",
        "period": str(year),
        "value": plain_value(reading),
        "unit": str(UNITS.get(about.kind, about.unit)),
        "numerator": reading.numerator,
        "numerator_label": str(about.numerator_label),
        "denominator": reading.denominator,
        "denominator_label": None if about.denominator_label is None else str(about.denominator_label),
        "definition": str(about.definition),
        "as_of": None if reading.as_of is None else reading.as_of.astimezone(ZONE),
    }


def plain_value(reading: Reading) -> float | int | None:
    """A number in the unit said beside it; None when there is nothing to divide by."""
    value = reading.value
    if value is None or reading.figure.kind == "count":
        return value
    if reading.figure.kind == "ratio":
        return round(value * 100, 4)
    return round(value) / 100


class FigureList(FigureResource):
    """All figures of one division and period."""

    summary = _("指标列表")
    many = True
    pagination_class = OnePage

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """All of them, in declared order."""
        ask = self.ask(request)
        found = list(self.read(ask).values())
        body = orjson.dumps({"results": found, "next": None})
        return self.reply(request, body, etag=f'"{fingerprint(body)}"', ask=ask, rows=len(found))


class FigureItem(FigureResource):
    """One figure."""

    summary = _("一个指标")
    operation = "figures_retrieve"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The figure; 404 when unknown, or measured for whole counties only."""
        ask = self.ask(request)
        found = self.read(ask).get(ask.path["code"])
        if found is None:
            known = figure(ask.path["code"]) is not None
            message = (
                _("该指标只在县级测算，请改用县级区划代码") if known else _("没有这个指标，代码见 /api/v1/figures/")
            )
            raise Problem(404, Fault("/code", "county_only" if known else "not_found", message))
        body = orjson.dumps(found)
        return self.reply(request, body, etag=f'"{fingerprint(body)}"', ask=ask, rows=1)
