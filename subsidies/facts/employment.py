"""Facts of a person, measured over the person's year row."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Case, F, IntegerField, Value, When
from django.db.models.functions import Cast, ExtractYear
from django.utils.translation import gettext_lazy as _

from subsidies.facts.months import MonthCount, Without, longest_run
from subsidies.facts.registry import fact

MONTH_UNIT = _("个月")


@fact("labourer", subject="person", label=_("登记劳动力"), kind="flag")
def labourer() -> Any:
    """年末按本县劳动力认定标准计为劳动力。"""
    return F("labourer")


@fact("willing", subject="person", label=_("有就业愿望"), kind="flag")
def willing() -> Any:
    """登记的就业愿望不是“无”：未问者视为有。"""
    return F("willing")


@fact("months_employed", subject="person", label=_("就业月数"), unit=MONTH_UNIT)
def months_employed() -> Any:
    """当年有务工记录的月份数，同月多份工作只计一次。"""
    return MonthCount(F("months"))


@fact("consecutive_months_employed", subject="person", label=_("连续就业月数"), unit=MONTH_UNIT)
def consecutive_months_employed() -> Any:
    """当年最长一段不间断就业的月份数，可跨用工主体。"""
    return longest_run(F("months"))


@fact("months_outside", subject="person", label=_("县外就业月数"), unit=MONTH_UNIT)
def months_outside() -> Any:
    """当年在县外（省内县外、省外、境外）就业的月份数，累计，同月只计一次。"""
    return MonthCount(F("outside_months"))


@fact("consecutive_months_outside", subject="person", label=_("县外连续就业月数"), unit=MONTH_UNIT)
def consecutive_months_outside() -> Any:
    """当年在县外最长一段不间断就业的月份数。"""
    return longest_run(F("outside_months"))


@fact("months_in_county", subject="person", label=_("仅在县内就业月数"), unit=MONTH_UNIT)
def months_in_county() -> Any:
    """当年只在县内就业的月份数，同月兼在县外就业的不计。"""
    return MonthCount(Without(F("months"), F("outside_months")))


@fact("wages", subject="person", label=_("全年务工收入"), unit=_("元"), kind="money")
def wages() -> Any:
    """当年全部务工收入，分。"""
    return F("wages_fen")


@fact("wages_outside", subject="person", label=_("县外务工收入"), unit=_("元"), kind="money")
def wages_outside() -> Any:
    """当年在县外的务工收入，分。"""
    return F("outside_wages_fen")


@fact("mean_monthly_wage", subject="person", label=_("月均务工收入"), unit=_("元"), kind="money")
def mean_monthly_wage() -> Any:
    """全年务工收入除以就业月数，舍去分以下；无就业月份为 0。"""
    months = MonthCount(F("months"))
    return Case(
        When(months=0, then=Value(0)),
        default=F("wages_fen") / Cast(months, BigIntegerField()),
        output_field=BigIntegerField(),
    )


@fact("spells", subject="person", label=_("就业人次"), unit=_("次"))
def spells() -> Any:
    """当年开始的务工记录数。"""
    return F("spells")


@fact("spells_in_county", subject="person", label=_("县内就业人次"), unit=_("次"))
def spells_in_county() -> Any:
    """当年在县内开始的务工记录数。"""
    return F("county_spells")


@fact("age", subject="person", label=_("年龄"), unit=_("岁"))
def age() -> Any:
    """年末周岁，即年度减出生年份。"""
    return Cast(F("year"), IntegerField()) - ExtractYear(F("person__birth_date"))


@fact("sex", subject="person", label=_("性别"), kind="choice", choices=(("1", _("男")), ("2", _("女"))))
def sex() -> Any:
    """登记的性别。"""
    return F("person__sex")


@fact("low_income", subject="person", label=_("享受低保"), kind="flag")
def low_income() -> Any:
    """登记为享受低保。"""
    return F("person__low_income")
