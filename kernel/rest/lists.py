"""The fast read base: `values()` of named columns → one dict a row, masked → orjson. No serializer runs on a read.

The serializer of a view exists for the schema; a house test proves that its fields are the keys a row is shaped into.
A list of any length costs the same number of queries: one for the page (and one for the count, when asked for).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any, ClassVar, cast

import django_filters
import orjson
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.http import parse_etags, urlencode
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import BasePagination
from rest_framework.request import Request

from kernel.audit.services import record
from kernel.rest.authentication import Caller
from kernel.rest.filters import apply_filters
from kernel.rest.pagination import COUNT, CURSOR, LIMIT, Page, RecordCursorPagination
from kernel.rest.parameters import read_parameters
from kernel.rest.purposes import require_unmask, told_purpose
from kernel.rest.renderers import JsonOnly, OrjsonParser
from kernel.wall.scope import Scope, required_scope

UPDATED_SINCE = "updated_since"
UPDATED_ORDER = ("updated_at", "id")


@dataclass(frozen=True)
class Ask:
    """One question to a resource: its parameters, the parts of its address, who asks, what for, and whether unmasked."""

    parameters: Mapping[str, str]
    caller: Caller
    path: Mapping[str, Any] = field(default_factory=dict)
    purpose: str = ""
    unmask: bool = False

    @cached_property
    def scope(self) -> Scope:
        """The open scope."""
        return required_scope()


class ReadView(GenericAPIView[Any]):
    """What every REST view declares. `summary`, `description` and `tag` are what the schema says, in Chinese."""

    permission: ClassVar[str] = ""
    scope: ClassVar[str] = ""
    summary: ClassVar[str | Promise] = ""
    description: ClassVar[str | Promise] = ""
    tag: ClassVar[str | Promise] = ""
    operation: ClassVar[str] = ""
    """The operationId, where two addresses would otherwise share one."""
    example: ClassVar[Any] = None
    many: ClassVar[bool] = False
    weight: ClassVar[int] = 1
    """How many requests of the throttle one call counts as."""
    extra_parameters: ClassVar[tuple[dict[str, Any], ...]] = ()
    """OpenAPI parameters besides filters and paging; their names are accepted in the query string."""
    unmask_permission: ClassVar[str] = ""
    unmask_scope: ClassVar[str] = ""
    unmask_fields: ClassVar[tuple[str, ...]] = ()

    filterset_class: ClassVar[type[django_filters.FilterSet] | None] = None
    http_method_names = ["get", "head"]
    metadata_class = None
    pagination_class: type[BasePagination] | None = None
    content_negotiation_class = JsonOnly
    parser_classes = [OrjsonParser]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Departments get one text whatever language their HTTP library asks for."""
        with translation.override("zh-hans"):
            return super().dispatch(request, *args, **kwargs)

    def known_parameters(self) -> set[str]:
        """Names the query string may use."""
        filters = set(self.filterset_class.base_filters) if self.filterset_class else set()
        return filters | {each["name"] for each in self.extra_parameters if each["in"] == "query"}

    def ask(self, request: Request) -> Ask:
        """The question of a request. Refuses unknown and malformed parameters, and unmasking without the right."""
        caller = cast("Caller", request.auth)
        parameters = read_parameters(request._request.GET, self.known_parameters())
        purpose = told_purpose(request)
        unmask = bool(purpose and self.unmask_scope)
        if unmask:
            require_unmask(caller, permission=self.unmask_permission, scope=self.unmask_scope)
        return Ask(parameters, caller, self.kwargs, purpose, unmask)

    def reply(self, request: Request, body: bytes, *, etag: str, ask: Ask, rows: int) -> HttpResponse:
        """Log the pull, then answer: 304 when the caller has these very bytes, else the bytes."""
        match = request._request.resolver_match
        record(
            "api.pull",
            rows=rows,
            purpose=ask.purpose,
            detail={
                "view": match.view_name if match else type(self).__name__,
                "path": {name: str(value) for name, value in ask.path.items()},
                "parameters": {name: value for name, value in ask.parameters.items() if name != CURSOR},
                "client": ask.caller.client,
            },
        )
        if known_already(request, etag):
            response = HttpResponse(status=304)
        else:
            response = HttpResponse(body, content_type="application/json")
        response.headers["ETag"] = etag
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """No copy of an answer may stay in any cache; the throttle tells what is left."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Cache-Control"] = "no-store"
        patch_vary_headers(answer, ["Authorization", "Cookie"])
        allowance = getattr(self, "allowance", None)
        if allowance is not None:
            for name, value in allowance.headers().items():
                answer.headers[name] = value
        return answer


def known_already(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` names this answer; a proxy may have made the tag a weak one."""
    offered = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return any(each == "*" or each.removeprefix("W/") == etag for each in offered)


def fingerprint(body: bytes) -> str:
    """Twelve hex digits of the bytes."""
    return blake2b(body, digest_size=6).hexdigest()


