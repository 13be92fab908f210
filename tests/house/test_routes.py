"""Default deny: every address either declares its permission, or is listed here with the reason why it need not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from kernel.accounts.roles import all_permissions
from kernel.web.pages import PUBLIC, SIGNED_IN

OPEN = {
    "healthz": "asked by the supervisor and the container engine; says nothing but ok",
}


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, path)
        else:
            yield path, each


def declared(view: Any) -> Any:
    """What a view says of itself: a page's or API view's `permission`, or `admin` for the ledger room."""
    target = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    return getattr(view, "permission", None) or getattr(target, "permission", None)


@pytest.mark.parametrize(("path", "pattern"), [pytest.param(path, pattern, id=path) for path, pattern in routes()])
def test_every_route_declares_its_permission(path: str, pattern: URLPattern) -> None:
    if path.startswith("admin/") or path in OPEN:
        return
    permission = declared(pattern.callback)
    assert permission, f"{path} declares no permission"
    assert permission in {PUBLIC, SIGNED_IN} or permission in all_permissions(), (
        f"{path}: {permission} is in no role's row"
    )


def test_the_open_list_names_only_routes_that_exist() -> None:
    assert set(OPEN) <= {path for path, _ in routes()}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["admin/", "admin/labour/person/", "admin/accounts/user/"])
def test_the_admin_asks_for_a_login(client: Any, path: str) -> None:
    response = client.get(f"/{path}")
    assert response.status_code == 302
    assert "login" in response["Location"]
