"""The list of work and one job with its bar."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from kernel.jobs import services
from kernel.jobs.models import Job
from kernel.web.pages import Breadcrumb, page, paginate_keyset
from kernel.web.tables import Cell, Column, Table

TONES = {Job.State.DONE: "ok", Job.State.FAILED: "bad", Job.State.CANCELLED: "warn"}


def moment(value: Any) -> str:
    """A time as the lists print it; empty for none."""
    return date_format(localtime(value), "Y-m-d H:i") if value else ""


@require_GET
@page(permission="jobs.view_job")
def job_list(request: HttpRequest) -> HttpResponse:
    """Jobs of the acting division, newest first."""
    rows = Job.objects.select_related("village", "requested_by")
    found = paginate_keyset(rows, ("-id",), request.GET.get("after"))
    lines = [
        (
            Cell(job.label, reverse("jobs:detail", args=[job.uid])),
            Cell(job.get_state_display(), tone=TONES.get(Job.State(job.state), "")),
            Cell(job.progress_text),
            Cell(str(job.village)),
            Cell(str(job.requested_by or _("系统"))),
            Cell(moment(job.created_at)),
        )
        for job in found.rows
    ]
    columns = [
        Column(_("任务")),
        Column(_("状态")),
        Column(_("进度")),
        Column(_("区划"), minor=True),
        Column(_("发起人"), minor=True),
        Column(_("时间"), minor=True),
    ]
    table = Table(pgettext("plural", "后台任务"), columns, lines)
    return render(request, "jobs/list.html", {"table": table, "page": found})


@require_GET
@page(permission="jobs.view_job")
def job_detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One job: bar, message, times, and a button to cancel or retry."""
    job = get_object_or_404(Job.objects.select_related("village", "requested_by"), uid=uid)
    trail = [Breadcrumb(pgettext("plural", "后台任务"), reverse("jobs:list")), Breadcrumb(job.label)]
    context = {
        "job": job,
        "breadcrumbs": trail,
        "created": moment(job.created_at),
        "finished": moment(job.finished_at),
        "may_cancel": job.is_open and not job.cancel_requested and request.user.has_perm("jobs.cancel_job"),
        "may_retry": job.state == Job.State.FAILED and request.user.has_perm("jobs.cancel_job"),
    }
    return render(request, "jobs/detail.html", context)


@require_GET
@page(permission="jobs.view_job")
def job_progress(request: HttpRequest, uid: uuid.UUID) -> JsonResponse:
    """What `data-poll` reads: done, total, text, finished, and where to go when finished."""
    job = get_object_or_404(Job, uid=uid)
    state = {"done": job.done, "total": job.total, "text": job.progress_text, "finished": not job.is_open}
    if not job.is_open:
        state["url"] = reverse("jobs:detail", args=[job.uid])
    return JsonResponse(state)


@require_POST
@page(permission="jobs.view_job", writes="jobs.cancel_job")
def job_cancel(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Cancel, then back to the job."""
    return _act(request, uid, services.cancel, _("已要求取消，当前一步做完后停止"))


@require_POST
@page(permission="jobs.view_job", writes="jobs.cancel_job")
def job_retry(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Try again, then back to the job."""
    return _act(request, uid, services.retry, _("已重新排队"))


def _act(request: HttpRequest, uid: uuid.UUID, service: Any, said: str) -> HttpResponse:
    job = get_object_or_404(Job, uid=uid)
    try:
        service(job=job)
    except services.NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("jobs:detail", uid=job.uid)
