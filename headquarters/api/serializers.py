"""The fields of a figure, for the schema."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class FigureSerializer(serializers.Serializer[Any]):
    """一个指标在一个区划、一个期间的值。"""

    code = serializers.CharField(help_text=_("指标代码"))
    label = serializers.CharField(help_text=_("名称"))  # type: ignore[assignment]
    kind = serializers.ChoiceField(
        [("count", _("数量")), ("ratio", _("比率")), ("mean", _("平均")), ("money", _("金额"))], help_text=_("种类")
    )
    division = serializers.RegexField(r"^\d{12}$", help_text=_("区划代码"))
    period = serializers.CharField(help_text=_("期间，如 2019"))
    value = serializers.FloatField(
        allow_null=True, help_text=_("值：数量为个数，比率为百分数，金额和平均以元计；没有分母时为空")
    )
    unit = serializers.CharField(help_text=_("值的单位"))
    numerator = serializers.IntegerField(help_text=_("分子；金额以分计"))
    numerator_label = serializers.CharField(help_text=_("分子是什么"))
    denominator = serializers.IntegerField(help_text=_("分母；没有分母时为 0"))
    denominator_label = serializers.CharField(allow_null=True, help_text=_("分母是什么"))
    definition = serializers.CharField(help_text=_("口径"))
    as_of = serializers.DateTimeField(allow_null=True, help_text=_("数据截至；尚未测算时为空"))
