"""Filters of entitlements."""

from __future__ import annotations

from collections.abc import Iterable

import django_filters
from django.utils.translation import gettext_lazy as _

from kernel.rest.filters import DivisionFilter, KnownFilter, UpdatedSinceFilter, YearFilter
from subsidies.models import Entitlement, Scheme


def known_schemes() -> Iterable[str]:
    """Codes of the schemes in sight."""
    return set(Scheme.objects.values_list("code", flat=True))


class EntitlementFilters(django_filters.FilterSet):
    """Place, scheme, year, beneficiary, changed since."""

    division = DivisionFilter(field_name="village_id", label=_("区划代码：该区划及以下"))
    scheme = KnownFilter(field_name="scheme__code", known=known_schemes, label=_("奖补项目代码"))
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
