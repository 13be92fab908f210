"""Who acts, and the scope around the whole answer.

What the two middlewares leave on the request, for pages, admin and REST alike:

* `request.user.acting` – the Appointment under which the user works now, checked to be in force at every request;
  None means: no appointment, and nothing but the account pages answers.
* `request.address` – the caller's address.
* `request.bearer` – `kernel.accounts.tokens.Bearer` when a good Bearer token came with a request under `/api/`, else
  None; then also `request.auth_token` (AccessToken), `request.client` (DepartmentClient) and `request.auth_scopes`
  (frozenset of OAuth scopes that are good now). For sessions `auth_token` and `client` are None and `auth_scopes` is
  None, which means "not limited by OAuth". REST must demand CSRF of every request that has no bearer.
* `request.auth_problem` – Chinese reason when a Bearer token came and was not good: the user is anonymous then, even
  if a session came along, and REST answers 401.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db import connections
from django.db.transaction import TransactionManagementError
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from kernel.accounts.addresses import client_address
from kernel.accounts.gates import closed_gate
from kernel.accounts.models import Appointment
from kernel.accounts.policy import policy_now
from kernel.accounts.scopes import scope_for
from kernel.accounts.sessions import APPOINTMENT, check_limits
from kernel.accounts.tokens import read_bearer
from kernel.audit.services import record_outside
from kernel.wall.scope import ReadOnlyScope, Scope, open_scope

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
API, ADMIN = "/api/", "/admin/"
OPEN_VIEWS = frozenset(
    {"accounts:logout", "accounts:password_change", "accounts:totp", "accounts:code", "set_language"}
)
"""Account pages that answer whoever is signed in, whatever else is missing."""

Next = Callable[[HttpRequest], HttpResponseBase]


class Undo(Exception):
    """Leaves the scope without keeping what was written; carries the answer."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__(response.status_code)
        self.response = response


def problem(status: int, title: str) -> JsonResponse:
    """problem+json for the API."""
    body = {"type": "about:blank", "title": title, "status": status}
    return JsonResponse(body, status=status, content_type="application/problem+json")


class SessionLimitMiddleware:
    """Ends a session that was idle too long or lasted too long, by the policy in force."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.address = client_address(request)  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            reason = check_limits(request.session, policy_now())
            if reason is not None:
                request.logout_reason = "limit"  # type: ignore[attr-defined]
                logout(request)
                if request.path.startswith(API):
                    return problem(401, str(reason))
                messages.warning(request, str(reason))
                target = request.get_full_path() if request.method in SAFE else "/"
                return redirect_to_login(target)
        return self.get_response(request)


class ActingMiddleware:
    """Session or token → user → appointment → scope: one transaction around the whole answer.

    Everything is undone when the answer is 400 or above; a 403, or an answer with `record_as`, is then recorded in a
    transaction of its own.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        identify(request)
        user: Any = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        user.acting = pick_appointment(request)
        gate = None if opens_always(request) else closed_gate(request, policy_now())
        if gate is not None:
            if request.path.startswith(API):
                return problem(403, str(gate.reason))
            return (
                redirect(gate.url) if gate.url else render(request, gate.template, {"title": gate.reason}, status=403)
            )
        if user.acting is None:
            # Logging out or changing the password with nothing to act as: no place, no right to write.
            scope = Scope(0, 0, actor=user.pk, address=request.address)  # type: ignore[attr-defined]
        else:
            scope = scope_of(request, user.acting)
        return self.answer(request, scope)

    def answer(self, request: HttpRequest, scope: Scope) -> HttpResponseBase:
        """Run the request in its scope; keep its writes only when it succeeded."""
        try:
            with open_scope(scope):
                response = complete(self.get_response(request))
                if response.status_code >= 400:
                    raise Undo(response)
                if connections["default"].needs_rollback:
                    # The view swallowed an error of the database: what it answered did not happen.
                    raise TransactionManagementError("an answer of success to a transaction that must be undone")
        except Undo as undo:
            response = undo.response
        # A view may ask for another refusal to be kept: a missed look-up by number says something, too.
        told = getattr(response, "record_as", "access.refused" if response.status_code == 403 else "")
        if told:
            match = request.resolver_match
            record_outside(
                told,
                scope=scope,
                detail={"view": match.view_name if match else "", "method": request.method},
            )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A reader that tries to write is refused, not broken."""
        if not isinstance(exception, ReadOnlyScope):
            return None
        connections["default"].set_rollback(True)
        title = _("您当前的岗位只能查看，不能修改")
        if request.path.startswith(API):
            return problem(403, title)
        return render(request, "403.html", {"title": title}, status=403)


def identify(request: HttpRequest) -> None:
    """Set what this module promises about tokens; a token outranks a session."""
    wanted: Any = request
    wanted.bearer = wanted.auth_token = wanted.client = wanted.auth_scopes = None
    wanted.auth_problem = ""
    header = request.headers.get("Authorization", "")
    if not request.path.startswith(API) or not header.lower().startswith("bearer"):
        return
    bearer = read_bearer(header, wanted.address)
    if bearer is None:
        wanted.user = AnonymousUser()
        wanted.auth_problem = _("令牌无效、已过期或已停用，请重新获取")
        return
    wanted.bearer, wanted.auth_token, wanted.client = bearer, bearer.token, bearer.client
    wanted.user, wanted.auth_scopes = bearer.user, bearer.scopes


def pick_appointment(request: HttpRequest) -> Appointment | None:
    """The chosen appointment when it still is in force and the user's own, else the first one in force, else None."""
    user: Any = request.user
    held: list[Appointment] = list(user.appointments_today())
    wanted: Any = request
    chosen = None if wanted.bearer else request.session.get(APPOINTMENT)
    for appointment in held:
        appointment.user = user
    return next((each for each in held if each.pk == chosen), held[0] if held else None)


def scope_of(request: HttpRequest, appointment: Appointment) -> Scope:
    """The scope of this request: reading for safe methods, never from the request's data."""
    source = "api" if request.path.startswith(API) else "admin" if request.path.startswith(ADMIN) else "page"
    return scope_for(
        appointment,
        write=request.method not in SAFE,
        source=source,
        request_id=getattr(request, "request_id", ""),
        address=getattr(request, "address", ""),
    )


def opens_always(request: HttpRequest) -> bool:
    """Whether the request is for one of the account pages."""
    try:
        return resolve(request.path_info).view_name in OPEN_VIEWS
    except Resolver404:
        return False


def complete(response: HttpResponseBase) -> HttpResponseBase:
    """Make sure nothing of the answer is computed after the scope has closed: lazy streams are read here.

    Files stream as they are; they ask no database.
    """
    if isinstance(response, FileResponse) and response.file_to_stream is not None:
        return response
    if isinstance(response, StreamingHttpResponse):
        whole = HttpResponse(response.getvalue(), status=response.status_code)
        for name, value in response.headers.items():
            whole.headers[name] = value
        whole.cookies = response.cookies
        return whole
    return response
