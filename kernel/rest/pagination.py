"""Cursor pages: the next page starts after the last row given, so page 1,000 costs what page 1 costs.

The order is an index that ends in a unique column. Rows added or changed meanwhile never make another row appear twice
or be left out. No page is counted unless the caller asks, and then at most `COUNT_BOUND` rows are.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from django.conf import settings
from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _
from drf_spectacular.plumbing import build_parameter_type
from rest_framework.pagination import BasePagination

from kernel.rest.parameters import read_integer, read_switch
from kernel.rest.problems import refuse
from kernel.rest.statements import MARKS, kept_statement

LARGEST_PAGE = 1000
USUAL_PAGE = 50
COUNT_BOUND = 100_000
CURSOR, LIMIT, COUNT = "cursor", "limit", "count"
MAC_BYTES = 12

Rows = QuerySet[Any, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page and the cursor of the following one; None after the last."""

    rows: list[dict[str, Any]]
    next: str | None


class AfterRow(Func):
    """`(a, b) > (x, y)`: one comparison that PostgreSQL turns into a start inside the index."""

    output_field = BooleanField()

    def __init__(self, names: Sequence[str], values: Sequence[Any]) -> None:
        super().__init__(*[F(name) for name in names], *[Value(value) for value in values])

    def as_sql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> tuple[str, Any]:  # type: ignore[override]
        """Left half of the expressions are columns, right half values."""
        parts = [compiler.compile(part) for part in self.source_expressions]
        half = len(parts) // 2
        left, right = (", ".join(sql for sql, _ in side) for side in (parts[:half], parts[half:]))
        return f"({left}) > ({right})", [param for _, params in parts for param in params]


class RecordCursorPagination(BasePagination):
    """`?limit=` up to 1,000 and `?cursor=`; `next` in the answer is the address of the following page."""

    parameters = (CURSOR, LIMIT, COUNT)

    def page(
        self,
        rows: Callable[[], Rows],
        order: Sequence[str],
        parameters: Mapping[str, str],
        about: str,
        *,
        keep: Hashable | None = None,
    ) -> Page:
        """One page of `rows()` in `order`. `about` names the view: a cursor of another one is refused.

        `keep` says that `rows()` is the same query whenever `keep` is the same, so that its SQL may be kept.
        """
        limit = read_integer(parameters, LIMIT, default=USUAL_PAGE, lowest=1, highest=LARGEST_PAGE)
        binding = binding_of(about, order, parameters)
        cursor = parameters.get(CURSOR)
        position = None if cursor is None else read_cursor(cursor, binding)
        if keep is None:
            found = list(after(rows(), order, position, limit))
        else:
            marks = None if position is None else MARKS[: len(order)]
            key = (keep, tuple(order), limit, position is None)
            found = kept_statement(key, lambda: after(rows(), order, marks, limit)).run(position or ())
        if len(found) <= limit:
            return Page(found, None)
        found.pop()
        return Page(found, write_cursor([found[-1][name] for name in order], binding))

    def count(self, rows: Callable[[], Rows], parameters: Mapping[str, str]) -> dict[str, Any]:
        """`count` and whether it is exact, when `?count=true`; else nothing."""
        if not read_switch(parameters, COUNT):
            return {}
        number = rows().order_by()[: COUNT_BOUND + 1].count()
        return {"count": min(number, COUNT_BOUND), "count_exact": number <= COUNT_BOUND}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The three parameters, for OpenAPI."""
        number = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE}
        return [
            build_parameter_type(
                CURSOR, {"type": "string"}, "query", description=str(_("上一页 next 给出的位置，原样带回"))
            ),
            build_parameter_type(LIMIT, number, "query", description=str(_("每页行数，最多 1000"))),
            build_parameter_type(
                COUNT,
                {"type": "boolean", "default": False},
                "query",
                description=str(_("为 true 时给出总行数；超过 10 万行时给出 100000，且 count_exact 为 false")),
            ),
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope of every list."""
        following = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": str(_("下一页地址；最后一页为空")),
            "example": None,
        }
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": following,
                "count": {"type": "integer", "description": str(_("总行数，仅在 count=true 时给出")), "example": 1},
                "count_exact": {"type": "boolean", "description": str(_("总行数是否精确")), "example": True},
            },
        }


class OnePage(BasePagination):
    """The envelope of a list that always comes whole: no parameters, `next` is always null."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """None."""
        return []

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Results, and a `next` that is null."""
        following = {"type": "string", "nullable": True, "description": str(_("总为空：一次给全")), "example": None}
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": following},
        }


def after(rows: Rows, order: Sequence[str], position: Sequence[Any] | None, limit: int) -> Rows:
    """The rows behind a position, one more than asked for: it tells whether another page follows."""
    if position is not None:
        rows = rows.filter(AfterRow(order, position))
    return rows.order_by(*order)[: limit + 1]


def binding_of(about: str, order: Sequence[str], parameters: Mapping[str, str]) -> bytes:
    """What a cursor belongs to: the view, the order and the filters, but not the size of the page."""
    filters = sorted((name, value) for name, value in parameters.items() if name not in (CURSOR, LIMIT, COUNT))
    return orjson.dumps([about, list(order), filters])


def _key() -> bytes:
    return sha256(b"kernel.rest.cursor\0" + settings.SECRET_KEY.encode()).digest()


def write_cursor(values: Sequence[Any], binding: bytes) -> str:
    """The position as text for an address; signed, so that what comes back needs no further checks."""
    position = orjson.dumps([value.isoformat() if isinstance(value, dt.datetime) else value for value in values])
    mac = hmac.digest(_key(), binding + position, "sha256")[:MAC_BYTES]
    return base64.urlsafe_b64encode(mac + position).decode().rstrip("=")


def read_cursor(cursor: str, binding: bytes) -> list[Any]:
    """The values of a position; 400 when damaged or made for other filters."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    mac, position = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not hmac.compare_digest(mac, hmac.digest(_key(), binding + position, "sha256")[:MAC_BYTES]):
        raise refuse("/cursor", "cursor", _("翻页位置无法识别，或筛选条件已改变，请从第一页重新读取"))
    values: list[Any] = orjson.loads(position)
    return [dt.datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else value for value in values]
