"""What the layout needs to know about the request: who acts, where, and what they may open."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kernel.web.navigation import NavLink, links, navigation_for, phone_bar

PRODUCT_NAME = _("延津就业帮扶")


class Shell:
    """The acting appointment, the others to switch to, and the navigation.

    Everything is computed on first use: fragments, downloads and the admin pay nothing for it.
    """

    product = PRODUCT_NAME

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._user: Any = getattr(request, "user", None)

    @cached_property
    def signed_in(self) -> bool:
        return bool(self._user is not None and self._user.is_authenticated)

    @cached_property
    def acting(self) -> Any | None:
        """The appointment the user works under, set by the accounts middleware; None before sign-in."""
        return getattr(self._user, "acting", None) if self.signed_in else None

    @cached_property
    def appointments(self) -> list[Any]:
        """Today's appointments of this user; fewer than two means there is nothing to switch."""
        today = getattr(self._user, "appointments_today", None)
        if not self.signed_in or today is None:
            return []
        return list(today())

    @cached_property
    def navigation(self) -> list[NavLink]:
        return links(navigation_for(self._user), self._request.path) if self.signed_in else []

    @cached_property
    def phone_bar(self) -> list[NavLink]:
        return phone_bar(self.navigation)

    @cached_property
    def phone_rest(self) -> bool:
        """Whether entries remain outside the phone's bottom bar, so that the upper strip is worth its height."""
        return len(self.navigation) > len(self.phone_bar)


def demo_day() -> datetime.date | None:
    """The day the demo pretends to be, or None outside demo mode."""
    if getattr(settings, "YANJIN_MODE", "") != "demo":
        return None
    return datetime.date.fromisoformat(str(settings.DEMO_TODAY))


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` for the layout and `demo` (a date) for the ribbon."""
    return {"shell": Shell(request), "demo": demo_day()}
