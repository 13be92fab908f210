"""The figures that awards carry. Person awards add up over villages; employers' awards are counted for the county."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Count, F, QuerySet, Sum, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from kernel.divisions.codes import Range
from kernel.figures import Figure
from labour.models import Employer, Person
from subsidies.models import Entitlement
from subsidies.querysets import EntitlementQuerySet

Rows = QuerySet[Any, Any]
OUTSIDE, EMPLOYERS = "outside_award", "employer_award"


def _entitled(scheme: str, span: Range, year: int) -> EntitlementQuerySet:
    return Entitlement.objects.of_scheme(scheme).in_year(year).within(span)


def _counted(rows: EntitlementQuerySet, place: str) -> Rows:
    return rows.values(place=F(place)).annotate(numerator=Count("pk"), denominator=Value(0))


def _summed(rows: EntitlementQuerySet, place: str) -> Rows:
    total = Cast(Sum("amount_fen"), BigIntegerField())
    return rows.values(place=F(place)).annotate(numerator=total, denominator=Value(0))


def measure_awarded_people(span: Range, year: int) -> Rows:
    """Persons entitled to the outside-county award, a village."""
    return _counted(_entitled(OUTSIDE, span, year), "village_id")


def measure_outside_awards(span: Range, year: int) -> Rows:
    """Fen of the outside-county award, a village."""
    return _summed(_entitled(OUTSIDE, span, year), "village_id")


def awarded_people(span: Range, year: int) -> QuerySet[Person]:
    """The persons behind F09 and F10."""
    rows = Person.objects.filter(entitlements__in=_entitled(OUTSIDE, span, year))
    return rows.select_related("village__parent")


def _employers_of(kind: str, span: Range, year: int) -> EntitlementQuerySet:
    return _entitled(EMPLOYERS, span, year).filter(employer__kind=kind)


def measure_awarded_enterprises(span: Range, year: int) -> Rows:
    """Enterprises entitled to the employer award, for the county."""
    return _counted(_employers_of(Employer.Kind.ENTERPRISE, span, year), "county")


def measure_awarded_cooperatives(span: Range, year: int) -> Rows:
    """Cooperatives entitled to the employer award, for the county."""
    return _counted(_employers_of(Employer.Kind.COOPERATIVE, span, year), "county")


def measure_employer_awards(span: Range, year: int) -> Rows:
    """Fen of the employer award, for the county."""
    return _summed(_entitled(EMPLOYERS, span, year), "county")


def awarded_enterprises(span: Range, year: int) -> QuerySet[Employer]:
    """The employers behind F11."""
    return Employer.objects.filter(entitlements__in=_employers_of(Employer.Kind.ENTERPRISE, span, year))


def awarded_cooperatives(span: Range, year: int) -> QuerySet[Employer]:
    """The employers behind F12."""
    return Employer.objects.filter(entitlements__in=_employers_of(Employer.Kind.COOPERATIVE, span, year))


def awarded_employers(span: Range, year: int) -> QuerySet[Employer]:
    """The employers behind F13."""
    return Employer.objects.filter(entitlements__in=_entitled(EMPLOYERS, span, year))


FIGURES = (
    Figure(
        code="F09",
        label=_("县外务工奖补人数"),
        unit=_("人"),
        kind="count",
        definition=_("按当年有效的优秀务工奖补条款测算，符合全部条件的人数；为测算结果，尚未经审核和公示。"),
        numerator_label=_("符合条件的人"),
        measure=measure_awarded_people,
        rows=awarded_people,
        rows_kind="person",
    ),
    Figure(
        code="F10",
        label=_("县外务工奖补金额"),
        unit=_("元"),
        kind="money",
        definition=_("上述人员按条款测算的应享金额合计，已按每人上限封顶；为测算结果，尚未发放。"),
        numerator_label=_("应享金额"),
        measure=measure_outside_awards,
        rows=awarded_people,
        rows_kind="person",
        rows_note=_("下列为享受奖补的人员，金额见各人页面。"),
    ),
    Figure(
        code="F11",
        label=_("受奖补企业"),
        unit=_("家"),
        kind="count",
        definition=_("按当年有效的用工主体奖补条款测算，符合全部条件的企业数。用工主体按全县统计，不分乡镇。"),
        numerator_label=_("符合条件的企业"),
        measure=measure_awarded_enterprises,
        rows=awarded_enterprises,
        rows_kind="employer",
        county_only=True,
    ),
    Figure(
        code="F12",
        label=_("受奖补合作社"),
        unit=_("家"),
        kind="count",
        definition=_("按当年有效的用工主体奖补条款测算，符合全部条件的合作社数。用工主体按全县统计，不分乡镇。"),
        numerator_label=_("符合条件的合作社"),
        measure=measure_awarded_cooperatives,
        rows=awarded_cooperatives,
        rows_kind="employer",
        county_only=True,
    ),
    Figure(
        code="F13",
        label=_("用工主体奖补金额"),
        unit=_("元"),
        kind="money",
        definition=_("符合条件的用工主体按条款测算的应享金额合计；为测算结果，尚未发放。"),
        numerator_label=_("应享金额"),
        measure=measure_employer_awards,
        rows=awarded_employers,
        rows_kind="employer",
        county_only=True,
        rows_note=_("下列为享受奖补的用工主体，金额见各主体页面。"),
    ),
)
