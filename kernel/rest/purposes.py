"""`X-Purpose`: saying why unmasked personal data is wanted is what asks for it, and is kept with every record shown."""

from __future__ import annotations

from urllib.parse import unquote

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from kernel.rest.authentication import Caller
from kernel.rest.problems import Fault, Problem

HEADER = "X-Purpose"
SHORTEST, LONGEST = 4, 200


def told_purpose(request: Request) -> str:
    """What the data are wanted for; an empty text when the header is absent. 400 when it says nothing."""
    raw = request.META.get("HTTP_X_PURPOSE", "")
    if not raw:
        return ""
    purpose = _decoded(raw)
    if not SHORTEST <= len(purpose) <= LONGEST or not purpose.isprintable():
        raise Problem(400, Fault(HEADER, "purpose", _("请用 4 至 200 个字说明用途（UTF-8 或百分号编码）")))
    return purpose


def require_unmask(caller: Caller, *, permission: str, scope: str) -> None:
    """403 without the right to unmask.

    An official needs the permission. A department's client needs the scope in its token, which the security
    administrator grants client by client; its role has no such permission on purpose.
    """
    allowed = caller.may(permission) if caller.scopes is None else caller.holds(scope)
    if not allowed:
        raise Problem(
            403, Fault(HEADER, "unmask", _("没有查看未遮盖信息的权限，请去掉 X-Purpose 请求头，或申请 labour:pii 授权"))
        )


def _decoded(raw: str) -> str:
    """WSGI hands headers over as Latin-1; clients send Chinese either as UTF-8 bytes or percent-encoded."""
    try:
        text = raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        text = raw
    return unquote(text).strip()
