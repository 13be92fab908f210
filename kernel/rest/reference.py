"""Divisions and code lists: the public vocabulary. Not walled, because every department needs all of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import django_filters
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from kernel.codes.models import Code
from kernel.divisions.models import Division
from kernel.rest.filters import DayFilter, SwitchFilter
from kernel.rest.lists import Ask, ItemView, ListView, Resource
from kernel.rest.pagination import OnePage
from kernel.rest.problems import Fault, Problem

SCOPE = "codelists:read"
TAG = _("区划与代码表")


class DivisionSerializer(serializers.Serializer[Any]):
    """一个区划。"""

    code = serializers.RegexField(r"^\d{12}$", help_text=_("12 位统计用区划代码"))
    name = serializers.CharField(help_text=_("全称"))
    short_name = serializers.CharField(help_text=_("简称"))
    level = serializers.ChoiceField(Division.Level.choices, help_text=_("级别"))
    parent = serializers.RegexField(  # type: ignore[assignment]
        r"^\d{12}$", allow_null=True, help_text=_("上级区划代码")
    )
    is_statistical = serializers.BooleanField(help_text=_("是否统计用虚拟单位（农场、园区等）"))
    valid_from = serializers.DateField(allow_null=True, help_text=_("启用日期"))
    valid_to = serializers.DateField(allow_null=True, help_text=_("停用日期"))
    replaced_by = serializers.RegexField(r"^\d{12}$", allow_null=True, help_text=_("并入或更名为"))


class ParentFilter(django_filters.CharFilter):
    """Children of one division, which need not be the caller's own."""

    def filter(self, qs: QuerySet[Any], value: str | None) -> QuerySet[Any]:
        if not value:
            return qs
        if len(value) != 12 or not (value.isascii() and value.isdigit()):
            raise Problem(
                400,
                Fault("/parent", "division", _("“%(value)s”应为 12 位区划代码，例如 410726101203"), {"value": value}),
            )
        return qs.filter(parent=int(value))


class DivisionFilters(django_filters.FilterSet):
    """Of one parent, one level, real or statistical, valid on a day."""

    parent = ParentFilter(label=_("上级区划代码"))
    level = django_filters.ChoiceFilter(choices=Division.Level.choices, label=_("级别"))
    is_statistical = SwitchFilter(label=_("是否统计用虚拟单位"))
    valid_on = DayFilter(method="filter_valid_on", label=_("在该日有效"))

    class Meta:
        model = Division
        fields: list[str] = []

    def filter_valid_on(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset.valid_on(value)


class DivisionResource(Resource):
    """Divisions of the whole published list."""

    permission, scope, tag = "divisions.view_division", SCOPE, TAG
    queryset = Division.objects.all()
    serializer_class = DivisionSerializer
    columns = (
        "code", "name", "short_name", "level", "parent_id", "is_statistical", "valid_from", "valid_to", "replaced_by_id",
    )  # fmt: skip
    example = {
        "code": "410726101203",
        "name": "示例村村民委员会",
        "short_name": "示例村",
        "level": "village",
        "parent": "410726101000",
        "is_statistical": False,
        "valid_from": None,
        "valid_to": None,
        "replaced_by": None,
    }

    def same_rows(self, ask: Ask) -> Hashable:
        return "all"

    def shape(self, row: dict[str, Any], ask: Ask) -> dict[str, Any]:
        parent, follower = row["parent_id"], row["replaced_by_id"]
        return {
            "code": f"{row['code']:012d}",
            "name": row["name"],
            "short_name": row["short_name"],
            "level": row["level"],
            "parent": None if parent is None else f"{parent:012d}",
            "is_statistical": row["is_statistical"],
            "valid_from": row["valid_from"],
            "valid_to": row["valid_to"],
            "replaced_by": None if follower is None else f"{follower:012d}",
        }


class DivisionList(DivisionResource, ListView):
    """Divisions in the order of their codes."""

    summary = _("区划列表")
    description = _("统计用区划，按代码排序。代码不重复使用；停用的区划保留，replaced_by 指向承接者。")
    filterset_class = DivisionFilters
    order = ("code",)


class DivisionItem(DivisionResource, ItemView):
    """One division by code."""

    summary = _("一个区划")
    key = "code"


class CodeListSerializer(serializers.Serializer[Any]):
    """一个代码表。"""

    name = serializers.CharField(help_text=_("代码表名"))
    codes = serializers.IntegerField(help_text=_("代码个数"))


class CodeLists(Resource):
    """Names of the code lists, one page: there are some dozens."""

    permission, scope, tag = "codes.view_code", SCOPE, TAG
    summary = _("代码表清单")
    many = True
    pagination_class = OnePage
    queryset = Code.objects.all()
    serializer_class = CodeListSerializer
    columns = ("list", "codes")
    example = {"name": "education", "codes": 9}

    def rows(self, ask: Ask) -> QuerySet[Any]:
        return Code.objects.order_by().values("list").annotate(codes=Count("pk")).order_by("list")

    def shape(self, row: dict[str, Any], ask: Ask) -> dict[str, Any]:
        return {"name": row["list"], "codes": row["codes"]}

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """All of them."""
        ask = self.ask(request)
        return self.answer_all(request, ask, list(self.rows(ask)))


class CodeSerializer(serializers.Serializer[Any]):
    """代码表中的一个代码。"""

    code = serializers.CharField(help_text=_("代码，不重复使用"))
    label_zh = serializers.CharField(help_text=_("中文名称"))
    label_en = serializers.CharField(help_text=_("英文名称"))
    valid_from = serializers.DateField(allow_null=True, help_text=_("启用日期"))
    valid_to = serializers.DateField(allow_null=True, help_text=_("停用日期"))
    standard = serializers.CharField(help_text=_("依据标准"))


class CodeListItem(Resource):
    """The codes of one list, all of them in one answer."""

    permission, scope, tag = "codes.view_code", SCOPE, TAG
    summary = _("一个代码表")
    operation = "codelists_codes"
    many = True
    pagination_class = OnePage
    queryset = Code.objects.all()
    serializer_class = CodeSerializer
    columns = ("key", "label_zh", "label_en", "valid_from", "valid_to", "standard")
    example = {
        "code": "yes",
        "label_zh": "有",
        "label_en": "yes",
        "valid_from": None,
        "valid_to": None,
        "standard": "",
    }

    def rows(self, ask: Ask) -> QuerySet[Any]:
        return Code.objects.filter(list=ask.path["name"]).order_by("position", "key")

    def shape(self, row: dict[str, Any], ask: Ask) -> dict[str, Any]:
        return {"code": row["key"], **{name: row[name] for name in self.columns[1:]}}

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """All codes of the list; 404 for a list that does not exist."""
        ask = self.ask(request)
        rows = list(self.rows(ask).values(*self.columns))
        if not rows:
            raise Http404
        return self.answer_all(request, ask, rows)
