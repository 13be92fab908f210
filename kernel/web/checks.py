"""Start-up check: the navigation named in settings exists and each item leads somewhere."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error
from django.urls import NoReverseMatch, reverse

from kernel.web.navigation import configured_navigation


def check_navigation(**_kwargs: Any) -> list[CheckMessage]:
    """One error per navigation item whose page does not exist or whose permission is not `app.codename`."""
    try:
        items = configured_navigation()
    except (ImportError, AttributeError, TypeError) as problem:
        return [Error(f"NAVIGATION cannot be loaded: {problem}", id="web.E001")]
    found: list[CheckMessage] = []
    for item in items:
        if item.permission.count(".") != 1:
            found.append(Error(f"{item.url_name}: permission {item.permission!r} is not app.codename", id="web.E002"))
        try:
            reverse(item.url_name)
        except NoReverseMatch as problem:
            found.append(Error(f"navigation: {problem}", id="web.E003"))
    return found
