"""A person with several posts acts under one at a time; this is the door between them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.accounts.sessions import APPOINTMENT
from kernel.audit.services import record
from kernel.web.pages import SIGNED_IN, page


@page(permission=SIGNED_IN)
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Act under another of one's own appointments in force, then land on its first page.

    400 for an appointment that is not one's own, ended, or not a number: the same words for all three.
    """
    user: Any = request.user
    wanted = request.POST.get("appointment", "")
    chosen = next((each for each in user.appointments_today() if str(each.pk) == wanted), None)
    if chosen is None:
        raise BadRequest(_("没有这个岗位，或任期已结束"))
    request.session[APPOINTMENT] = chosen.pk
    # Rights change here, so a session id that leaked before is worth nothing afterwards.
    request.session.cycle_key()
    record("appointment.switched", obj=chosen)
    return redirect("/")
