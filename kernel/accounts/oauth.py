"""The token endpoint: client credentials only, for clients that are open, within the client's own scopes."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from oauth2_provider.models import Application
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauth2_provider.views import TokenView

from kernel.accounts.addresses import client_address
from kernel.accounts.models import DepartmentClient
from kernel.accounts.throttle import allow
from kernel.audit.services import record_outside
from kernel.clock import today
from kernel.web.pages import PUBLIC

ADDRESS = "YANJIN_ADDRESS"
PER_MINUTE = 30
REASONS = {
    "invalid_client": gettext_lazy("客户端编号或密钥不正确，或客户端已停用、到期、不在允许的网络"),
    "invalid_scope": gettext_lazy("申请的内容超出该客户端的可读范围"),
    "unsupported_grant_type": gettext_lazy("只支持 client_credentials"),
    "unauthorized_client": gettext_lazy("只支持 client_credentials"),
    "invalid_request": gettext_lazy("请求有误：须以表单提交 grant_type=client_credentials"),
}


class ClientValidator(OAuth2Validator):
    """django-oauth-toolkit's checks, and ours: the client must be open today, from this address."""

    def _load_application(self, client_id: str | None, request: Any) -> Application | None:
        # PostgreSQL cannot even be asked for a text with a zero byte.
        return None if "\0" in (client_id or "") else super()._load_application(client_id, request)

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        if not super().authenticate_client(request, *args, **kwargs):
            return False
        client = client_of(request.client)
        return client is not None and client.is_open(today(), str(request.headers.get(ADDRESS, "")))


class ClientScopes(BaseScopes):
    """Scopes of a client are the ones it was registered for."""

    def get_all_scopes(self) -> dict[str, Any]:
        scopes: dict[str, Any] = settings.OAUTH2_PROVIDER["SCOPES"]  # type: ignore[assignment]
        return scopes

    def get_available_scopes(
        self, application: Application | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        client = client_of(application)
        return list(client.scopes) if client is not None else []

    def get_default_scopes(
        self, application: Application | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        # The unmasked scope has to be asked for by name.
        return [name for name in self.get_available_scopes(application) if not name.endswith(":pii")]


def client_of(application: Application | None) -> DepartmentClient | None:
    """The department client behind an OAuth application."""
    if application is None:
        return None
    return DepartmentClient.objects.select_related("user").filter(application=application).first()


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """POST grant_type=client_credentials with Basic authentication or client_id and client_secret in the form."""
    address = client_address(request)
    if not allow(f"token:{address}", PER_MINUTE):
        return refuse(429, "slow_down", _("请求过于频繁，请一分钟后再试"))
    if request.POST.get("grant_type") != "client_credentials":
        return refuse(400, "unsupported_grant_type", REASONS["unsupported_grant_type"])
    request.META[ADDRESS] = address
    answer: HttpResponse = TokenView.as_view()(request)
    if answer.status_code == 200:
        return answer
    error = str(json.loads(answer.content or b"{}").get("error", "invalid_request"))
    record_outside("token.refused", source="api", address=address, detail={"error": error})
    return refuse(answer.status_code, error, REASONS.get(error, REASONS["invalid_request"]))


token.permission = PUBLIC  # type: ignore[attr-defined]  # open on purpose: the client proves itself in the request


def refuse(status: int, error: str, reason: Any) -> JsonResponse:
    """An OAuth error (RFC 6749 5.2) with a Chinese description."""
    response = JsonResponse({"error": error, "error_description": str(reason)}, status=status)
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="yanjin"'
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response
