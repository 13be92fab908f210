"""Refuses to start while a REST view has not declared its verb and its OAuth scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from kernel.accounts.roles import all_permissions
from kernel.rest.permissions import PUBLIC, DeclaredPermission

API_PREFIX = "api/"


def oauth_scopes() -> dict[str, Any]:
    """Every OAuth scope there is, with its meaning."""
    scopes: dict[str, Any] = settings.OAUTH2_PROVIDER["SCOPES"]  # type: ignore[assignment]
    return scopes


def rest_views() -> Iterator[tuple[str, type[APIView]]]:
    """Every REST view under `/api/` with its address pattern."""
    for route, callback in _walk(get_resolver().url_patterns, ""):
        view = getattr(callback, "cls", None)
        if route.startswith(API_PREFIX) and isinstance(view, type) and issubclass(view, APIView):
            yield route, view


def _walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


@register("rest")
def check_declarations(**kwargs: Any) -> list[CheckMessage]:
    """`rest.E001` nothing declared; `rest.E002` unknown verb or scope; `rest.E003` another permission class."""
    problems: list[CheckMessage] = []
    for route, view in rest_views():
        permission, scope = getattr(view, "permission", ""), getattr(view, "scope", "")
        if not permission or not scope:
            problems.append(Error(f"{route} declares no permission and scope", obj=view, id="rest.E001"))
        elif permission != PUBLIC and (permission not in all_permissions() or scope not in oauth_scopes()):
            problems.append(Error(f"{route} declares {permission} and {scope}: not known", obj=view, id="rest.E002"))
        if DeclaredPermission not in view.permission_classes and permission != PUBLIC:
            problems.append(Error(f"{route} is not guarded by DeclaredPermission", obj=view, id="rest.E003"))
    return problems
