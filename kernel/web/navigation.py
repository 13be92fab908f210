"""Navigation by role: upper floors list the pages once, each user sees the ones that a permission opens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PHONE_BAR_SIZE = 4


class MayAsk(Protocol):
    """Whoever can be asked for a permission: a user, or a stand-in in tests."""

    def has_perm(self, perm: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main navigation; `phone` puts it into the bottom bar of small screens."""

    label: str | _StrPromise
    url_name: str
    permission: str
    phone: bool = False


@dataclass(frozen=True, slots=True)
class NavLink:
    """A navigation entry as a template prints it: the address is known, and so is whether we stand on it."""

    label: str
    url: str
    phone: bool
    current: bool


def configured_navigation() -> tuple[NavItem, ...]:
    """The tuple named by the setting NAVIGATION. Raises ImportError when missing and TypeError on foreign entries."""
    items = tuple(import_string(settings.NAVIGATION))
    for item in items:
        if not isinstance(item, NavItem):
            raise TypeError(f"{settings.NAVIGATION} holds {item!r}, expected NavItem")
    return items


def navigation_for(user: MayAsk) -> list[NavItem]:
    """The entries this user may open, in the configured order."""
    return [item for item in configured_navigation() if user.has_perm(item.permission)]


def links(items: Iterable[NavItem], path: str) -> list[NavLink]:
    """Entries with addresses; the entry with the longest address that leads to `path` is marked current."""
    addressed = [(item, reverse(item.url_name)) for item in items]
    here = max((url for _, url in addressed if _leads_to(url, path)), key=len, default=None)
    return [NavLink(str(item.label), url, item.phone, url == here) for item, url in addressed]


def phone_bar(entries: Iterable[NavLink]) -> list[NavLink]:
    """The first four entries marked for phones."""
    return [entry for entry in entries if entry.phone][:PHONE_BAR_SIZE]


def _leads_to(url: str, path: str) -> bool:
    # The landing page is a prefix of everything, so it counts only when it is the page itself.
    return path == url if url == "/" else path.startswith(url)
