"""Filters of entitlements."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from kernel.rest.filters import DivisionFilter, UpdatedSinceFilter, YearFilter
from subsidies.models import Entitlement, Scheme


class EntitlementFilters(django_filters.FilterSet):
    """Place, scheme, year, beneficiary, changed since."""

    division = DivisionFilter(field_name="village_id", label=_("区划代码：该区划及以下"))
    scheme = django_filters.CharFilter(field_name="scheme__code", label=_("奖补项目代码"))
    subject = django_filters.ChoiceFilter(
        field_name="scheme__subject", choices=Scheme.Subject.choices, label=_("发放对象")
    )
    year = YearFilter(label=_("年度"))
    person = django_filters.UUIDFilter(field_name="person__uid", label=_("人员编号"))
    employer = django_filters.UUIDFilter(field_name="employer__uid", label=_("用工主体编号"))
    updated_since = UpdatedSinceFilter()

    class Meta:
        model = Entitlement
        fields: list[str] = []
