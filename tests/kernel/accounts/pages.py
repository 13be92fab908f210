"""Small views behind the middleware under test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import include, path

from kernel.audit.services import record
from kernel.codes.models import Code
from kernel.wall.scope import current_scope
from labour.models import Household
from yanjin.urls import handler403, handler404, handler500
from yanjin.urls import urlpatterns as real

__all__ = ["handler403", "handler404", "handler500"]


def who(request: HttpRequest) -> JsonResponse:
    scope = current_scope()
    body = {"anonymous": isinstance(request.user, AnonymousUser), "scope": None}
    if scope is not None:
        body["scope"] = {
            "lo": scope.lo, "hi": scope.hi, "write": scope.write, "role": scope.role, "source": scope.source,
            "address": scope.address, "request_id": scope.request_id, "appointment": scope.appointment,
        }  # fmt: skip
    body["scopes"] = sorted(request.auth_scopes or []) if hasattr(request, "auth_scopes") else None
    body["problem"] = getattr(request, "auth_problem", "")
    body["client"] = str(request.client) if getattr(request, "client", None) else None
    return JsonResponse(body)


def write_then(request: HttpRequest, how: str) -> HttpResponse:
    """Write one audit event, one row outside the wall and try to write one inside, then answer as told."""
    record("test.wrote")
    Code.objects.create(list="test", key=how, label_zh=how, label_en=how)
    if how == "crash":
        raise RuntimeError("crash")
    if how == "refuse":
        raise PermissionDenied("不行")
    if how == "missing":
        raise Http404
    if how == "invalid":
        return HttpResponse("不对", status=400)
    return HttpResponse("ok")


def write_walled(request: HttpRequest) -> HttpResponse:
    Household.objects.update(version=99)
    return HttpResponse("ok")


def broken_sql(request: HttpRequest) -> HttpResponse:
    record("test.wrote")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")
    return HttpResponse("ok")


def swallow(request: HttpRequest) -> HttpResponse:
    record("test.wrote")
    with suppress(DatabaseError), transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")
    return HttpResponse("done")


def lazy_template(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, "web/messages.html", {"messages": Household.objects.all()})


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def rows() -> Iterator[str]:
        yield str(current_scope() is not None)
        yield str(Household.objects.count())

    return StreamingHttpResponse(rows(), content_type="text/csv")


def count_households(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Household.objects.count()))


urlpatterns = [
    path("who/", who),
    path("api/v1/who/", who),
    path("write/<str:how>/", write_then),
    path("walled/", write_walled),
    path("broken/", broken_sql),
    path("swallow/", swallow),
    path("template/", lazy_template),
    path("stream/", stream),
    path("households/", count_households),
    path("", include(real)),
]
