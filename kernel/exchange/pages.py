"""Importing in four steps: choose a template, upload, check, done. Every step works without JavaScript."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.audit.services import record
from kernel.exchange import services
from kernel.exchange.annotating import all_problems, annotated_workbook
from kernel.exchange.exporting import template_workbook
from kernel.exchange.forms import UploadForm
from kernel.exchange.importer import Importer
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.preview import preview_rows
from kernel.exchange.registry import importers
from kernel.web.pages import Breadcrumb, page, paginate_keyset, require
from kernel.web.tables import Cell, Column, Table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE_SIZE = 50
PROBLEMS_SHOWN = 200
TONES = {"committed": "ok", "failed": "bad", "cancelled": "warn", "undone": "warn"}


def download(name: str, content: Any, kind: str = XLSX) -> HttpResponse:
    """A file to save, its Chinese name kept."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def declared(request: HttpRequest, code: str) -> type[Importer]:
    """The importer of a code, with the right to use it; 404 for an unknown one."""
    found = importers().get(code)
    if found is None:
        raise Http404(code)
    require(request, found.permission)
    return found


@require_GET
@page(permission="exchange.view_upload")
def upload_list(request: HttpRequest) -> HttpResponse:
    """Step 1: the templates this user may import with, and earlier imports."""
    usable = [each for each in importers().values() if request.user.has_perm(each.permission)]
    found = paginate_keyset(Upload.objects.select_related("created_by"), ("-id",), request.GET.get("after"), 20)
    labels = {code: str(each.label) for code, each in importers().items()}
    rows = [
        (
            Cell(each.file_name, reverse("exchange:upload", args=[each.uid])),
            Cell(labels.get(each.importer, each.importer)),
            Cell(each.get_state_display(), tone=TONES.get(each.state, "")),
            Cell(each.message),
            Cell(str(each.created_by or _("系统"))),
            Cell(date_format(localtime(each.created_at), "Y-m-d H:i")),
        )
        for each in found.rows
    ]
    columns = [Column(_("文件")), Column(_("模板")), Column(_("状态")), Column(_("结果"))]
    columns += [Column(_("上传人"), minor=True), Column(_("时间"), minor=True)]
    context = {
        "importers": usable,
        "may_add": request.user.has_perm("exchange.add_upload"),
        "table": Table(_("导入记录"), columns, rows),
        "page": found,
    }
    return render(request, "exchange/list.html", context)


@require_GET
@page(permission="exchange.add_upload")
def template_file(request: HttpRequest, code: str) -> HttpResponse:
    """The blank workbook of a template."""
    importer = declared(request, code)
    return download(f"{importer.file_name or importer.label}_模板.xlsx", template_workbook(importer))


@require_http_methods(["GET", "POST"])
@page(permission="exchange.add_upload")
def upload_new(request: HttpRequest, code: str) -> HttpResponse:
    """Step 2: hand in a file."""
    importer = declared(request, code)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        acting = request.user.acting  # type: ignore[union-attr]
        if acting is None:
            raise PermissionDenied
        try:
            upload = services.receive_upload(
                content=given.read(), file_name=given.name, importer=code, division=acting.division_id
            )
        except services.UploadRefused as refusal:
            form.refuse(refusal)
        else:
            return redirect("exchange:upload", uid=upload.uid)
    context = {
        "title": _("导入%(label)s") % {"label": importer.label},
        "form": form,
        "importer": importer,
        "multipart": True,
        "submit_label": _("上传并检查"),
        "cancel_url": reverse("exchange:list"),
        "breadcrumbs": [Breadcrumb(_("导入"), reverse("exchange:list")), Breadcrumb(importer.label)],
    }
    return render(request, "exchange/new.html", context, status=400 if form.errors else 200)


def _upload(uid: uuid.UUID) -> Upload:
    return get_object_or_404(Upload.objects.select_related("job", "created_by", "village"), uid=uid)


