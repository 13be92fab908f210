"""Filters that refuse instead of ignoring: a malformed value gets a Chinese sentence with what would be right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from kernel.codes.models import Code
from kernel.divisions.codes import Range, level_of, range_of
from kernel.divisions.models import Division
from kernel.rest.problems import Fault, Problem
from kernel.wall.scope import Scope, required_scope

YEARS = (1990, 2100)


class SwitchField(forms.Field):
    """`true` or `false`, nothing else: Django's own boolean field reads any text as true."""

    def to_python(self, value: Any) -> bool | None:
        if value in (None, ""):
            return None
        if value not in ("true", "false"):
            raise ValidationError(
                _("“%(value)s”不在可选值之内，可选：true、false"), code="choice", params={"value": value}
            )
        return bool(value == "true")


class DivisionField(forms.Field):
    """A 12-digit code as text, read as the range of its subtree. `shared`: rows that a whole county may read."""

    def __init__(self, *, shared: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shared = shared

    def to_python(self, value: Any) -> Range | None:
        return None if value in (None, "") else read_division(str(value), "/division", shared=self.shared)


class KnownField(forms.Field):
    """One of the values that exist now, such as the codes of a list; `known()` is asked only when a value comes."""

    def __init__(self, *, known: Callable[[], Iterable[str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = known

    def to_python(self, value: Any) -> str | None:
        if value in (None, ""):
            return None
        known = sorted(self.known())
        if value not in known:
            told = {"value": value, "allowed": "、".join(known) or "—"}
            raise ValidationError(_("“%(value)s”不在可选值之内，可选：%(allowed)s"), code="choice", params=told)
        return str(value)


class MomentField(forms.Field):
    """An RFC 3339 moment with its offset. A `+` that became a blank on the way is put back."""

    def to_python(self, value: Any) -> dt.datetime | None:
        if value in (None, ""):
            return None
        try:
            moment = parse_datetime(str(value).strip().replace(" ", "+") if "T" in str(value) else "")
        except ValueError:
            moment = None
        if moment is None or is_naive(moment) or not YEARS[0] <= moment.year <= YEARS[1]:
            raise ValidationError(
                _("“%(value)s”应为带时区的 RFC 3339 时间，例如 2020-06-29T00:00:00+08:00"),
                code="moment",
                params={"value": value},
            )
        return moment


class MonthField(forms.Field):
    """`2019-06` as the first of that month."""

    def to_python(self, value: Any) -> dt.date | None:
        if value in (None, ""):
            return None
        try:
            if len(str(value)) != 7 or not str(value).isascii():
                raise ValueError
            return dt.date.fromisoformat(f"{value}-01")
        except ValueError as problem:
            raise ValidationError(
                _("“%(value)s”应为年月，例如 2019-06"), code="month", params={"value": value}
            ) from problem


class YearField(forms.Field):
    """A calendar year in four ASCII digits."""

    def to_python(self, value: Any) -> int | None:
        if value in (None, ""):
            return None
        text = str(value)
        if len(text) != 4 or not (text.isascii() and text.isdigit()) or not YEARS[0] <= int(text) <= YEARS[1]:
            raise ValidationError(_("“%(value)s”应为四位年度，例如 2019"), code="year", params={"value": value})
        return int(text)


class DayField(forms.Field):
    """`2020-06-29`."""

    def to_python(self, value: Any) -> dt.date | None:
        if value in (None, ""):
            return None
        try:
            if len(str(value)) != 10 or not str(value).isascii():
                raise ValueError
            return dt.date.fromisoformat(str(value))
        except ValueError as problem:
            raise ValidationError(
                _("“%(value)s”应为日期，例如 2020-06-29"), code="date", params={"value": value}
            ) from problem


@extend_schema_field(OpenApiTypes.BOOL)
class SwitchFilter(django_filters.Filter):
    """`true` / `false`."""

    field_class = SwitchField


@extend_schema_field({"type": "string", "pattern": "^\\d{12}$"})
class DivisionFilter(django_filters.Filter):
    """Rows at or under a division, which must lie wholly inside the caller's place."""

    field_class = DivisionField

    def filter(self, qs: QuerySet[Any], value: Range | None) -> QuerySet[Any]:
        if value is None:
            return qs
        return qs.filter(**{f"{self.field_name}__gte": value.lo, f"{self.field_name}__lt": value.hi})


@extend_schema_field(OpenApiTypes.STR)
class KnownFilter(django_filters.Filter):
    """A value out of a table: `KnownFilter(known=…)`."""

    field_class = KnownField


@extend_schema_field(OpenApiTypes.STR)
class CodeFilter(KnownFilter):
    """A code of one list: `CodeFilter("education")`."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(known=lambda: Code.objects.filter(list=name).values_list("key", flat=True), **kwargs)


@extend_schema_field(OpenApiTypes.DATETIME)
class UpdatedSinceFilter(django_filters.Filter):
    """Rows changed at or after a moment."""

    field_class = MomentField

    def __init__(self) -> None:
        super().__init__(
            field_name="updated_at",
            lookup_expr="gte",
            label=_(
                "只取此刻（含）以后改动过的行，按改动时间排序；每次请与上次重叠 10 分钟，以免漏掉当时尚未提交的改动"
            ),
        )


@extend_schema_field({"type": "string", "pattern": "^\\d{4}-\\d{2}$"})
class MonthFilter(django_filters.Filter):
    """A month."""

    field_class = MonthField


@extend_schema_field({"type": "integer", "minimum": YEARS[0], "maximum": YEARS[1]})
class YearFilter(django_filters.Filter):
    """A calendar year."""

    field_class = YearField


@extend_schema_field(OpenApiTypes.DATE)
class DayFilter(django_filters.Filter):
    """A day."""

    field_class = DayField


def read_division(value: str, pointer: str, *, shared: bool = False) -> Range:
    """The subtree of a 12-digit code. 400 when malformed; 404, with the same words, when unknown or out of place."""
    if len(value) != 12 or not (value.isascii() and value.isdigit()):
        raise Problem(
            400, Fault(pointer, "division", _("“%(value)s”应为 12 位区划代码，例如 410726101203"), {"value": value})
        )
    code = int(value)
    span = range_of(code, level_of(code)) if code else Range(0, 0)
    if not _covers(required_scope(), span, shared=shared) or not Division.objects.filter(pk=code).exists():
        raise Problem(
            404, Fault(pointer, "not_found", _("没有区划“%(value)s”，或者它不在您的范围内"), {"value": value})
        )
    return span


def _covers(scope: Scope, span: Range, *, shared: bool) -> bool:
    low, high = scope.lo, scope.hi
    if shared and low < high:
        low, high = scope.county, max(high, scope.county + 1_000_000)
    return bool(low <= span.lo and span.hi <= high and span.lo < span.hi)


# What a caller reads when a form field of Django's own refuses; keyed by the field's class, nearest first.
REFUSALS: tuple[tuple[type[forms.Field], Any], ...] = (
    (forms.UUIDField, _("“%(value)s”应为编号（UUID），即各接口返回的 id")),
    (forms.IntegerField, _("“%(value)s”应为规定范围内的整数")),
    (forms.Field, _("“%(value)s”无法识别")),
)


def apply_filters(
    filterset: type[django_filters.FilterSet], parameters: Mapping[str, str], rows: QuerySet[Any]
) -> QuerySet[Any]:
    """The filtered rows, or a 400 problem with every malformed value. Builds no form when no filter is used."""
    used = {name: value for name, value in parameters.items() if name in filterset.base_filters}
    if not used:
        return rows
    bound = filterset(data=used, queryset=rows)
    if bound.is_valid():
        return bound.qs
    raise Problem(400, *[_fault(bound.form, name, used.get(name, "")) for name in bound.form.errors])


def _fault(form: forms.Form, name: str, value: str) -> Fault:
    pointer = f"/{name}"
    error = form.errors.as_data()[name][0]
    field = form.fields[name]
    if isinstance(field, KnownField | SwitchField | MomentField | MonthField | YearField | DayField):
        return Fault(pointer, error.code or "invalid", error.message, error.params or {})
    choices = getattr(field, "choices", None)
    if choices is not None:
        allowed = "、".join(str(key) for key, _label in choices if key)
        return Fault(
            pointer, "choice", _("“%(value)s”不在可选值之内，可选：%(allowed)s"), {"value": value, "allowed": allowed}
        )
    message = next(text for kind, text in REFUSALS if isinstance(field, kind))
    return Fault(pointer, error.code or "invalid", message, {"value": value})
