"""The figures of the awards, measured from entitlements. Numbers F09 to F13 are those of the county's report."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, QuerySet, Sum, Value
from django.utils.translation import gettext_lazy as _

from kernel.divisions.codes import Range
from kernel.figures import Figure
from labour.models import Employer, Person
from subsidies.models import Entitlement

OUTSIDE_AWARD, EMPLOYER_AWARD = "outside_award", "employer_award"
Rows = QuerySet[Any, Any]


def _held(scheme: str, span: Range, year: int) -> QuerySet[Entitlement]:
    return Entitlement.objects.of_scheme(scheme).in_year(year).within(span)


def _measured(rows: QuerySet[Entitlement], top: Any) -> Rows:
    return rows.values(place=F("village_id")).annotate(numerator=top, denominator=Value(0))


def measure_award_people(span: Range, year: int) -> Rows:
    """People who qualify for the outside-county award."""
    return _measured(_held(OUTSIDE_AWARD, span, year), Count("person", distinct=True))


def measure_award_amount(span: Range, year: int) -> Rows:
    """Fen of the outside-county award."""
    return _measured(_held(OUTSIDE_AWARD, span, year), Sum("amount_fen"))


def award_people(span: Range, year: int) -> QuerySet[Person]:
    """The people behind F09 and F10."""
    rows = Person.objects.filter(pk__in=_held(OUTSIDE_AWARD, span, year).values("person"))
    return rows.filter(village__gte=span.lo, village__lt=span.hi).select_related("village__parent")


def measure_enterprises(span: Range, year: int) -> Rows:
    """Enterprises that qualify for the employer award."""
    rows = _held(EMPLOYER_AWARD, span, year).filter(employer__kind=Employer.Kind.ENTERPRISE)
    return _measured(rows, Count("employer", distinct=True))


def measure_cooperatives(span: Range, year: int) -> Rows:
    """Cooperatives that qualify for the employer award."""
    rows = _held(EMPLOYER_AWARD, span, year).filter(employer__kind=Employer.Kind.COOPERATIVE)
    return _measured(rows, Count("employer", distinct=True))


def measure_employer_amount(span: Range, year: int) -> Rows:
    """Fen of the employer award."""
    return _measured(_held(EMPLOYER_AWARD, span, year), Sum("amount_fen"))


def awarded(span: Range, year: int) -> QuerySet[Employer]:
    """The employers behind F13."""
    return Employer.objects.filter(pk__in=_held(EMPLOYER_AWARD, span, year).values("employer"))


def awarded_enterprises(span: Range, year: int) -> QuerySet[Employer]:
    """The employers behind F11."""
    return awarded(span, year).filter(kind=Employer.Kind.ENTERPRISE)


def awarded_cooperatives(span: Range, year: int) -> QuerySet[Employer]:
    """The employers behind F12."""
    return awarded(span, year).filter(kind=Employer.Kind.COOPERATIVE)


FIGURES = (
    Figure(
        code="F09",
        label=_("外出务工奖补人数"),
        unit="人",
        kind="count",
        definition=_("当年符合优秀外出务工奖补办法全部条件的人数，按在册数据测算，一人一年只计一次。"),
        numerator_label=_("符合条件的人"),
        measure=measure_award_people,
        rows=award_people,
        rows_kind="person",
    ),
    Figure(
        code="F10",
        label=_("外出务工奖补金额"),
        unit="元",
        kind="money",
        definition=_("当年优秀外出务工奖补测算金额合计，已按每人封顶。"),
        numerator_label=_("测算金额"),
        measure=measure_award_amount,
        rows=award_people,
        rows_kind="person",
        rows_note=_("下列为符合条件的人。"),
    ),
    Figure(
        code="F11",
        label=_("带贫达标企业"),
        unit="家",
        kind="count",
        definition=_("当年符合企业带贫奖补办法全部条件的企业数。用工主体登记在县，只有县级有此指标。"),
        numerator_label=_("达标企业"),
        measure=measure_enterprises,
        rows=awarded_enterprises,
        rows_kind="employer",
        county_only=True,
    ),
    Figure(
        code="F12",
        label=_("带贫达标合作社"),
        unit="家",
        kind="count",
        definition=_("当年符合企业带贫奖补办法全部条件的合作社数。用工主体登记在县，只有县级有此指标。"),
        numerator_label=_("达标合作社"),
        measure=measure_cooperatives,
        rows=awarded_cooperatives,
        rows_kind="employer",
        county_only=True,
    ),
    Figure(
        code="F13",
        label=_("带贫奖补金额"),
        unit="元",
        kind="money",
        definition=_("当年企业带贫奖补测算金额合计：每名登记劳动力用工满规定月数计一份。"),
        numerator_label=_("测算金额"),
        measure=measure_employer_amount,
        rows=awarded,
        rows_kind="employer",
        county_only=True,
        rows_note=_("下列为达标的用工主体。"),
    ),
)