@require_GET
@page(permission="exchange.view_upload")
def upload_detail(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Steps 3 and 4: progress, then the check, then what was done."""
    upload = _upload(uid)
    importer = importers().get(upload.importer)
    label = importer.label if importer else upload.importer
    context: dict[str, Any] = {
        "upload": upload,
        "label": label,
        "breadcrumbs": [Breadcrumb(_("导入"), reverse("exchange:list")), Breadcrumb(upload.file_name)],
        "busy": bool(upload.job and upload.job.is_open),
        "step": _step(upload),
        "counts": _counts(upload, request.GET.get("show", "")),
        "may_commit": upload.may_commit and request.user.has_perm("exchange.commit_upload"),
        "may_undo": upload.state == Upload.State.COMMITTED and request.user.has_perm("exchange.undo_upload"),
        "may_cancel": upload.is_open and request.user.has_perm("exchange.add_upload"),
    }
    if importer is not None and upload.state not in {Upload.State.RECEIVED, Upload.State.READING}:
        context |= _check(request, upload, importer)
    return render(request, "exchange/upload.html", context)


def _step(upload: Upload) -> int:
    if upload.state in {Upload.State.RECEIVED, Upload.State.READING}:
        return 2
    return 3 if upload.state in {Upload.State.READY, Upload.State.COMMITTING, Upload.State.FAILED} else 4


def _counts(upload: Upload, shown: str) -> list[dict[str, Any]]:
    words = StagedRow.Verdict
    pairs = [(words.NEW, upload.new), (words.CHANGED, upload.changed), (words.SAME, upload.same)]
    pairs += [(words.ERROR, upload.error)] + ([(words.STALE, upload.stale)] if upload.stale else [])
    return [{"code": word.value, "label": word.label, "n": n, "current": word.value == shown} for word, n in pairs]


def _check(request: HttpRequest, upload: Upload, importer: type[Importer]) -> dict[str, Any]:
    rows = StagedRow.objects.filter(upload_id=upload.pk)
    shown = request.GET.get("show", "")
    if shown in StagedRow.Verdict.values:
        rows = rows.filter(verdict=shown)
    found = paginate_keyset(rows, ("number", "id"), request.GET.get("after"), PAGE_SIZE)
    return {
        "page": found,
        "lines": preview_rows(importer, found.rows),
        "problems": all_problems(upload)[:PROBLEMS_SHOWN],
        "choosing": upload.state == Upload.State.READY and request.user.has_perm("exchange.commit_upload"),
    }


@require_GET
@page(permission="exchange.view_upload")
def upload_progress(request: HttpRequest, uid: uuid.UUID) -> JsonResponse:
    """What the bar asks for."""
    upload = _upload(uid)
    job = upload.job
    state: dict[str, Any] = {"done": 0, "total": 0, "text": str(upload.get_state_display()), "finished": True}
    if job is not None:
        state = {"done": job.done, "total": job.total, "text": job.progress_text, "finished": not job.is_open}
    if state["finished"]:
        state["url"] = reverse("exchange:upload", args=[upload.uid])
    return JsonResponse(state)


@require_GET
@page(permission="exchange.add_upload")
def upload_annotated(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The user's own workbook with its errors marked; only for those who may import, as it holds what they handed in."""
    upload = _upload(uid)
    try:
        name, content = annotated_workbook(upload)
    except FileNotFoundError:
        raise Http404(_("文件已过期清除，请重新上传")) from None
    record("import.annotated", obj=upload, rows=upload.error)
    return download(name, content)


def _act(request: HttpRequest, uid: uuid.UUID, service: Any, said: str, **values: Any) -> HttpResponse:
    upload = _upload(uid)
    found = importers().get(upload.importer)
    if found is None:
        raise Http404(upload.importer)
    require(request, found.permission)
    try:
        service(upload=upload, **values)
    except (services.NotNow, services.CommitRefused, services.UndoRefused) as refusal:
        messages.error(request, str(refusal))
    except PermissionError as error:
        raise PermissionDenied(_("您的岗位不能使用这个导入模板")) from error
    else:
        if said:
            messages.success(request, said)
    return redirect("exchange:upload", uid=upload.uid)


@require_POST
@page(permission="exchange.view_upload", writes="exchange.commit_upload")
def upload_commit(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Write it: in the background, in one transaction."""
    return _act(request, uid, services.request_commit, "")


@require_POST
@page(permission="exchange.view_upload", writes="exchange.undo_upload")
def upload_undo(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take it back as a whole."""
    return _act(request, uid, services.request_undo, "")


@require_POST
@page(permission="exchange.view_upload", writes="exchange.add_upload")
def upload_cancel(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Give it up before anything is written."""
    return _act(request, uid, services.cancel_upload, "")


@require_POST
@page(permission="exchange.view_upload", writes="exchange.commit_upload")
def upload_ignore(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Agree to leave unknown columns out."""
    if not request.POST.get("ignore"):
        messages.error(request, _("请先勾选“忽略此列”"))
        return redirect("exchange:upload", uid=uid)
    return _act(request, uid, services.ignore_unknown_columns, _("已忽略不认识的列"))


@require_POST
@page(permission="exchange.view_upload", writes="exchange.commit_upload")
def upload_choose(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take the ticked rows of a page, leave out the others of that page."""
    listed = {int(each) for each in request.POST.getlist("listed") if each.isascii() and each.isdigit()}
    ticked = {int(each) for each in request.POST.getlist("chosen") if each.isascii() and each.isdigit()} & listed

    def choose(*, upload: Upload) -> None:
        services.choose_rows(upload=upload, numbers=sorted(ticked), chosen=True)
        services.choose_rows(upload=upload, numbers=sorted(listed - ticked), chosen=False)

    return _act(request, uid, choose, _("已保存勾选"))
