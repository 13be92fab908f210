"""What a signed-in user has to do before anything else: be appointed, change the password, give the second factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from kernel.accounts.models import SecurityPolicy, User
from kernel.accounts.sessions import must_change_password


@dataclass(frozen=True, slots=True)
class Gate:
    """A closed gate: why, and the page that opens it (or the page that tells so)."""

    reason: str | Promise
    url: str = ""
    template: str = ""


def closed_gate(request: HttpRequest, policy: SecurityPolicy) -> Gate | None:
    """The first gate that is closed for this request; None lets it pass. Tokens have no password and no second factor."""
    user: Any = request.user
    if user.acting is None:
        return Gate(_("您的账号今天没有有效的任职，请联系安全管理员"), template="accounts/no_appointment.html")
    if getattr(request, "bearer", None) is not None:
        return None
    if must_change_password(user, policy):
        return Gate(_("请先修改密码"), url=reverse("accounts:password_change"))
    if needs_code(user, policy) and not user.is_verified():
        name = "accounts:code" if has_device(user) else "accounts:totp"
        return Gate(_("请先完成动态口令验证"), url=reverse(name))
    return None


def needs_code(user: User, policy: SecurityPolicy) -> bool:
    """Whether the policy demands a second factor of any role the user holds today."""
    demanded = set(policy.totp_roles)
    return bool(demanded) and any(each.role in demanded for each in user.appointments_today())


def has_device(user: User) -> bool:
    """Whether the user has enrolled a code generator."""
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists()
