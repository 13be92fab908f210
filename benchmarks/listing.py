"""The addresses of the list benchmark: one page of labourers, made four ways, served by gunicorn without middleware.

Every way opens the same scope. Only `/whole` does what the product's address does around it: caller, throttle, audit.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yanjin.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import F  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.generics import ListAPIView  # noqa: E402
from rest_framework.pagination import PageNumberPagination  # noqa: E402
from rest_framework.renderers import JSONRenderer  # noqa: E402

from kernel.accounts.models import User  # noqa: E402
from kernel.rest.authentication import Caller  # noqa: E402
from kernel.rest.lists import Ask  # noqa: E402
from kernel.wall.scope import Scope, open_scope  # noqa: E402
from labour.api.views import LabourerList  # noqa: E402
from labour.models import Person  # noqa: E402

COUNTY = int(os.environ.get("YANJIN_BENCHMARK_COUNTY", "0"))
PAGE = 50
NAMES = [name.replace("in_year__", "") for name in LabourerList.columns]

YEARLY = ("willing", "months", "outside_months", "spells")

View = Callable[..., HttpResponse]


def caller() -> Caller:
    """Somebody to whom the person tokens are keyed."""
    return Caller(User(pk=1, username="bench"))


def ask(**parameters: str) -> Ask:
    return Ask({"limit": str(PAGE), **parameters}, caller())


def page_sql() -> tuple[str, tuple[Any, ...]]:
    """The statement of the product's first page: the raw cursor runs the very same."""
    rows = LabourerList().rows(ask()).values(*LabourerList.columns).order_by(*LabourerList.order)[: PAGE + 1]
    sql, params = rows.query.sql_with_params()
    return sql, tuple(params)


SQL: list[tuple[str, tuple[Any, ...]]] = []


def raw() -> bytes:
    """Cursor, dicts, orjson: the floor."""
    if not SQL:
        SQL.append(page_sql())
    with connection.cursor() as cursor:
        cursor.execute(*SQL[0])
        rows = [dict(zip(NAMES, row, strict=True)) for row in cursor.fetchall()[:PAGE]]
    return orjson.dumps({"results": rows, "next": None})


def product(parameters: dict[str, str] | None = None) -> bytes:
    """The product's page: filters, keyset, masks, person tokens."""
    return LabourerList().pull(ask(**(parameters or {})))[0]


class PersonSerializer(serializers.ModelSerializer[Person]):
    """As generated: the same columns."""

    willing = serializers.BooleanField(source="year_willing")
    months = serializers.IntegerField(source="year_months")
    outside_months = serializers.IntegerField(source="year_outside_months")
    spells = serializers.IntegerField(source="year_spells")

    class Meta:
        model = Person
        fields = [
            "id",
            "village",
            "uid",
            "name",
            "sex",
            "birth_date",
            "ability",
            "education",
            "version",
            "updated_at",
            *YEARLY,
        ]


class Numbered(PageNumberPagination):
    """Counts at every page."""

    page_size = PAGE


class DefaultList(ListAPIView[Person]):
    """A list as the tutorial makes it."""

    serializer_class = PersonSerializer
    pagination_class = Numbered
    renderer_classes = [JSONRenderer]
    authentication_classes: list[type] = []
    permission_classes: list[type] = []
    throttle_classes: list[type] = []
    filter_backends: list[type] = []

    def get_queryset(self) -> Any:
        """With the year's columns on each instance."""
        rows = LabourerList().rows(ask()).order_by("village_id", "id")
        return rows.annotate(**{f"year_{name}": F(f"in_year__{name}") for name in YEARLY})


def _scoped(answer: View) -> View:
    def view(request: HttpRequest) -> HttpResponse:
        with open_scope(Scope(COUNTY, COUNTY + 1_000_000, source="api")):
            return answer(request)

    return view


def _rendered(request: HttpRequest) -> HttpResponse:
    return DefaultList.as_view()(request).render()


def _whole(request: HttpRequest) -> HttpResponse:
    request.user = User.objects.get(username="bench")
    request.user.acting = request.user.appointments.get()
    return LabourerList.as_view(throttle_classes=[])(request)


def _json(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")


urlpatterns = [
    path("raw", _scoped(lambda request: _json(raw()))),
    path("product", _scoped(lambda request: _json(product()))),
    path("default", _scoped(_rendered)),
    path("whole", _scoped(_whole)),
]


def application(environ: Any, start_response: Any) -> Any:
    """WSGI, without the product's middleware."""
    return _handler(environ, start_response)


settings.MIDDLEWARE = []
settings.ROOT_URLCONF = "benchmarks.listing"
_handler = WSGIHandler()
