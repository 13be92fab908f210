"""Households and people in the ledger room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.audit.models import Event
from kernel.audit.services import record
from kernel.clock import today
from kernel.divisions.admin import PlaceFilter
from kernel.identity.id_number import birth_date as birth_of
from kernel.identity.id_number import check_id, normalise_id
from kernel.identity.id_number import sex as sex_of
from kernel.web.tables import Cell, Column, Table
from labour.admin.coded import CodedAdmin, CodedForm, code_filter, with_label
from labour.admin.tables import spell_table, year_table
from labour.models import Household, Person
from labour.models.people import id_faults
from labour.searching import search_households, search_people_or_places
from labour.services import save_household, save_person

if TYPE_CHECKING:
    from kernel.divisions.models import Division

PEOPLE_SEARCH = gettext_lazy("输入姓名开头、拼音、首字母、证件号码后四位，或村名开头")


class TracedAdmin(CodedAdmin):
    """Who tries numbers that live elsewhere in the county leaves a trace of every try."""

    def trace_refusal(self, refused: ValidationError) -> None:
        told = [error for errors in getattr(refused, "error_dict", {}).values() for error in errors]
        if any(str(error.code).endswith(".registered_elsewhere") for error in told):
            kind = self.opts.label_lower
            record(
                "labour.registered_elsewhere", result=Event.Result.REFUSED, rows=1, detail={"asked": 1, "kind": kind}
            )


def place_name(village: Division) -> str:
    """Township and village, as people say it."""
    parent = village.parent
    return f"{parent.short_name} {village.short_name}" if parent is not None else village.short_name


class PersonForm(CodedForm):
    """Birth date is a value to be unmasked, like the number: it is never repeated, and empty keeps what is stored."""

    birth_date = forms.DateField(
        label=gettext_lazy("出生日期"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "birth_date" not in self.fields:
            return
        self.initial["birth_date"] = None
        if self.instance.pk is None:
            self.fields["birth_date"].help_text = _("留空则取自证件号码")
        else:
            age = self.instance.age_on(today())  # type: ignore[attr-defined]
            self.fields["birth_date"].help_text = _("留空表示不修改（现年 %(age)s 岁）") % {"age": age}
        if "sex" in self.fields:
            self.fields["sex"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        stored: Any = self.instance
        number = normalise_id(cleaned.get("id_number") or "")
        good = bool(number) and check_id(number) is None
        if "birth_date" in self.fields and not cleaned.get("birth_date") and "birth_date" not in self.errors:
            cleaned["birth_date"] = birth_of(number) if good else stored.birth_date
        if "sex" in self.fields and not cleaned.get("sex"):
            cleaned["sex"] = sex_of(number) if good else stored.sex
        for name, text in (("birth_date", _("请填写出生日期或证件号码")), ("sex", _("请选择性别或填写证件号码"))):
            if name in self.fields and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, ValidationError(text, code="required"))
        if cleaned.get("birth_date") and cleaned["birth_date"] > today():
            self.add_error("birth_date", ValidationError(_("出生日期晚于今天，请核对"), code="future"))
        if not number and stored.id_number is not None:
            self._compare_with_stored(cleaned)
        return cleaned

    def _compare_with_stored(self, cleaned: dict[str, Any]) -> None:
        stored: Any = self.instance
        if not {"birth_date", "sex"} & set(self.changed_data) or not cleaned.get("birth_date"):
            return
        number = stored.id_number.reveal()
        for name, text in id_faults(number, birth_date=cleaned["birth_date"], sex=cleaned.get("sex", "")).items():
            self.add_error(name, text)


@admin.register(Household)
class HouseholdAdmin(TracedAdmin):
    """One household; its members are listed below."""

    list_display = ["number", "place", "category_told", "changed_on"]
    list_filter = [PlaceFilter, code_filter("category", "household_category", gettext_lazy("户类别"))]
    list_select_related = ["village__parent"]
    search_fields = ["number"]
    search_help_text = gettext_lazy("输入户编号开头、户内任一人的姓名或拼音，或村名开头")
    autocomplete_fields = ["village"]
    fieldsets = [(None, {"fields": ["village", "number", "category"]})]
    described_by = ("village__parent",)
    code_lists = {"category": "household_category"}
    listed_codes = ("category",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return search_households(queryset, Person.objects.all(), search_term), False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        entry = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "village":
            entry.help_text = _("改村即迁户：户内人员及其务工记录一并迁到新村")
        return entry

    def store(self, request: HttpRequest, obj: Household, form: Any, change: bool) -> None:
        save_household(obj)

    def describe(self, obj: Household) -> str:
        return f"{obj.number} · {place_name(obj.village)}"

    @admin.display(description=gettext_lazy("所属村"), ordering="village")
    def place(self, obj: Household) -> str:
        return place_name(obj.village)

    def related_tables(self, request: HttpRequest, obj: Household) -> list[Table]:
        if not request.user.has_perm("labour.view_person"):
            return []
        columns = [Column(_("姓名")), Column(_("与户主关系")), Column(_("性别")), Column(_("年龄"), numeric=True)]
        members: Any = with_label(obj.members.all(), "relation", "relation").order_by("pk")
        rows = [
            [
                Cell(member.name, href=reverse("admin:labour_person_change", args=[member.pk])),
                Cell(member.relation_label or member.relation),
                Cell(member.get_sex_display()),
                Cell(member.age_on(today())),
            ]
            for member in members
        ]
        return [Table(_("户内人员"), columns, rows)]


@admin.register(Person)
class PersonAdmin(TracedAdmin):
    """One person. Identity number and phone are shown as masks; the whole number is asked for with a purpose."""

    form = PersonForm
    list_display = ["name", "place", "sex", "age", "ability_told", "id_number", "changed_on"]
    list_filter = [
        PlaceFilter,
        code_filter("ability", "ability", gettext_lazy("劳动技能")),
        "sex",
        code_filter("education", "education", gettext_lazy("文化程度")),
        "job_wish",
        "low_income",
    ]
    sortable_by = ("name", "place", "changed_on")
    list_select_related = ["village__parent"]
    search_fields = ["name"]
    search_help_text = PEOPLE_SEARCH
    autocomplete_fields = ["household"]
    allowed_lookups = ("household__exact",)
    described_by = ("village__parent",)
    protected_fields = frozenset({"birth_date"})
    listed_codes = ("ability",)
    code_lists = {
        "relation": "relation",
        "ethnicity": "ethnicity",
        "education": "education",
        "student": "student",
        "ability": "ability",
        "health": "health",
        "politics": "politics",
    }

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return search_people_or_places(queryset, search_term), False

    def get_readonly_fields(self, request: HttpRequest, obj: Person | None = None) -> list[str]:
        return ["place", "age", "whole_number"] if obj else []

    def own_fieldsets(self, request: HttpRequest, obj: Person | None = None) -> Any:
        return [
            (_("户与本人"), {"fields": self._own_fields(request, obj)}),
            (_("证件与联系"), {"fields": ["id_number", "phone", *(["whole_number"] if obj else [])]}),
            (
                _("劳动能力与愿望"),
                {"fields": [("ability", "job_wish"), ("education", "student"), ("health", "low_income")]},
            ),
            (_("其他"), {"fields": [("ethnicity", "politics"), "number"]}),
        ]

    def _own_fields(self, request: HttpRequest, obj: Person | None) -> list[Any]:
        if obj is None:
            return ["household", "name", ("sex", "birth_date"), "relation"]
        # A reader's page prints stored values: it shows the age instead of the birth date.
        born = "birth_date" if self.has_change_permission(request, obj) else "age"
        return ["household", "place", "name", ("sex", born), "relation"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        entry = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "household":
            entry.help_text = _("人随户走：换到别村的户，本人和务工记录一并迁到那个村")
        return entry

    def store(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        save_person(obj)

    def describe(self, obj: Person) -> str:
        told = f"{obj.name} · {place_name(obj.village)}"
        return f"{told} · {str(obj.id_number)[-6:]}" if obj.id_number else told

    def page_url(self, obj: Person) -> str:
        return reverse("labour:person", args=[obj.uid])

    def related_tables(self, request: HttpRequest, obj: Person) -> list[Table]:
        user: Any = request.user
        tables = [spell_table(obj)] if user.has_perm("labour.view_employmentspell") else []
        return [*tables, year_table(obj)] if user.has_perm("labour.view_personyear") else tables

    @admin.display(description=gettext_lazy("所属村"), ordering="village")
    def place(self, obj: Person) -> str:
        return place_name(obj.village)

    @admin.display(description=gettext_lazy("年龄"))
    def age(self, obj: Person) -> int:
        return obj.age_on(today())

    @admin.display(description=gettext_lazy("完整号码"))
    def whole_number(self, obj: Person) -> str:
        return format_html('<a href="{}">{}</a>', reverse("labour:unmask", args=[obj.uid]), _("显示（需填原因）"))
