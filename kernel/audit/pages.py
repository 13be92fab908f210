"""The log for those who check it: events, access to personal data, acts, the chain. Own county only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kernel.audit.chain import find_fault, read_head
from kernel.audit.export import workbook_of
from kernel.audit.forms import LogFilter
from kernel.audit.labels import action_label, role_label, source_label
from kernel.audit.models import Act, Event, Seal
from kernel.audit.querysets import EventQuerySet
from kernel.audit.services import record
from kernel.divisions.codes import Range, level_of, range_of
from kernel.divisions.models import Division
from kernel.wall.scope import required_scope
from kernel.web.pages import page, paginate_keyset
from kernel.web.tables import Cell, Column, Table

MOST_EXPORTED = 10_000
LINKS_CHECKED = 1_000
"""Links that the page recomputes while somebody waits; `manage.py verify_audit` recomputes all."""
TONES = {Event.Result.REFUSED: "warn", Event.Result.ERROR: "bad"}


def own_area(request: HttpRequest) -> Range:
    """The codes the reader answers for: the division of the acting appointment."""
    user: Any = request.user
    code = user.acting.division_id
    return range_of(code, level_of(code))


def visible_events(request: HttpRequest) -> EventQuerySet:
    """Events of the own area; who keeps the log (acts nowhere) also sees attempts on accounts that do not exist."""
    scope = required_scope()
    return Event.objects.within(own_area(request), homeless=scope.lo == scope.hi).select_related("act")


def filtered(rows: EventQuerySet, form: LogFilter) -> EventQuerySet:
    """The rows that a valid filter leaves."""
    data = form.cleaned_data
    if data["action"]:
        rows = rows.filter(action=data["action"])
    if data["result"]:
        rows = rows.filter(result=data["result"])
    if data["user"]:
        actor = get_user_model().objects.filter(username=data["user"]).values_list("pk", flat=True).first()
        rows = rows.by(actor) if actor is not None else rows.none()
    if data["object"]:
        rows = rows.about(data["object"])
    return rows.between(*form.moments())


@require_GET
@page(permission="audit.view_event")
def events(request: HttpRequest) -> HttpResponse:
    """Everything worth a line."""
    return show_events(request, visible_events(request), _("审计记录"), "audit:export")


@require_GET
@page(permission="audit.view_event")
def access(request: HttpRequest) -> HttpResponse:
    """Who saw or took away whose personal data, when and why."""
    return show_events(request, visible_events(request).of_access(), _("个人信息访问记录"), "")


def show_events(request: HttpRequest, rows: EventQuerySet, title: str, export: str) -> HttpResponse:
    """One page of events; 400 with the fault beside its field when the filter is malformed."""
    form = LogFilter(request.GET)
    context: dict[str, Any] = {"title": title, "form": form, "export": export and reverse(export)}
    if not form.is_valid():
        return render(request, "audit/events.html", context, status=400)
    found = paginate_keyset(filtered(rows, form), ("-id",), request.GET.get("after"))
    columns = [
        Column(_("时间")),
        Column(_("操作人")),
        Column(_("角色"), minor=True),
        Column(_("动作")),
        Column(_("结果")),
        Column(_("区划"), minor=True),
        Column(_("对象"), minor=True),
        Column(_("行数"), numeric=True, minor=True),
        Column(_("用途")),
        Column(_("来源"), minor=True),
    ]
    context |= {"page": found, "table": Table(title, columns, [tuple(row) for row in event_cells(found.rows)])}
    return render(request, "audit/events.html", context)


def event_cells(rows: Sequence[Event]) -> Iterable[list[Cell]]:
    """Events as cells; people and places are looked up once for all."""
    people = people_of(event.act.actor_id for event in rows)
    places = in_bulk(Division.objects.all(), (event.division for event in rows))
    for event in rows:
        yield [
            Cell(f"{localtime(event.at):%Y-%m-%d %H:%M:%S}"),
            Cell(people.get(event.act.actor_id, _("系统") if event.act.actor_id is None else str(event.act.actor_id))),
            Cell(role_label(event.act.role)),
            Cell(action_label(event.action)),
            Cell(event.get_result_display(), tone=TONES.get(Event.Result(event.result), "")),
            Cell(str(places.get(event.division, event.division or ""))),
            Cell(f"{event.object_type} {event.object_id}".strip()),
            Cell(event.rows or ""),
            Cell(event.purpose),
            Cell(f"{source_label(event.act.source)} {event.act.address}".strip()),
        ]


@require_POST
@page(permission="audit.export_event")
def export(request: HttpRequest) -> HttpResponse:
    """The filtered events as a workbook, newest first, at most ten thousand; itself recorded."""
    form = LogFilter(request.POST)
    if not form.is_valid():
        return render(request, "audit/events.html", {"title": _("审计记录"), "form": form}, status=400)
    rows = list(filtered(visible_events(request), form).order_by("-pk")[:MOST_EXPORTED])
    record("log.exported", division=own_area(request).lo, rows=len(rows))
    head = ["时间", "操作人", "角色", "动作", "结果", "区划", "对象", "行数", "用途", "来源"]
    body = workbook_of([_(word) for word in head], ([cell.content for cell in line] for line in event_cells(rows)))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = 'attachment; filename="audit.xlsx"'
    return response


@require_GET
@page(permission="audit.view_act")
def acts(request: HttpRequest) -> HttpResponse:
    """Every transaction that wrote something: who, as what, from where, why."""
    found = paginate_keyset(Act.objects.within(own_area(request)), ("-id",), request.GET.get("after"))
    people = people_of(act.actor_id for act in found.rows)
    columns = [
        Column(_("编号")),
        Column(_("时间")),
        Column(_("操作人")),
        Column(_("角色")),
        Column(_("来源")),
        Column(_("原因")),
        Column(_("请求号"), minor=True),
    ]
    lines = [
        (
            Cell(act.pk),
            Cell(f"{localtime(act.at):%Y-%m-%d %H:%M:%S}"),
            Cell(people.get(act.actor_id, _("系统"))),
            Cell(role_label(act.role)),
            Cell(f"{source_label(act.source)} {act.address}".strip()),
            Cell(act.reason),
            Cell(act.request_id),
        )
        for act in found.rows
    ]
    table = Table(_("写入操作"), columns, lines)
    return render(request, "audit/list.html", {"title": _("写入操作"), "table": table, "page": found})


@require_GET
@page(permission="audit.view_seal")
def seals(request: HttpRequest) -> HttpResponse:
    """The links of the chain, and the button that recomputes the newest ones."""
    found = paginate_keyset(Seal.objects.all(), ("-id",), request.GET.get("after"))
    columns = [Column(_("环号")), Column(_("时间")), Column(_("行数"), numeric=True), Column(_("本环"))]
    lines = [
        (Cell(seal.pk), Cell(f"{localtime(seal.at):%Y-%m-%d %H:%M:%S}"), Cell(seal.rows), Cell(seal.hash))
        for seal in found.rows
    ]
    context = {
        "title": _("封存链"),
        "table": Table(_("封存链"), columns, lines),
        "page": found,
        "may_verify": request.user.has_perm("audit.verify_chain"),
    }
    return render(request, "audit/seals.html", context)


@require_POST
@page(permission="audit.verify_chain")
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute the newest links and say what was found."""
    fault = find_fault(read_head(), newest=LINKS_CHECKED)
    record("chain.verified", division=own_area(request).lo, result="success" if fault is None else "error")
    if fault is None:
        messages.success(request, _("最近 %(n)d 环核验完好") % {"n": min(LINKS_CHECKED, Seal.objects.count())})
    else:
        place = _("第 %(n)d 环：") % {"n": fault.seal} if fault.seal is not None else ""
        messages.error(request, f"{place}{fault.sentence}")
    return redirect("audit:seals")


def people_of(ids: Iterable[int | None]) -> dict[int | None, str]:
    """User id → full name and account name."""
    users = in_bulk(get_user_model().objects.all(), ids)
    return {key: f"{user} {user.get_username()}" for key, user in users.items()}


def in_bulk(rows: QuerySet[Any], keys: Iterable[int | None]) -> dict[int | None, Any]:
    """Rows by primary key, without the empty keys."""
    return dict(rows.in_bulk({key for key in keys if key is not None}))
