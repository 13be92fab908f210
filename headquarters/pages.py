"""The counter for leaders and everybody else: dashboards that drill down, and the rows under every figure."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from headquarters.dashboards import children, place_url, tiles
from headquarters.readings import read_figures, speaks_of, years_stored
from headquarters.registry import figure as figure_by_code
from headquarters.registry import figures
from headquarters.rows import rows_table
from kernel.accounts.roles import ADMINISTRATORS
from kernel.clock import default_year
from kernel.divisions.models import Division
from kernel.jobs.models import Job
from kernel.wall.scope import required_scope
from kernel.web.pages import SIGNED_IN, Breadcrumb, breadcrumbs, page, paginate_keyset
from labour.models import Person
from labour.pages.people import roster_table

VILLAGE_PEOPLE = 100
UPDATES = ("subsidies.settle", "subsidies.recheck", "subsidies.recalculate", "headquarters.rebuild")
"""Jobs that move the numbers of a dashboard while they run."""


def chosen_year(request: HttpRequest) -> int:
    """`?year=`, or the last full year. Raises BadRequest naming the parameter."""
    text = request.GET.get("year", "")
    if not text:
        return default_year()
    if not (text.isascii() and text.isdigit() and 1990 <= int(text) <= 2100):
        raise BadRequest(_("参数 year“%(text)s”应为四位年份，如 2019") % {"text": text[:20]})
    return int(text)


def visible_division(code: int) -> Division:
    """A division inside the open scope; outside and missing look the same: 404."""
    if not required_scope().covers(code):
        raise Http404
    return get_object_or_404(Division.objects.select_related("parent__parent"), pk=code)


@page(permission=SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    """Everybody lands on their own place; administrators on their ledger."""
    acting: Any = request.user.acting  # type: ignore[union-attr]
    if acting is None or acting.role in ADMINISTRATORS:
        return redirect("admin:index")
    return redirect("headquarters:dashboard", acting.division_id)


@page(permission="web.view_dashboard")
def dashboard(request: HttpRequest, code: int) -> HttpResponse:
    """One division, one year: tiles, children, treemap; a village leads on to its people."""
    division, year = visible_division(code), chosen_year(request)
    below, people = children(division=division, year=year), _people(division, year)
    catalogue = figures()
    size, shade = catalogue["F01"], catalogue["F07"]
    context = {
        "division": division,
        "year": year,
        "years": years_stored(division=division),
        "tiles": tiles(division=division, year=year),
        "as_of": speaks_of(division, year),
        "people": people,
        "people_more": people is not None and len(people.rows) == VILLAGE_PEOPLE,
        "updating": Job.objects.filter(kind__in=UPDATES).open().first(),
        "below": below.table() if below else None,
        "treemap": below.treemap(size, shade) if below else None,
        "bars": below.bars(size) if below else None,
        "people_url": f"{reverse('labour:roster')}?d={division.pk}",
        "breadcrumbs": _way(division, year),
    }
    return render(request, "headquarters/dashboard.html", context)


@page(permission="web.view_dashboard")
def figure_page(request: HttpRequest, code: int, figure_code: str) -> HttpResponse:
    """口径: definition, arithmetic, and the very rows that the number counts."""
    division, year = visible_division(code), chosen_year(request)
    figure = figure_by_code(figure_code)
    reading = read_figures(division=division, year=year).get(figure_code) if figure else None
    if figure is None or reading is None:
        raise Http404
    rows = figure.rows(division.range, year)
    listed = paginate_keyset(rows, ("village_id", "pk"), request.GET.get("after"), size=50)
    context = {
        "division": division,
        "year": year,
        "figure": figure,
        "reading": reading,
        "as_of": speaks_of(division, year),
        "page": listed,
        "table": rows_table(figure, listed.rows, year),
        "total": reading.numerator if figure.rows_note is None else None,
        "breadcrumbs": _way(division, year, Breadcrumb(str(figure.label))),
    }
    return render(request, "headquarters/figure.html", context)


def _people(division: Division, year: int) -> Any:
    """A village is a short list: its labourers stand on its own page. Larger places have the roster."""
    if division.level != Division.Level.VILLAGE:
        return None
    rows = Person.objects.filter(village=division).labourers(year).select_related("village__parent")
    return roster_table(list(rows.order_by("name_pinyin", "pk")[:VILLAGE_PEOPLE]), year)


def _way(division: Division, year: int, *tail: Breadcrumb) -> list[Breadcrumb]:
    return breadcrumbs(division, lambda place: place_url(place.code, year), *tail, top=required_scope().lo)