class Resource(ReadView):
    """Rows of one kind. A list and an item view share it, so that both show the same fields under the same masks."""

    columns: ClassVar[tuple[str, ...]]
    """What the database is asked for: `values(*columns)`, the columns of the order included."""
    version_column: ClassVar[str] = ""

    def rows(self, ask: Ask) -> QuerySet[Any]:
        """The rows that exist for this question, before filters."""
        return self.get_queryset()

    def same_rows(self, ask: Ask) -> Hashable | None:
        """Equal values promise that `rows(ask)` is the same query, so that its SQL is kept; None promises nothing."""
        return None

    def shape(self, row: dict[str, Any], ask: Ask) -> dict[str, Any]:
        """One row as the caller sees it. Its keys are the serializer's fields, in order."""
        raise NotImplementedError

    def shape_all(self, rows: list[dict[str, Any]], ask: Ask) -> list[dict[str, Any]]:
        """All rows of a page; override to prepare something once for the page."""
        return [self.shape(row, ask) for row in rows]

    def unmasked(self, rows: list[dict[str, Any]], ask: Ask) -> None:
        """Log what was shown unmasked, record by record; called only then."""

    def answer_all(self, request: Request, ask: Ask, rows: list[dict[str, Any]]) -> HttpResponse:
        """A short list in one answer, in the envelope of a page."""
        body = orjson.dumps({"results": self.shape_all(rows, ask), "next": None}, default=str)
        return self.reply(request, body, etag=f'"{fingerprint(body)}"', ask=ask, rows=len(rows))

    def columns_for(self, ask: Ask) -> tuple[str, ...]:
        """Columns of this question; unmasking asks for more."""
        return self.columns


class ListView(Resource):
    """Cursor pages of a resource."""

    many = True
    order: ClassVar[tuple[str, ...]] = ("village_id", "id")
    """An index that ends in a unique column; its columns are among `columns`."""
    pagination_class = RecordCursorPagination

    def known_parameters(self) -> set[str]:
        return super().known_parameters() | {CURSOR, LIMIT, COUNT}

    def read(self, ask: Ask) -> tuple[Page, dict[str, Any]]:
        """The page of rows and the count if asked for."""
        columns, order, keep = self.columns_for(ask), self.order, self.same_rows(ask)
        if UPDATED_SINCE in ask.parameters:
            order = UPDATED_ORDER
        if keep is not None:
            filtered = self.filterset_class and not self.filterset_class.base_filters.keys().isdisjoint(ask.parameters)
            keep = None if filtered else (type(self), columns, keep)

        about = type(self).__name__ + "".join(f"/{value}" for value in ask.path.values())
        pages = RecordCursorPagination()
        page = pages.page(lambda: self.filtered(ask).values(*columns), order, ask.parameters, about, keep=keep)
        return page, pages.count(lambda: self.filtered(ask), ask.parameters)

    def filtered(self, ask: Ask) -> QuerySet[Any]:
        """The rows that pass the filters of the question."""
        rows = self.rows(ask)
        if self.filterset_class:
            rows = apply_filters(self.filterset_class, ask.parameters, rows)
        if UPDATED_SINCE in ask.parameters and ask.scope.within_county:
            rows = rows.filter(county=ask.scope.county)  # lets PostgreSQL walk (county, updated_at, id)
        return rows

    def pull(self, ask: Ask, address: str = "") -> tuple[bytes, int]:
        """The whole answer as bytes, and its number of rows. Needs an open scope, no request: benchmarks call this."""
        page, counted = self.read(ask)
        if ask.unmask:
            self.unmasked(page.rows, ask)
        following = None
        if page.next is not None:
            following = f"{address}?{urlencode({**ask.parameters, CURSOR: page.next})}"
        answer = {"results": self.shape_all(page.rows, ask), "next": following, **counted}
        return orjson.dumps(answer, default=str), len(page.rows)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """One page."""
        ask = self.ask(request)
        body, rows = self.pull(ask, request.build_absolute_uri(request.path))
        return self.reply(request, body, etag=f'"{fingerprint(body)}"', ask=ask, rows=rows)


class ItemView(Resource):
    """One row by its public id. Missing and out of place are the same 404."""

    key: ClassVar[str] = "uid"
    """Name of the address part and of the column it is looked up by."""

    def find(self, ask: Ask) -> dict[str, Any]:
        """The row's columns."""
        row = self.rows(ask).filter(**{self.key: ask.path[self.key]}).values(*self.columns_for(ask)).first()
        if row is None:
            raise Http404
        return dict(row)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The row. Its ETag begins with the version and ends with a digest, because derived fields have no version."""
        ask = self.ask(request)
        row = self.find(ask)
        if ask.unmask:
            self.unmasked([row], ask)
        body = orjson.dumps(self.shape_all([row], ask)[0], default=str)
        version = f"v{row[self.version_column]}-" if self.version_column else ""
        return self.reply(request, body, etag=f'"{version}{fingerprint(body)}"', ask=ask, rows=1)
