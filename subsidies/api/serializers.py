"""The fields of an entitlement, for the schema. Reads are shaped in `views`; a test proves both alike."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from subsidies.models import Scheme


class ConditionLineSerializer(serializers.Serializer[Any]):
    """一个条件的测算结果。"""

    group = serializers.IntegerField(help_text=_("组；同组满足其一即可，各组须全部满足"))
    label = serializers.CharField(help_text=_("条件"))  # type: ignore[assignment]
    measured = serializers.CharField(help_text=_("测得的值"))
    unit = serializers.CharField(help_text=_("单位"))
    operator = serializers.CharField(help_text=_("比较"))
    threshold = serializers.CharField(help_text=_("门槛值"))
    passed = serializers.BooleanField(help_text=_("是否满足"))


class EntitlementSerializer(serializers.Serializer[Any]):
    """一项奖补测算结果。"""

    id = serializers.UUIDField(help_text=_("编号，不变"))
    scheme = serializers.CharField(help_text=_("奖补项目代码"))
    scheme_name = serializers.CharField(help_text=_("奖补项目名称"))
    subject = serializers.ChoiceField(Scheme.Subject.choices, help_text=_("发放对象"))
    year = serializers.IntegerField(help_text=_("年度"))
    instalment = serializers.IntegerField(help_text=_("期次"))
    person = serializers.UUIDField(allow_null=True, help_text=_("人员编号，发放对象为个人时给出"))
    person_token = serializers.CharField(allow_null=True, help_text=_("本接口用户专用的人员标识"))
    employer = serializers.UUIDField(allow_null=True, help_text=_("用工主体编号，发放对象为用工主体时给出"))
    amount_fen = serializers.IntegerField(help_text=_("金额（分）"))
    amount_yuan = serializers.CharField(help_text=_("金额（元，两位小数）"))
    facts = serializers.DictField(help_text=_("测算所用的各项数值，金额以分计"))
    terms_valid_from = serializers.DateField(help_text=_("所依办法条款的生效日期"))
    division = serializers.RegexField(r"^\d{12}$", help_text=_("所属区划 12 位代码"))
    version = serializers.IntegerField(help_text=_("版本"))
    updated_at = serializers.DateTimeField(help_text=_("更新时间"))
    explanation = ConditionLineSerializer(
        many=True, required=False, help_text=_("逐条说明，仅在读取一项且 explain=true 时给出")
    )
