"""The account pages: sign in, second factor, sign out, password, switching the appointment, language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language
from django_otp import login as confirm_device

from kernel.accounts.forms import CodeForm, LoginForm, OwnPasswordForm
from kernel.accounts.gates import has_device, needs_code
from kernel.accounts.models import User
from kernel.accounts.policy import policy_now
from kernel.accounts.roles import ADMINISTRATORS
from kernel.accounts.second_factor import check_code, enrol, qr_image, remove_devices, secret_text, waiting_key
from kernel.accounts.services import change_own_password
from kernel.accounts.sessions import APPOINTMENT, PENDING, SEEN, STARTED, must_change_password, now
from kernel.audit.services import record
from kernel.web.pages import PUBLIC, SIGNED_IN, page

BACKEND = "kernel.accounts.backends.RoleBackend"
PENDING_SECONDS = 300
"""How long a right password waits for its code."""


def landing_for(user: User) -> str:
    """Where a user starts: administrators in the ledger room, the others on their own dashboard."""
    acting = user.acting or user.appointments_today().first()
    return reverse("admin:index") if acting is not None and acting.role in ADMINISTRATORS else "/"


def next_address(request: HttpRequest, offered: str) -> str:
    """The address asked for, when it is one of ours; else empty."""
    ours = url_has_allowed_host_and_scheme(offered, {request.get_host()}, require_https=request.is_secure())
    return offered if ours and offered != resolve_url(settings.LOGIN_URL) else ""


def demo_logins() -> list[dict[str, str]]:
    """The logins of a running demo, which the supervisor has written down; none in any other mode."""
    path = Path(str(settings.YANJIN_VAR)) / "demo.json"
    if settings.YANJIN_MODE != "demo" or not path.is_file():
        return []
    logins: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8")).get("logins", [])
    return logins


@sensitive_post_parameters("password")
@csrf_protect
@page(permission=PUBLIC)
def login(request: HttpRequest) -> HttpResponseBase:
    """Account and password; then the code page when the user has a code generator."""
    wanted = next_address(request, request.POST.get("next") or request.GET.get("next") or "")
    if request.user.is_authenticated:
        return redirect(wanted or landing_for(request.user))
    form = LoginForm(request, data=request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        user: Any = form.get_user()
        if has_device(user):
            request.session.cycle_key()
            request.session[PENDING] = {"user": user.pk, "at": now().timestamp(), "next": wanted, "wrong": 0}
            return redirect("accounts:code")
        return enter(request, user, wanted)
    return render(request, "registration/login.html", {"form": form, "next": wanted, "demo_logins": demo_logins()})


def enter(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    """Begin the session: new key, limits start to count."""
    start_session(request, user, backend=BACKEND)
    moment = int(now().timestamp())
    request.session[STARTED] = request.session[SEEN] = moment
    request.session.pop(PENDING, None)
    return redirect(wanted or landing_for(user))


@csrf_protect
@page(permission=PUBLIC)
def code(request: HttpRequest) -> HttpResponseBase:
    """The second step of signing in, or of a session that began before the second factor was demanded."""
    signed_in = request.user.is_authenticated
    pending = request.session.get(PENDING, {})
    if signed_in:
        user: Any = request.user
    else:
        fresh = bool(pending) and now().timestamp() - pending["at"] < PENDING_SECONDS
        user = User.objects.filter(pk=pending["user"], is_active=True).first() if fresh else None
    if user is None:
        return redirect("accounts:login")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        device = check_code(user, form.cleaned_data["code"])
        if device is not None:
            answer = redirect(landing_for(user)) if signed_in else enter(request, user, pending["next"])
            confirm_device(request, device)
            return answer
        form.add_error("code", _("动态口令不正确，请等下一个再试"))
        if not signed_in:
            # Counts with the wrong passwords: the lock does not care which of the two was guessed.
            user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)
            if getattr(request, "axes_locked_out", False):
                del request.session[PENDING]
    context = {"title": _("动态口令"), "form": form, "submit_label": _("验证")}
    return render(request, "accounts/code.html", context)


@require_POST
@page(permission=PUBLIC)
def logout(request: HttpRequest) -> HttpResponseBase:
    """End the session and forget what it held."""
    end_session(request)
    return redirect("accounts:login")


@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@page(permission=SIGNED_IN)
def password_change(request: HttpRequest) -> HttpResponseBase:
    """The own password; other sessions of the user end."""
    user: Any = request.user
    form = OwnPasswordForm(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        change_own_password(user=user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, user)
        messages.success(request, _("密码已修改"))
        return redirect(landing_for(user))
    forced = must_change_password(user, policy_now())
    if forced and request.method != "POST":
        messages.warning(request, _("密码须先修改才能继续"))
    cancel = "" if forced else landing_for(user)
    return render(request, "web/password_change.html", {"title": _("修改密码"), "form": form, "cancel_url": cancel})


@page(permission=SIGNED_IN)
def totp(request: HttpRequest) -> HttpResponseBase:
    """Switch the second factor on (scan, then one code) or off (one code, when no role demands it)."""
    user: Any = request.user
    enrolled = has_device(user)
    demanded = needs_code(user, policy_now())
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["code"].strip()
        if enrolled:
            return switch_off(request, user, typed, demanded=demanded)
        device = enrol(user=user, session=request.session, code=typed)
        if device is not None:
            confirm_device(request, device)
            messages.success(request, _("动态口令已启用"))
            return redirect(landing_for(user))
        form.add_error("code", _("动态口令不正确，请等下一个再试"))
    context: dict[str, Any] = {"title": _("动态口令"), "form": form, "enrolled": enrolled, "demanded": demanded}
    if not enrolled:
        key = waiting_key(request.session)
        context |= {"qr": qr_image(user, key), "secret": secret_text(key), "submit_label": _("启用动态口令")}
    else:
        context["submit_label"] = _("停用动态口令")
    return render(request, "accounts/totp.html", context)


def switch_off(request: HttpRequest, user: User, typed: str, *, demanded: bool) -> HttpResponse:
    """Remove the devices after a right code; refused while a role demands the second factor."""
    if demanded:
        raise PermissionDenied(_("您的角色必须使用动态口令"))
    if check_code(user, typed) is None:
        messages.error(request, _("动态口令不正确，请等下一个再试"))
    else:
        remove_devices(user=user)
        messages.success(request, _("动态口令已停用"))
    return redirect("accounts:totp")


@require_POST
@page(permission=SIGNED_IN)
def switch(request: HttpRequest) -> HttpResponseBase:
    """Act under another of one's own appointments that is in force today."""
    user: Any = request.user
    text = request.POST.get("appointment", "")
    if not text.isdecimal() or len(text) > 18:
        raise BadRequest(_("请选择要切换的岗位"))
    chosen = user.appointments_today().filter(pk=int(text)).first()
    if chosen is None:
        raise PermissionDenied(_("这项任职不属于您，或今天不在有效期"))
    record("appointment.switched", obj=chosen)
    request.session[APPOINTMENT] = chosen.pk
    user.acting = chosen
    return redirect(landing_for(user))


@page(permission=PUBLIC)
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Chinese or English, kept in a cookie."""
    return django_set_language(request)
