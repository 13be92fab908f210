"""The ledger room: stock Django admin, in Chinese, entered by role and behind the same login as the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext_lazy as _

BORROWED = frozenset({"auth", "axes", "oauth2_provider", "otp_totp"})


class DescribedSuggestions(AutocompleteJsonView):
    """Suggestions as the row's own room describes them: a bare name has namesakes."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        told: dict[str, str] = super().serialize_result(obj, to_field_name)
        room: Any = self.model_admin
        return {**told, "text": room.describe(obj)} if hasattr(room, "describe") else told


class LedgerRoom(AdminSite):
    """No second login form, no superuser; entering is the permission `web.enter_admin`."""

    site_header = _("延津就业帮扶 · 台账")
    site_title = _("台账")
    index_title = _("台账目录")
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Tables of borrowed apps stay out: accounts, devices, tokens and locks have their own named actions."""
        models = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        ours = [model for model in models if model._meta.app_label not in BORROWED]
        super().register(ours, admin_class, **options)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.GET.get("term", ""):
            raise BadRequest(_("搜索内容含有不能识别的字符"))
        response: HttpResponse = DescribedSuggestions.as_view(admin_site=self)(request)  # type: ignore[assignment]
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        return redirect("accounts:password_change")

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_authenticated and user.has_perm("web.enter_admin"))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Whoever is signed in and may not enter is refused here: a way round by a login page would promise a cure."""
        guarded: Callable[..., Any] = super().admin_view(view, cacheable)

        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(_("您的角色不能进入台账"))
            return guarded(request, *args, **kwargs)

        return update_wrapper(entered, guarded)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            raise PermissionDenied(_("您的角色不能进入台账"))
        return redirect_to_login(request.GET.get("next", request.path), resolve_url(settings.LOGIN_URL))
