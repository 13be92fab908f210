"""Employers and employment in the ledger room."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.clock import today
from kernel.divisions.admin import PlaceFilter
from kernel.identity.money import fen_to_yuan_text
from kernel.wall.scope import required_scope
from kernel.web.admin import RecordAdmin
from kernel.web.fields import MonthField, YuanField
from labour.admin.coded import CodedAdmin, CodedForm, code_filter
from labour.admin.people import PEOPLE_SEARCH, place_name
from labour.admin.tables import months_told
from labour.models import Employer, EmploymentSpell, Person
from labour.searching import search_employers, search_spells
from labour.services import save_employer, save_spell

WAGE = gettext_lazy("月收入（元）")
YEARS_BACK = 8


class YearFilter(admin.SimpleListFilter):
    """Spells with at least one month in a year."""

    title = gettext_lazy("年度")
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        this = today().year
        return [(str(year), str(year)) for year in range(this, this - YEARS_BACK, -1)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        text = self.value()
        if text is None:
            return queryset
        if not (text.isascii() and text.isdigit() and len(text) == 4 and text > "1900"):
            raise IncorrectLookupParameters
        return queryset.touching(int(text))


class SpellForm(CodedForm):
    """Months and yuan; a chosen employer brings its name."""

    start = MonthField(label=gettext_lazy("开始月份"))
    end = MonthField(label=gettext_lazy("结束月份"), required=False, help_text=gettext_lazy("含当月；在岗留空"))
    wage_fen = YuanField(label=WAGE, help_text=gettext_lazy("按月，以元为单位，最多两位小数"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        employer: Employer | None = cleaned.get("employer")
        if employer is not None and "employer" in self.changed_data:
            cleaned["employer_name"] = employer.name
        return cleaned


@admin.register(EmploymentSpell)
class SpellAdmin(CodedAdmin):
    """One job of one person. The person's year, the employer and the figures follow in the same transaction."""

    form = SpellForm
    list_display = ["person_name", "place", "months", "area", "employer_name", "wage", "changed_on"]
    list_display_links = ["person_name", "months"]
    list_filter = [
        PlaceFilter,
        YearFilter,
        "area",
        code_filter("channel", "channel", gettext_lazy("就业渠道")),
        "point_to_point",
    ]
    sortable_by = ("months", "wage", "changed_on")
    list_select_related = ["person", "village__parent"]
    search_fields = ["employer_name"]
    search_help_text = gettext_lazy("输入姓名开头、拼音、证件号码后四位、村名或单位名称开头")
    autocomplete_fields = ["person", "employer"]
    allowed_lookups = ("person__exact", "employer__exact")
    described_by = ("person",)
    code_lists = {"industry": "industry", "channel": "channel"}
    labels = {"wage_fen": WAGE}
    words = {
        "wage_fen": fen_to_yuan_text,
        "start": lambda day: f"{day:%Y-%m}",
        "end": lambda day: f"{day:%Y-%m}",
    }

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return search_spells(queryset, Person.objects.all(), search_term), False

    def get_readonly_fields(self, request: HttpRequest, obj: EmploymentSpell | None = None) -> list[str]:
        return ["person_told", "area_told", "wage"] if obj else []

    def own_fieldsets(self, request: HttpRequest, obj: EmploymentSpell | None = None) -> Any:
        wage = "wage_fen" if obj is None or self.has_change_permission(request, obj) else "wage"
        return [
            (_("谁、何时"), {"fields": ["person_told" if obj else "person", ("start", "end")]}),
            (
                _("在哪里"),
                {
                    "fields": [("place_province", "place_city", "place_county"), *(["area_told"] if obj else [])],
                    "description": _(
                        "填到县级，例如 浙江省 杭州市 萧山区；境外在省里填“境外”。务工区域由务工地自动判断。"
                    ),
                },
            ),
            (_("为谁工作"), {"fields": ["employer", "employer_name", ("industry", "channel"), "point_to_point"]}),
            (_("收入"), {"fields": [wage]}),
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        entry = super().formfield_for_dbfield(db_field, request, **kwargs)
        hints = {
            "employer": _("本县登记的用工主体；选中后自动带入名称"),
            "employer_name": _("未登记的单位直接填名称；与登记名称完全一致时自动关联"),
            "person": PEOPLE_SEARCH,
        }
        if entry is not None and db_field.name in hints:
            entry.help_text = hints[db_field.name]
        return entry

    def store(self, request: HttpRequest, obj: EmploymentSpell, form: Any, change: bool) -> None:
        save_spell(obj)

    def page_url(self, obj: EmploymentSpell) -> str:
        return reverse("labour:person", args=[obj.person.uid])

    @admin.display(description=gettext_lazy("姓名"))
    def person_name(self, obj: EmploymentSpell) -> str:
        return obj.person.name

    @admin.display(description=gettext_lazy("人员"))
    def person_told(self, obj: EmploymentSpell) -> str:
        return f"{obj.person.name} · {place_name(obj.village)}"

    @admin.display(description=gettext_lazy("所属村"))
    def place(self, obj: EmploymentSpell) -> str:
        return place_name(obj.village)

    @admin.display(description=gettext_lazy("起止"), ordering="start")
    def months(self, obj: EmploymentSpell) -> str:
        return months_told(obj)

    @admin.display(description=gettext_lazy("务工区域"))
    def area_told(self, obj: EmploymentSpell) -> str:
        return obj.get_area_display()

    @admin.display(description=WAGE, ordering="wage_fen")
    def wage(self, obj: EmploymentSpell) -> str:
        return fen_to_yuan_text(obj.wage_fen)


@admin.register(Employer)
class EmployerAdmin(RecordAdmin):
    """The county's roll of employers: everybody in the county reads it, county clerks keep it."""

    list_display = ["name", "kind", "credit_code", "village", "changed_on"]
    list_filter = ["kind"]
    list_select_related = ["village"]
    search_fields = ["name"]
    search_help_text = gettext_lazy("输入名称的一部分、拼音首字母或统一社会信用代码开头")
    autocomplete_fields = ["village"]
    fieldsets = [(None, {"fields": ["name", "kind", "credit_code", "village"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Employer]:
        return super().get_queryset(request).select_related("village")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return search_employers(queryset, search_term), False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"village": required_scope().lo, **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        entry = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "village":
            entry.label, entry.help_text = _("登记地"), _("注册所在的乡镇或村；不详填本县")
        return entry

    def store(self, request: HttpRequest, obj: Employer, form: Any, change: bool) -> None:
        save_employer(obj)

    def page_url(self, obj: Employer) -> str:
        return reverse("labour:employer", args=[obj.uid])
