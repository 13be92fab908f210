"""Employers of the county, and who works for one of them."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kernel.clock import default_year
from kernel.identity.money import fen_to_yuan_text
from kernel.identity.months import mask_to_months
from kernel.web.pages import Breadcrumb, page, paginate_keyset
from kernel.web.panels import panels_for
from kernel.web.tables import Cell, Column, Table
from labour.models import Employer, WorkerYear
from labour.pages.buttons import export_url


@page(permission="labour.view_employer")
def employers(request: HttpRequest) -> HttpResponse:
    """The county's roll of employers, by kind."""
    kind = request.GET.get("kind", "")
    rows = Employer.objects.all()
    if kind:
        if kind not in Employer.Kind.values:
            raise BadRequest(_("参数 kind 只能是 %(allowed)s") % {"allowed": "、".join(Employer.Kind.values)})
        rows = rows.filter(kind=kind)
    listed = paginate_keyset(rows, ("name", "pk"), request.GET.get("after"), size=50)
    columns = [Column(_("名称")), Column(_("类型")), Column(_("统一社会信用代码"), minor=True)]
    lines = [
        [
            Cell(row.name, href=reverse("labour:employer", args=[row.uid])),
            Cell(row.get_kind_display()),
            Cell(row.credit_code or "—"),
        ]
        for row in listed.rows
    ]
    context = {
        "page": listed,
        "table": Table(pgettext("plural", "用工主体"), columns, lines),
        "kind": kind,
        "kinds": Employer.Kind.choices,
        "export_url": export_url(request, "employers", kind=kind),
    }
    return render(request, "labour/employers.html", context)


@page(permission="labour.view_employer")
def employer_page(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One employer: its workers of the year inside the user's own place, and what upper apps add."""
    employer, year = get_object_or_404(Employer, uid=uid), default_year()
    workers = WorkerYear.objects.filter(employer=employer, year=year).select_related("person__village__parent")
    listed = paginate_keyset(workers, ("pk",), request.GET.get("after"), size=50)
    columns = [
        Column(_("姓名")),
        Column(_("所属村")),
        Column(_("务工月数"), numeric=True),
        Column(_("工资（元）"), numeric=True),
    ]
    lines = [
        [
            Cell(row.person.name, href=reverse("labour:person", args=[row.person.uid])),
            Cell(f"{row.person.village.parent.short_name} {row.person.village.short_name}"),  # type: ignore[union-attr]
            Cell(len(mask_to_months(row.months))),
            Cell(fen_to_yuan_text(row.wages_fen)),
        ]
        for row in listed.rows
    ]
    context = {
        "employer": employer,
        "year": year,
        "page": listed,
        "table": Table(_("%(year)s 年在此务工的人员") % {"year": year}, columns, lines),
        "panels": panels_for("employer", request, employer),
        "breadcrumbs": [
            Breadcrumb(pgettext("plural", "用工主体"), reverse("labour:employers")),
            Breadcrumb(employer.name),
        ],
    }
    return render(request, "labour/employer.html", context)
