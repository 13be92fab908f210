"""The answer to a locked account: 429, in Chinese, with what helps."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def locked_out(
    request: HttpRequest, original_response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """Called by django-axes once the failures are too many; the right password is refused too while it lasts."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    title = _("连续输错 %(n)d 次，账号在本机已锁定 %(minutes)d 分钟。请稍后再试；忘记密码请找系统管理员重置。") % {
        "n": settings.AXES_FAILURE_LIMIT,
        "minutes": minutes,
    }
    response = render(request, "429.html", {"title": title}, status=429)
    response.headers["Retry-After"] = str(minutes * 60)
    return response
