"""The fields of labour's resources, for the schema. Reads are shaped in `views`; a test proves both alike."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from labour.models import Employer, EmploymentSpell, Person

DIVISION = r"^\d{12}$"
MONTH = r"^\d{4}-\d{2}$"


class YearlyEmploymentSerializer(serializers.Serializer[Any]):
    """一个年度的就业情况。"""

    year = serializers.IntegerField(help_text=_("年度"))
    state = serializers.ChoiceField(
        [("none", _("未就业")), ("county", _("县内就业")), ("outside", _("县外就业")), ("both", _("县内县外都有"))],
        help_text=_("就业状况"),
    )
    months = serializers.IntegerField(min_value=0, max_value=12, help_text=_("就业月数，重叠的月份只计一次"))
    outside_months = serializers.IntegerField(min_value=0, max_value=12, help_text=_("县外就业月数"))
    spells = serializers.IntegerField(help_text=_("就业人次"))


class LabourerSerializer(serializers.Serializer[Any]):
    """一名劳动力。"""

    id = serializers.UUIDField(help_text=_("编号，不变"))
    person_token = serializers.CharField(
        help_text=_("本接口用户专用的人员标识：同一接口用户各次读取相同，不同接口用户之间不同")
    )
    name = serializers.CharField(help_text=_("姓名：首字加两个星号；获准不遮盖时为全名"))
    sex = serializers.ChoiceField(Person.Sex.choices, help_text=_("性别（GB/T 2261.1）"))
    birth_year = serializers.IntegerField(help_text=_("出生年份"))
    division = serializers.RegexField(DIVISION, help_text=_("所属村 12 位代码"))
    ability = serializers.CharField(help_text=_("劳动技能，见代码表 ability"))
    education = serializers.CharField(help_text=_("文化程度，见代码表 education"))
    willing = serializers.BooleanField(help_text=_("是否有就业愿望"))
    employment = YearlyEmploymentSerializer(help_text=_("所问年度的就业情况"))
    version = serializers.IntegerField(help_text=_("版本"))
    updated_at = serializers.DateTimeField(help_text=_("更新时间"))
    id_number = serializers.CharField(required=False, allow_null=True, help_text=_("证件号码，仅在获准不遮盖时给出"))
    phone = serializers.CharField(required=False, allow_null=True, help_text=_("联系电话，仅在获准不遮盖时给出"))
    birth_date = serializers.DateField(required=False, help_text=_("出生日期，仅在获准不遮盖时给出"))


class MatchQuestionSerializer(serializers.Serializer[Any]):
    """要核对的人。"""

    id_number = serializers.CharField(help_text=_("18 位证件号码"))


class MatchSerializer(serializers.Serializer[Any]):
    """核对到的人。"""

    id = serializers.UUIDField(help_text=_("编号"))
    person_token = serializers.CharField(help_text=_("本接口用户专用的人员标识"))


class EmployerSerializer(serializers.Serializer[Any]):
    """一家用工主体。"""

    id = serializers.UUIDField(help_text=_("编号，不变"))
    name = serializers.CharField(help_text=_("名称"))
    kind = serializers.ChoiceField(Employer.Kind.choices, help_text=_("类型"))
    credit_code = serializers.CharField(help_text=_("统一社会信用代码，未登记为空"))
    division = serializers.RegexField(DIVISION, help_text=_("登记地 12 位代码"))
    version = serializers.IntegerField(help_text=_("版本"))
    updated_at = serializers.DateTimeField(help_text=_("更新时间"))


class SpellSerializer(serializers.Serializer[Any]):
    """一段务工记录。"""

    id = serializers.UUIDField(help_text=_("编号，不变"))
    person = serializers.UUIDField(help_text=_("人员编号"))
    person_token = serializers.CharField(help_text=_("本接口用户专用的人员标识"))
    start = serializers.RegexField(MONTH, help_text=_("开始月份"))
    end = serializers.RegexField(MONTH, allow_null=True, help_text=_("结束月份，含当月；在岗为空"))
    area = serializers.ChoiceField(EmploymentSpell.Area.choices, help_text=_("务工区域"))
    place_province = serializers.CharField(help_text=_("务工所在省"))
    place_city = serializers.CharField(help_text=_("务工所在市"))
    place_county = serializers.CharField(help_text=_("务工所在县"))
    employer = serializers.UUIDField(allow_null=True, help_text=_("用工主体编号，未登记为空"))
    employer_name = serializers.CharField(help_text=_("务工企业名称"))
    industry = serializers.CharField(help_text=_("所属行业"))
    channel = serializers.CharField(help_text=_("就业渠道"))
    point_to_point = serializers.BooleanField(help_text=_("是否点对点输送"))
    wage_fen = serializers.IntegerField(help_text=_("月收入（分）"))
    wage_yuan = serializers.CharField(help_text=_("月收入（元，两位小数）"))
    division = serializers.RegexField(DIVISION, help_text=_("所属村 12 位代码"))
    version = serializers.IntegerField(help_text=_("版本"))
    updated_at = serializers.DateTimeField(help_text=_("更新时间"))
