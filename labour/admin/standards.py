"""Who counts as a labourer, and the year rows computed from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from kernel.audit.services import record
from kernel.codes.lookup import labels_of
from kernel.divisions.admin import PlaceFilter
from kernel.divisions.models import Division
from kernel.identity.money import fen_to_yuan_text
from kernel.identity.months import mask_to_months
from kernel.wall.scope import required_scope
from kernel.web.admin import QuietAdmin, ReadOnlyAdmin
from labour.admin.people import PEOPLE_SEARCH, place_name
from labour.models import LabourStandard, Person, PersonYear
from labour.searching import search_people_or_places

if TYPE_CHECKING:
    FormBase = forms.ModelForm[LabourStandard]
else:
    FormBase = forms.ModelForm


class StandardForm(FormBase):
    """Abilities as boxes to tick."""

    abilities = forms.MultipleChoiceField(
        label=gettext_lazy("计入的劳动技能"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("只有勾选的劳动技能才计为劳动力"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "abilities" in self.fields:
            self.fields["abilities"].choices = list(labels_of("ability")["ability"].items())  # type: ignore[attr-defined]


@admin.register(LabourStandard)
class LabourStandardAdmin(QuietAdmin):
    """Dated configuration of a county. A change makes every year row of the county stale; they follow in the background."""

    form = StandardForm
    list_display_links = ["valid_from"]
    sortable_by = ()
    list_select_related = ["county"]
    ordering = ["county", "-valid_from"]
    fieldsets = [
        (None, {"fields": ["county", ("valid_from", "valid_to")]}),
        (gettext_lazy("年龄（周岁，按当年 12 月 31 日）"), {"fields": ["age_from", ("age_to_men", "age_to_women")]}),
        (gettext_lazy("劳动技能与在校生"), {"fields": ["abilities", "students_count"]}),
        (gettext_lazy("依据"), {"fields": ["basis"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LabourStandard]:
        rows = super().get_queryset(request)
        scope = required_scope()
        return rows.filter(county=scope.county) if scope.within_county else rows

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        scope = required_scope()
        counties = Division.objects.filter(level=Division.Level.COUNTY, code__gte=scope.lo, code__lt=scope.hi)
        return super().formfield_for_foreignkey(db_field, request, queryset=counties, **kwargs)

    def save_model(self, request: HttpRequest, obj: LabourStandard, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record("standard.changed", obj=obj, division=obj.county_id, detail={"fields": form.changed_data})

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        labels = labels_of("ability")["ability"]

        @admin.display(description=gettext_lazy("计入的劳动技能"))
        def abilities(obj: LabourStandard) -> str:
            return "、".join(labels.get(key, key) for key in obj.abilities)

        return ["county", "valid_from", "valid_to", "age_from", "age_to_men", "age_to_women", abilities, "basis"]


@admin.register(PersonYear)
class PersonYearAdmin(ReadOnlyAdmin):
    """Months and wages of a person in a year, as rules and figures read them."""

    list_display = ["person_name", "place", "year", "labourer", "willing", "worked", "worked_outside", "wages"]
    list_filter = [PlaceFilter, "year", "labourer"]
    list_select_related = ["person", "village__parent"]
    search_fields = ["person__name"]
    search_help_text = PEOPLE_SEARCH
    ordering = ["-year", "-pk"]
    fields = ["person", "place", "year", "labourer", "willing", "worked", "worked_outside", "wages"]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(person__in=search_people_or_places(Person.objects.all(), search_term)), False

    @admin.display(description=gettext_lazy("姓名"))
    def person_name(self, obj: PersonYear) -> str:
        return obj.person.name

    @admin.display(description=gettext_lazy("所属村"))
    def place(self, obj: PersonYear) -> str:
        return place_name(obj.village)

    @admin.display(description=gettext_lazy("务工月数"))
    def worked(self, obj: PersonYear) -> int:
        return len(mask_to_months(obj.months))

    @admin.display(description=gettext_lazy("其中县外"))
    def worked_outside(self, obj: PersonYear) -> int:
        return len(mask_to_months(obj.outside_months))

    @admin.display(description=gettext_lazy("务工收入（元）"))
    def wages(self, obj: PersonYear) -> str:
        return fen_to_yuan_text(obj.wages_fen)
