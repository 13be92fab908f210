"""Keyset paging: the next page starts after the last row shown, so page 1,000 costs what page 1 costs.

No OFFSET, no count. The position travels encrypted, because it holds the sort values and an order by name would
otherwise write a person's name into the address, the history of the browser and every log.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from hashlib import sha256
from typing import Any, Generic, TypeVar

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import BadRequest, FieldDoesNotExist
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, F, Field, Model, Q, QuerySet, Value
from django.db.models.constants import LOOKUP_SEP
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext as _

Row = TypeVar("Row", bound=Model)
LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Row]):
    """Rows of one page; `next` is the token of the following page or None; `first` tells whether this is page one."""

    rows: list[Row]
    next: str | None
    first: bool


def paginate_keyset(
    queryset: QuerySet[Row], order: Sequence[str], after: str | None = None, size: int = 50
) -> KeysetPage[Row]:
    """One page of `queryset` in `order` ("-field" descends), beginning after the token `after`.

    `order` must end in a unique field and name only fields that are never null; fields of related rows (`a__b`) need
    `select_related`. Raises BadRequest (400, Chinese) on a token that is damaged or belongs to another order.
    """
    if not 1 <= size <= LARGEST_PAGE:
        raise ValueError(f"a page holds 1 to {LARGEST_PAGE} rows, not {size}")
    fields = [_field(queryset.model, name) for name in order]
    ordered = queryset.order_by(*order)
    if after:
        ordered = ordered.filter(after_position(order, _read(after, order, fields)))
    rows = list(ordered[: size + 1])
    following = _write(order, rows[size - 1]) if len(rows) > size else None
    return KeysetPage(rows[:size], following, first=not after)


class RowBeyond(Expression):
    """`(a, b) > (x, y)`: the one form with which PostgreSQL starts exactly at the position inside an index on (a, b)."""

    def __init__(self, names: Sequence[Any], values: Sequence[Any], operator: str) -> None:
        super().__init__(output_field=BooleanField())
        self.parts = [*names, *values]
        self.operator = operator

    def get_source_expressions(self) -> list[Any]:
        return self.parts

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.parts = list(exprs)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        compiled = [compiler.compile(each) for each in self.parts]
        half = len(compiled) // 2
        left, right = (", ".join(sql for sql, _ in part) for part in (compiled[:half], compiled[half:]))
        return f"({left}) {self.operator} ({right})", tuple(each for _, parameters in compiled for each in parameters)


def after_position(order: Sequence[str], values: Sequence[Any]) -> Q | RowBeyond:
    """Rows strictly after `values`, as a row comparison when all fields run the same way."""
    downwards = {name.startswith("-") for name in order}
    if len(downwards) == 1:
        names = [F(name.lstrip("-")) for name in order]
        return RowBeyond(names, [Value(value) for value in values], "<" if downwards.pop() else ">")
    return _beyond_step_by_step(order, values)


def _beyond_step_by_step(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Mixed directions: equal on the first fields and beyond on the next one.

    The leading bound is logically redundant; it lets PostgreSQL start near the position.
    """
    alternatives = []
    equal: dict[str, Any] = {}
    for name, value in zip(order, values, strict=True):
        plain = name.lstrip("-")
        alternatives.append(Q(**equal, **{f"{plain}__{'lt' if name.startswith('-') else 'gt'}": value}))
        equal[plain] = value
    first = order[0].lstrip("-")
    bound = Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": values[0]})
    return bound & reduce(Q.__or__, alternatives)


def _field(model: type[Model], name: str) -> Field[Any, Any] | None:
    """The model field behind an order name; None for an annotation. Refuses fields that may be null."""
    found: Any = None
    for part in name.lstrip("-").split(LOOKUP_SEP):
        try:
            found = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except FieldDoesNotExist:
            return None
        if found.null:
            raise ValueError(f"{name} may be null, so rows would vanish between pages")
        model = found.related_model or model
    return found


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(sha256(b"kernel.web.keyset\0" + settings.SECRET_KEY.encode()).digest()))


def _plain(value: Any) -> Any:
    """A JSON value that `Field.to_python` reads back without loss (Django's own encoder drops microseconds)."""
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID | Decimal):
        return str(value)
    return value


def _write(order: Sequence[str], row: Model) -> str:
    values = []
    for name in order:
        value: Any = row
        for part in name.lstrip("-").split(LOOKUP_SEP):
            value = getattr(value, part)
        if value is None:
            raise ValueError(f"{name} is null in row {row.pk}, so rows would vanish between pages")
        values.append(_plain(value.pk if isinstance(value, Model) else value))
    return _cipher().encrypt(json.dumps([list(order), values]).encode()).decode()


def _read(token: str, order: Sequence[str], fields: Sequence[Field[Any, Any] | None]) -> list[Any]:
    try:
        told_order, values = json.loads(_cipher().decrypt(token.encode()))
    except (InvalidToken, ValueError) as problem:
        raise BadRequest(_("翻页位置无法识别，请从第一页重新打开")) from problem
    if told_order != list(order):
        raise BadRequest(_("排序方式已改变，请从第一页重新打开"))
    return [field.to_python(value) if field else value for field, value in zip(fields, values, strict=True)]
