"""The figures that the registry can measure, all from year rows. Numbers F01… are those of the county's report."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from kernel.divisions.codes import Range
from kernel.figures import Figure
from labour.models import EmploymentSpell, Person, PersonYear

Rows = QuerySet[Any, Any]
NONE = Value(0)


def _years(span: Range, year: int) -> QuerySet[PersonYear]:
    return PersonYear.objects.filter(village__gte=span.lo, village__lt=span.hi, year=year, labourer=True)


def _measured(rows: QuerySet[PersonYear], top: Any, bottom: Any) -> Rows:
    return rows.values(place=F("village_id")).annotate(numerator=top, denominator=bottom)


def _one_if(**condition: Any) -> Sum:
    return Sum(Case(When(**condition, then=1), default=0, output_field=IntegerField()))


def _people(span: Range, **years: Any) -> QuerySet[Person]:
    """People of a span whose year row matches: one filter, so that all conditions speak of the same year."""
    matching = {f"years__{name}": value for name, value in years.items()}
    rows = Person.objects.filter(village__gte=span.lo, village__lt=span.hi, **matching)
    return rows.select_related("village__parent")


def measure_labourers(span: Range, year: int) -> Rows:
    """Labourers a village."""
    return _measured(_years(span, year), Count("pk"), NONE)


def labourers(span: Range, year: int) -> QuerySet[Person]:
    """The people behind F01."""
    return _people(span, year=year, labourer=True)


def measure_county_spells(span: Range, year: int) -> Rows:
    """Employment begun in the county, person-times."""
    return _measured(_years(span, year), Sum("county_spells"), NONE)


def measure_county_spell_rate(span: Range, year: int) -> Rows:
    """The same over labourers."""
    return _measured(_years(span, year), Sum("county_spells"), Count("pk"))


def county_spells(span: Range, year: int) -> QuerySet[EmploymentSpell]:
    """The spells behind F06 and F07."""
    rows = EmploymentSpell.objects.started_in(year).filter(
        village__gte=span.lo,
        village__lt=span.hi,
        area=EmploymentSpell.Area.COUNTY,
        person__years__year=year,
        person__years__labourer=True,
    )
    return rows.select_related("person", "village__parent")


def measure_mean_wage(span: Range, year: int) -> Rows:
    """Wages of the year over labourers with at least one month of work."""
    return _measured(_years(span, year), Sum("wages_fen"), _one_if(months__gt=0))


def employed(span: Range, year: int) -> QuerySet[Person]:
    """Labourers with at least one month of work."""
    return _people(span, year=year, labourer=True, months__gt=0)


def measure_employment_rate(span: Range, year: int) -> Rows:
    """Employed over able and willing: an employed labourer counts as willing whatever was said before."""
    willing = Q(willing=True) | Q(months__gt=0)
    bottom = Sum(Case(When(willing, then=1), default=0, output_field=IntegerField()))
    return _measured(_years(span, year), _one_if(months__gt=0), bottom)


FIGURES = (
    Figure(
        code="F01",
        label=_("登记劳动力"),
        unit=_("人"),
        kind="count",
        definition=_("登记在册、年末（本年取当日）符合本县劳动力认定标准的人数：年龄、劳动技能、是否在校。时点数。"),
        numerator_label=_("符合认定标准的人"),
        measure=measure_labourers,
        rows=labourers,
        rows_kind="person",
    ),
    Figure(
        code="F06",
        label=_("就近就业"),
        unit=_("人次"),
        kind="count",
        definition=_("登记劳动力当年在本县新开始的务工记录，一人可计多次。"),
        numerator_label=_("当年开始的县内务工记录"),
        measure=measure_county_spells,
        rows=county_spells,
        rows_kind="spell",
    ),
    Figure(
        code="F07",
        label=_("就近就业率"),
        unit=_("人次"),
        kind="ratio",
        definition=_("就近就业人次 ÷ 登记劳动力人数。分子为人次，可超过 100%，不同于就业人员比例。"),
        numerator_label=_("当年开始的县内务工记录"),
        denominator_label=_("登记劳动力"),
        measure=measure_county_spell_rate,
        rows=county_spells,
        rows_kind="spell",
        may_exceed=True,
    ),
    Figure(
        code="F08",
        label=_("人均年工资"),
        unit=_("元"),
        kind="mean",
        definition=_("登记劳动力全年务工收入合计 ÷ 当年至少务工一个月的劳动力人数；收入为月收入乘以当年月数。"),
        numerator_label=_("全年务工收入"),
        denominator_label=_("当年务工的劳动力"),
        measure=measure_mean_wage,
        rows=employed,
        rows_kind="person",
        rows_note=_("下列为分母：当年至少务工一个月的劳动力。"),
    ),
    Figure(
        code="F28",
        label=_("转移就业率"),
        unit=_("人"),
        kind="ratio",
        definition=_(
            "当年至少务工一个月的登记劳动力 ÷ 有劳动能力和就业愿望的登记劳动力；已就业者视为有愿望，未问者计入分母。"
        ),
        numerator_label=_("当年务工的劳动力"),
        denominator_label=_("有劳动能力和就业愿望的劳动力"),
        measure=measure_employment_rate,
        rows=employed,
        rows_kind="person",
    ),
)
