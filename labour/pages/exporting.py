"""Taking the lists of the registry away as workbooks that may be filled in and imported again."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kernel.clock import default_year
from kernel.divisions.codes import Range
from kernel.divisions.models import Division
from kernel.exchange.exporting import TooManyRows
from kernel.web.pages import page, require
from labour.exports import BOOKS, export_book, file_name
from labour.models import Employer, EmploymentSpell, Person
from labour.pages.buttons import EXPORT
from labour.pages.people import chosen_division, in_state
from labour.pages.unmasking import SHORTEST
from labour.searching import search_employers, search_people

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "POST"])
@page(permission=EXPORT)
def export(request: HttpRequest, kind: str) -> FileResponse:
    """GET: the list with masked numbers. POST with a purpose: with whole ones, for who may unmask people."""
    book = BOOKS.get(kind)
    if book is None:
        raise Http404(kind)
    require(request, book.permission)
    purpose = request.POST.get("purpose", "").strip()
    if request.method == "POST":
        require(request, "labour.unmask_person")
        if len(purpose) < SHORTEST:
            raise BadRequest(_("请填写导出用途（至少 %(n)s 个字）") % {"n": SHORTEST})
    division = chosen_division(request)
    try:
        content = export_book(
            kind,
            rows=_rows(kind, request, division),
            division=division,
            unmask=request.method == "POST",
            purpose=purpose,
        )
    except TooManyRows as refusal:
        raise BadRequest(str(refusal)) from refusal
    return FileResponse(content, as_attachment=True, filename=file_name(kind, division), content_type=XLSX)


def _rows(kind: str, request: HttpRequest, division: Division) -> QuerySet[Any]:
    """The rows that the page with the same parameters lists."""
    state, text, span = request.GET.get("state") or "labourers", request.GET.get("q", ""), division.range
    if kind == "employers":
        return _employers(request.GET.get("kind", ""), text, span)
    people = Person.objects.filter(village__gte=span.lo, village__lt=span.hi)
    people = search_people(in_state(people, state, default_year()), text)
    if kind == "people":
        return people.order_by("village_id", "pk")
    spells = EmploymentSpell.objects.filter(village__gte=span.lo, village__lt=span.hi)
    if state != "all" or text.strip():
        spells = spells.filter(person__in=people.values("pk"))
    return spells.order_by("village_id", "person_id", "start", "pk")


def _employers(kind: str, text: str, span: Range) -> QuerySet[Any]:
    """Employers belong to the whole county, whichever part of it was chosen."""
    lo = span.lo - span.lo % 1_000_000
    rows = Employer.objects.filter(village__gte=lo, village__lt=max(span.hi, lo + 1_000_000))
    if kind:
        if kind not in Employer.Kind.values:
            raise BadRequest(_("参数 kind 只能是 %(allowed)s") % {"allowed": "、".join(Employer.Kind.values)})
        rows = rows.filter(kind=kind)
    return search_employers(rows, text).order_by("name", "pk")
