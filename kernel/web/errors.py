"""Error pages: Chinese, plain, without a trace; problem+json for the API."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _answer(request: HttpRequest, status: int, title: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": title, "status": status}
        return JsonResponse(body, status=status, content_type="application/problem+json")
    return render(request, f"{status}.html", {"title": title}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, with what is wrong and the cure when a view of ours said so."""
    said = str(exception) if isinstance(exception, BadRequest) else ""
    return _answer(request, 400, said or _("请求有误，请检查后重试"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, with the reason when the refusal carries one."""
    return _answer(request, 403, str(exception or "") or _("您的角色没有这项权限"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same words for missing and for out of scope."""
    return _answer(request, 404, _("没有找到，或不在您的管辖范围"))


def broken(request: HttpRequest) -> HttpResponse:
    """500 without a trace."""
    return _answer(request, 500, _("系统出错，操作没有生效，请稍后重试"))
