"""The roster of a place, and the page of one person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.clock import default_year, today
from kernel.codes.lookup import labels_of
from kernel.divisions.models import Division
from kernel.identity.money import fen_to_yuan_text
from kernel.identity.months import mask_to_months
from kernel.wall.history import history_of
from kernel.wall.scope import required_scope
from kernel.web.pages import Breadcrumb, breadcrumbs, page, paginate_keyset
from kernel.web.panels import panels_for
from kernel.web.tables import Cell, Column, Table
from labour.models import EmploymentSpell, Person, PersonYear
from labour.pages.buttons import export_url
from labour.querysets import PersonQuerySet
from labour.searching import search_people

STATES = {
    "labourers": gettext_lazy("登记劳动力"),
    "employed": gettext_lazy("已就业"),
    "idle": gettext_lazy("未就业"),
    "outside": gettext_lazy("县外务工"),
    "all": gettext_lazy("全部户成员"),
}


def chosen_division(request: HttpRequest) -> Division:
    """`?d=`, or the acting appointment's own place; outside the scope is 404."""
    text = request.GET.get("d", "")
    if not text:
        return request.user.acting.division  # type: ignore[union-attr]
    if not (text.isascii() and text.isdigit() and len(text) == 12):
        raise BadRequest(_("参数 d“%(text)s”应为 12 位区划代码") % {"text": text[:20]})
    if not required_scope().covers(int(text)):
        raise Http404
    return get_object_or_404(Division.objects.select_related("parent__parent"), pk=int(text))


def in_state(rows: PersonQuerySet, state: str, year: int) -> PersonQuerySet:
    """The roster's filter; BadRequest names the allowed values."""
    match state:
        case "labourers":
            return rows.labourers(year)
        case "employed":
            return rows.filter(years__year=year, years__labourer=True, years__months__gt=0)
        case "idle":
            return rows.filter(years__year=year, years__labourer=True, years__months=0)
        case "outside":
            return rows.filter(years__year=year, years__labourer=True, years__outside_months__gt=0)
        case "all":
            return rows
    raise BadRequest(_("参数 state 只能是 %(allowed)s") % {"allowed": "、".join(STATES)})


@page(permission="labour.view_person")
def roster(request: HttpRequest) -> HttpResponse:
    """People of a place: filter by state, search by name, pinyin or ID tail; fifty a page."""
    division, year = chosen_division(request), default_year()
    state, text = request.GET.get("state") or "labourers", request.GET.get("q", "")
    span = division.range
    rows = Person.objects.filter(village__gte=span.lo, village__lt=span.hi).select_related("village__parent")
    rows = search_people(in_state(rows, state, year), text)
    listed = paginate_keyset(rows, ("village_id", "pk"), request.GET.get("after"), size=50)
    context = {
        "division": division,
        "year": year,
        "state": state,
        "states": STATES,
        "q": text,
        "page": listed,
        "table": roster_table(listed.rows, year),
        "exports": _exports(request, d=division.pk, state=state, q=text),
        "may_unmask": request.user.has_perm("labour.unmask_person"),
        "breadcrumbs": _way(division, Breadcrumb(_("名册"))),
    }
    return render(request, "labour/roster.html", context)


def _exports(request: HttpRequest, **chosen: object) -> list[dict[str, str]]:
    """The buttons: the listed people, and their employment."""
    labels = {"people": _("导出人员"), "spells": _("导出务工记录")}
    urls = {kind: export_url(request, kind, **chosen) for kind in labels}
    return [{"url": url, "label": labels[kind]} for kind, url in urls.items() if url]


def roster_table(people: list[Person], year: int) -> Table:
    """People with their months and income of a year; each row leads to the person. One query for the year rows."""
    rows = PersonYear.objects.filter(person__in=[each.pk for each in people], year=year)
    years = {row.person_id: row for row in rows}
    columns = [
        Column(_("姓名")),
        Column(_("所属村")),
        Column(_("性别")),
        Column(_("年龄"), numeric=True),
        Column(_("%(year)s 年务工月数") % {"year": year}, numeric=True),
        Column(_("其中县外"), numeric=True, minor=True),
        Column(_("务工收入（元）"), numeric=True, minor=True),
    ]
    return Table(_("人员名册"), columns, [_roster_line(person, years.get(person.pk)) for person in people])


