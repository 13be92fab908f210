"""Events of signing in and out: what Django and django-axes announce, written down.

An account name that nobody has is never stored: people type passwords into that field.
"""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from kernel.audit.models import Event
from kernel.audit.services import place_of, record, record_outside
from kernel.wall.scope import NOWHERE, Scope, current_scope


def connect_logins() -> None:
    """Called once when the app is ready."""
    user_logged_in.connect(note_login, dispatch_uid="audit.login")
    user_logged_out.connect(note_logout, dispatch_uid="audit.logout")
    user_login_failed.connect(note_failure, dispatch_uid="audit.login_failed")
    user_locked_out.connect(note_lock, dispatch_uid="audit.login_locked")


def origin(request: HttpRequest | None, actor: int | None = None) -> Scope:
    """NOWHERE, with what the request tells about its sender."""
    return Scope(
        *NOWHERE,
        actor=actor,
        address=getattr(request, "address", ""),
        request_id=getattr(request, "request_id", ""),
    )


def note_login(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """Success."""
    record_outside(
        "login", scope=origin(request, user.pk), result=Event.Result.SUCCESS, obj=user, division=user.home_id
    )


def note_logout(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """By the user, or by a session limit."""
    if user is None:
        return
    detail = {"reason": getattr(request, "logout_reason", "user")}
    if current_scope() is not None:
        record("logout", obj=user, division=user.home_id, detail=detail)
        return
    scope = origin(request, user.pk)
    record_outside("logout", scope=scope, result=Event.Result.SUCCESS, obj=user, division=user.home_id, detail=detail)


def note_failure(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """A wrong password, a wrong code, a disabled or unknown account."""
    user = named(credentials)
    detail = {} if user is not None else {"account": "unknown"}
    record_outside("login.failed", scope=origin(request), obj=user, division=place_of(user), detail=detail)


def note_lock(sender: Any, request: HttpRequest, username: str, **_: Any) -> None:
    """Too many failures: the account is locked for this address."""
    user = named({"username": username})
    record_outside("login.locked", scope=origin(request), obj=user, division=place_of(user))


def named(credentials: dict[str, Any]) -> Any | None:
    """The user an attempt was for, if there is one."""
    return get_user_model().objects.filter(username=str(credentials.get("username") or "")).first()
