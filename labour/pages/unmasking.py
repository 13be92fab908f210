"""Showing a person's numbers: a purpose first, a line in the audit, one person at a time."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from kernel.audit.services import record
from kernel.web.pages import page
from labour.models import Person

SHORTEST = 4


@page(permission="labour.unmask_person")
def unmask(request: HttpRequest, uid: UUID) -> HttpResponse:
    """GET asks for the purpose; POST with one shows ID number and phone once, and records who saw them and why."""
    person = get_object_or_404(Person, uid=uid)
    context: dict[str, object] = {"person": person, "purpose": "", "error": ""}
    if request.method == "POST":
        purpose = request.POST.get("purpose", "").strip()
        if len(purpose) < SHORTEST:
            context |= {"error": _("请填写查看原因（至少 %(n)s 个字）") % {"n": SHORTEST}, "purpose": purpose}
            return render(request, "labour/unmask.html", context, status=400)
        record("person.unmask", obj=person, division=person.village_id, rows=1, purpose=purpose)
        context |= {
            "shown": True,
            "id_number": person.id_number.reveal() if person.id_number else "",
            "phone": person.phone.reveal() if person.phone else "",
        }
    return render(request, "labour/unmask.html", context)