def _roster_line(person: Person, row: PersonYear | None) -> list[Cell]:
    village: Any = person.village
    return [
        Cell(person.name, href=reverse("labour:person", args=[person.uid])),
        Cell(f"{village.parent.short_name} {village.short_name}"),
        Cell(person.get_sex_display()),
        Cell(person.age_on(today())),
        Cell(len(mask_to_months(row.months)) if row else 0),
        Cell(len(mask_to_months(row.outside_months)) if row else 0),
        Cell(fen_to_yuan_text(row.wages_fen) if row else "0.00"),
    ]


@page(permission="labour.view_person")
def person_page(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One person: masked header, employment, years, what upper apps add, and who changed what."""
    person = get_object_or_404(Person.objects.select_related("village__parent__parent", "household"), uid=uid)
    spells = person.spells.select_related("employer").order_by("-start", "-pk")
    labels = labels_of("ability", "education", "relation", "health", "household_category", "channel", "industry")
    context = {
        "person": person,
        "age": person.age_on(today()),
        "facts": _facts(person, labels),
        "spells": _spell_table(list(spells), labels),
        "years": _year_table(list(person.years.order_by("-year"))),
        "panels": panels_for("person", request, person),
        "versions": len(history_of("labour_person", person.pk)),
        "unmask_url": reverse("labour:unmask", args=[person.uid])
        if request.user.has_perm("labour.unmask_person")
        else "",
        "breadcrumbs": _way(person.village, Breadcrumb(person.name)),
    }
    return render(request, "labour/person.html", context)


def _facts(person: Person, labels: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    def said(name: str, key: str) -> str:
        return labels.get(name, {}).get(key, key) or "—"

    return [
        (_("证件号码"), str(person.id_number) if person.id_number else _("暂无证件号码")),
        (_("联系电话"), str(person.phone) if person.phone else "—"),
        (_("户编号"), person.household.number),
        (_("与户主关系"), said("relation", person.relation)),
        (_("户类别"), said("household_category", person.household.category)),
        (_("劳动技能"), said("ability", person.ability)),
        (_("文化程度"), said("education", person.education)),
        (_("健康状况"), said("health", person.health)),
        (_("就业愿望"), str(person.get_job_wish_display())),
    ]


def _spell_table(spells: list[EmploymentSpell], labels: dict[str, dict[str, str]]) -> Table:
    columns = [
        Column(_("起止")),
        Column(_("区域")),
        Column(_("务工地"), minor=True),
        Column(_("用工主体")),
        Column(_("就业渠道"), minor=True),
        Column(_("月收入（元）"), numeric=True),
    ]
    lines = [
        [
            Cell(
                f"{spell.start:%Y-%m} – {spell.end:%Y-%m}"
                if spell.end
                else _("%(start)s 起") % {"start": f"{spell.start:%Y-%m}"}
            ),
            Cell(spell.get_area_display()),
            Cell(f"{spell.place_province}{spell.place_city}{spell.place_county}"),
            Cell(
                spell.employer_name,
                href=reverse("labour:employer", args=[spell.employer.uid]) if spell.employer else "",
            ),
            Cell(labels.get("channel", {}).get(spell.channel, spell.channel)),
            Cell(fen_to_yuan_text(spell.wage_fen)),
        ]
        for spell in spells
    ]
    return Table(_("务工记录"), columns, lines)


def _year_table(rows: list[PersonYear]) -> Table:
    columns = [
        Column(_("年度")),
        Column(_("计为劳动力")),
        Column(_("务工月数"), numeric=True),
        Column(_("县外月数"), numeric=True),
        Column(_("务工收入（元）"), numeric=True),
        Column(_("县外收入（元）"), numeric=True, minor=True),
    ]
    lines = [
        [
            Cell(row.year),
            Cell(_("是") if row.labourer else _("否")),
            Cell(len(mask_to_months(row.months))),
            Cell(len(mask_to_months(row.outside_months))),
            Cell(fen_to_yuan_text(row.wages_fen)),
            Cell(fen_to_yuan_text(row.outside_wages_fen)),
        ]
        for row in rows
    ]
    return Table(_("年度汇总"), columns, lines)


def _way(division: Division, *tail: Breadcrumb) -> list[Breadcrumb]:
    return breadcrumbs(division, lambda place: f"/d/{place.code}/", *tail, top=required_scope().lo)
