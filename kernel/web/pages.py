"""What every page view stands on: sign-in, permission with a reason, no caching, breadcrumbs, paging.

Every view is wrapped by `page(permission=…)`, so that a house test can list all views and demand a permission of each.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from django.apps import apps
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from kernel.web.keyset import KeysetPage, paginate_keyset

__all__ = [
    "PUBLIC",
    "SIGNED_IN",
    "Breadcrumb",
    "KeysetPage",
    "PageView",
    "breadcrumbs",
    "page",
    "paginate_keyset",
    "registered_pages",
    "require",
]

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
logger = logging.getLogger("kernel.web.refusals")

PUBLIC = "public"
"""Open without sign-in: the login page, help, health."""
SIGNED_IN = "signed_in"
"""Open to every signed-in user: own password, switching the appointment."""


class PageView(Protocol):
    """A wrapped view: callable as before, and telling its permission."""

    permission: str
    writes: str
    __module__: str
    __qualname__: str

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


_pages: list[PageView] = []


def registered_pages() -> tuple[PageView, ...]:
    """All views wrapped by `page` in the modules loaded so far."""
    return tuple(_pages)


def page(
    *, permission: str, writes: str = ""
) -> Callable[[Callable[Concatenate[HttpRequest, P], R]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Wrap a view: sign-in, `permission` (`app.codename`, PUBLIC or SIGNED_IN), and answers that no cache keeps.

    `writes` is demanded in addition when the method changes something (POST, PUT, PATCH, DELETE). A missing permission
    raises PermissionDenied with a Chinese reason (403); *where* the user may look is not asked here, the database does.
    """
    for name in filter(None, (permission, writes)):
        if name not in {PUBLIC, SIGNED_IN} and name.count(".") != 1:
            raise ValueError(f"{name!r} is not app.codename, PUBLIC or SIGNED_IN")

    def wrap(
        view: Callable[Concatenate[HttpRequest, P], R],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if permission != PUBLIC:
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                require(request, permission)
            if writes and request.method not in {"GET", "HEAD", "OPTIONS"}:
                require(request, writes)
            response = view(request, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        declared = cast("PageView", guarded)
        declared.permission, declared.writes = permission, writes
        _pages.append(declared)
        return guarded

    return wrap


def require(request: HttpRequest, permission: str) -> None:
    """Raise PermissionDenied with the reason, and log the refusal, unless the user holds `permission`."""
    user: Any = request.user
    if permission in {PUBLIC, SIGNED_IN} or (user.is_authenticated and user.has_perm(permission)):
        return
    logger.warning(
        "refused: permission=%s user=%s request=%s", permission, user.pk, getattr(request, "request_id", "-")
    )
    acting = getattr(user, "acting", None)
    role = str(acting.get_role_display()) if acting is not None else _("未任职")
    raise PermissionDenied(
        _("您当前的岗位“%(role)s”不能%(action)s") % {"role": role, "action": action_text(permission)}
    )


def action_text(permission: str) -> str:
    """`labour.change_person` as a clerk reads it: 修改劳动力. Verbs of our own fall back to a general word."""
    app_label, _dot, codename = permission.partition(".")
    verb, _line, model = codename.partition("_")
    words = {"view": _("查看"), "add": _("新增"), "change": _("修改"), "delete": _("删除")}
    try:
        noun = str(apps.get_model(app_label, model)._meta.verbose_name)
    except (LookupError, ValueError):
        return _("进行这项操作")
    return f"{words[verb]}{noun}" if verb in words else _("进行这项操作")


class Place(Protocol):
    """What a breadcrumb needs of a division."""

    code: int
    name: str

    @property
    def parent(self) -> Place | None: ...


@dataclass(frozen=True, slots=True)
class Breadcrumb:
    """One step of the way; the last one has no address because it is the page itself."""

    label: Any
    url: str = ""


def breadcrumbs(
    place: Place,
    address: Callable[[Place], str],
    *tail: Breadcrumb,
    top: int | None = None,
) -> list[Breadcrumb]:
    """The way from the county down to `place`, then `tail`.

    `top` is the code of the user's own division: what lies above it is left out, since it would only lead to a 404.
    """
    steps = list(_upwards(place, top))[::-1]
    way = [Breadcrumb(step.name, address(step)) for step in steps]
    if not tail:
        way[-1] = Breadcrumb(place.name)
    return [*way, *tail]


def _upwards(place: Place, top: int | None) -> Iterator[Place]:
    step: Place | None = place
    while step is not None:
        yield step
        if step.code == top:
            return
        step = step.parent
