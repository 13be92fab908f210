"""Filters of labour's resources."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.rest.filters import CodeFilter, DivisionFilter, MonthFilter, SwitchFilter, UpdatedSinceFilter
from labour.models import Employer, EmploymentSpell, Person

EMPLOYED = [("none", _("未就业")), ("county", _("县内就业")), ("outside", _("县外就业")), ("both", _("县内县外都有"))]

OUTSIDE_ONLY = Q(in_year__outside_months=F("in_year__months"))
STATES = {
    "none": Q(in_year__months=0),
    "county": Q(in_year__months__gt=0, in_year__outside_months=0),
    "outside": Q(in_year__months__gt=0) & OUTSIDE_ONLY,
    "both": Q(in_year__outside_months__gt=0) & ~OUTSIDE_ONLY,
}
"""By the months worked: the same four as `views.state_of`."""


class LabourerFilters(django_filters.FilterSet):
    """Place, sex, skill, schooling, wish, state of employment in the year, changed since.

    `in_year` is the year row that the view joins.
    """

    division = DivisionFilter(field_name="village_id", label=_("区划代码：该区划及以下"))
    sex = django_filters.ChoiceFilter(choices=Person.Sex.choices, label=_("性别"))
    ability = CodeFilter("ability", label=_("劳动技能，见代码表 ability"))
    education = CodeFilter("education", label=_("文化程度，见代码表 education"))
    willing = SwitchFilter(field_name="in_year__willing", label=_("是否有就业愿望"))
    state = django_filters.ChoiceFilter(choices=EMPLOYED, method="filter_state", label=_("所问年度的就业状况"))
    updated_since = UpdatedSinceFilter()

    class Meta:
        model = Person
        fields: list[str] = []

    def filter_state(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(STATES[value])


class EmployerFilters(django_filters.FilterSet):
    """Place, kind, changed since."""

    division = DivisionFilter(field_name="village_id", shared=True, label=_("登记地区划代码：该区划及以下"))
    kind = django_filters.ChoiceFilter(choices=Employer.Kind.choices, label=_("类型"))
    updated_since = UpdatedSinceFilter()

    class Meta:
        model = Employer
        fields: list[str] = []


class SpellFilters(django_filters.FilterSet):
    """Place, person, employer, area, the month or year in which it lasted, changed since."""

    division = DivisionFilter(field_name="village_id", label=_("人员所属区划代码：该区划及以下"))
    person = django_filters.UUIDFilter(field_name="person__uid", label=_("人员编号"))
    employer = django_filters.UUIDFilter(field_name="employer__uid", label=_("用工主体编号"))
    area = django_filters.ChoiceFilter(choices=EmploymentSpell.Area.choices, label=_("务工区域"))
    month = MonthFilter(method="filter_month", label=_("在该月就业，例如 2019-06"))
    updated_since = UpdatedSinceFilter()

    class Meta:
        model = EmploymentSpell
        fields: list[str] = []

    def filter_month(self, queryset: Any, name: str, value: dt.date) -> Any:
        return queryset.filter(Q(end__isnull=True) | Q(end__gte=value), start__lte=value)
