"""Pages of this room: who is entitled to what in a place, why others are not, and the button that computes again."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.clock import default_year
from kernel.divisions.models import Division
from kernel.identity.money import fen_to_yuan_text
from kernel.jobs.services import enqueue
from kernel.wall.scope import required_scope
from kernel.web.pages import Breadcrumb, breadcrumbs, page, paginate_keyset
from kernel.web.tables import Cell, Column, Table
from subsidies.explanations import covers_county, why_not_counts
from subsidies.models import Entitlement, Scheme
from subsidies.programs import terms_deciding

EARLIEST, LATEST = 1990, 2100


def _year(text: str) -> int:
    if not text:
        return default_year()
    if not (text.isascii() and text.isdigit() and EARLIEST <= int(text) <= LATEST):
        raise BadRequest(_("参数 year“%(text)s”应为四位年份，如 2019") % {"text": text[:20]})
    return int(text)


def _division(request: HttpRequest) -> Division:
    """`?d=`, or the user's own; outside the scope and missing look the same."""
    text = request.GET.get("d", "")
    own = request.user.acting.division_id  # type: ignore[union-attr]
    if text and not (text.isascii() and text.isdigit() and len(text) == 12):
        raise BadRequest(_("参数 d“%(text)s”应为 12 位区划代码") % {"text": text[:20]})
    code = int(text) if text else own
    if not required_scope().covers(code):
        raise Http404
    return get_object_or_404(Division.objects.select_related("parent__parent"), pk=code)


def _scheme(request: HttpRequest, schemes: list[Scheme]) -> Scheme | None:
    code = request.GET.get("scheme", "")
    if not code:
        return schemes[0] if schemes else None
    found = next((scheme for scheme in schemes if scheme.code == code), None)
    if found is None:
        raise BadRequest(_("参数 scheme“%(code)s”不是本县的奖补项目") % {"code": code[:40]})
    return found


@page(permission="subsidies.view_entitlement")
def entitlements(request: HttpRequest) -> HttpResponse:
    """One scheme and year in one place: totals, the entitled, and how many fail which condition."""
    division, year = _division(request), _year(request.GET.get("year", ""))
    schemes = list(Scheme.objects.filter(village_id=division.county_code).order_by("-subject", "code"))
    scheme = _scheme(request, schemes)
    rows = Entitlement.objects.filter(scheme=scheme).in_year(year).within(division.range)
    listed = paginate_keyset(
        rows.select_related("person", "employer", "village__parent"),
        ("village_id", "pk"),
        request.GET.get("after"),
        size=50,
    )
    totals = rows.aggregate(number=Count("pk"), fen=Sum("amount_fen"))
    terms = terms_deciding(scheme.pk, year) if scheme else None
    context = {
        "division": division,
        "year": year,
        "schemes": schemes,
        "scheme": scheme,
        "terms": terms,
        "totals": totals,
        "page": listed,
        "table": _table(scheme, listed.rows, year),
        "why_not": _why_not(scheme, terms, division, year),
        "may_recalculate": request.user.has_perm("subsidies.recalculate") and _whole_county(),
        "breadcrumbs": breadcrumbs(
            division,
            lambda place: f"{reverse('subsidies:entitlements')}?d={place.code}&year={year}",
            Breadcrumb(_("奖补测算")),
            top=request.user.acting.division_id,  # type: ignore[union-attr]
        ),
    }
    return render(request, "subsidies/entitlements.html", context)


def _whole_county() -> bool:
    scope = required_scope()
    return covers_county(scope.lo, scope.hi)


def _table(scheme: Scheme | None, rows: list[Entitlement], year: int) -> Table:
    columns = [Column(_("对象")), Column(_("所属"), minor=True), Column(_("金额（元）"), numeric=True)]
    lines = [[_who(row), _place(row), Cell(fen_to_yuan_text(row.amount_fen))] for row in rows]
    caption = _("%(year)s 年%(scheme)s") % {"year": year, "scheme": scheme or _("奖补")}
    return Table(caption, columns, lines)


def _who(row: Entitlement) -> Cell:
    if row.person is not None:
        return Cell(row.person.name, href=reverse("labour:person", args=[row.person.uid]))
    if row.employer is not None:
        return Cell(row.employer.name, href=reverse("labour:employer", args=[row.employer.uid]))
    return Cell("—")


def _place(row: Entitlement) -> Cell:
    place = row.village
    named_above = place.level == Division.Level.VILLAGE and place.parent is not None
    return Cell(f"{place.parent.short_name} {place.short_name}" if named_above and place.parent else place.short_name)


def _why_not(scheme: Scheme | None, terms: Any, division: Division, year: int) -> Any:
    """Counts for persons anywhere; for employers only where all their workers are in sight."""
    if terms is None or (scheme and scheme.subject == Scheme.Subject.EMPLOYER and not _whole_county()):
        return None
    return why_not_counts(terms, year, division.range)


@page(permission="subsidies.view_entitlement", writes="subsidies.recalculate")
@require_POST
def recalculate(request: HttpRequest) -> HttpResponse:
    """Put the computation of one year on the list; the job's page shows its progress."""
    if not _whole_county():
        raise Http404
    year = _year(request.POST.get("year", ""))
    job = enqueue("subsidies.recalculate", division=required_scope().county, params={"year": year})
    return redirect("jobs:detail", job.uid)
