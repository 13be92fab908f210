"""Facts of an employer, measured over its worker rows of the year (`WorkerYear`, grouped by employer and year)."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Count, F, Q, Sum, Value
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from subsidies.facts.months import MonthCount
from subsidies.facts.registry import Parameter, fact

MIN_MONTHS = Parameter("min_months", _("至少就业月数"), default=6, least=1, most=12)
KINDS = (
    ("enterprise", _("企业")),
    ("cooperative", _("合作社")),
    ("workshop", _("帮扶车间")),
    ("other", _("其他")),
)


@fact("employer_kind", subject="employer", label=_("用工主体类型"), kind="choice", choices=KINDS)
def employer_kind() -> Any:
    """登记的用工主体类型。"""
    return F("employer__kind")


@fact(
    "heads",
    subject="employer",
    label=_("就业满 %(min_months)d 个月的登记劳动力人数"),
    unit=_("人"),
    parameters=(MIN_MONTHS,),
)
def heads(*, min_months: int) -> Any:
    """当年在该主体就业满若干个月的登记劳动力人数，一人只计一次，月份累计。"""
    long_enough = GreaterThanOrEqual(MonthCount(F("months")), min_months)
    return Count("person_id", filter=Q(labourer=True) & Q(long_enough))


@fact("workers", subject="employer", label=_("用工人数"), unit=_("人"))
def workers() -> Any:
    """当年在该主体务工的全部登记人员数，不论月份长短。"""
    return Count("person_id")


@fact("labourer_months", subject="employer", label=_("登记劳动力就业人月"), unit=_("人月"))
def labourer_months() -> Any:
    """当年登记劳动力在该主体就业的月份数合计。"""
    return Cast(Coalesce(Sum(MonthCount(F("months")), filter=Q(labourer=True)), Value(0)), BigIntegerField())


@fact("labourer_wages", subject="employer", label=_("支付登记劳动力工资"), unit=_("元"), kind="money")
def labourer_wages() -> Any:
    """当年该主体支付给登记劳动力的工资合计，分。"""
    total = Sum("wages_fen", filter=Q(labourer=True), default=0)
    return Cast(total, BigIntegerField())
