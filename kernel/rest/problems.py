"""Every refusal is `application/problem+json` in Chinese: what is wrong, where, and what would be right.

`errors` lists each fault as `{pointer, code, message, message_en}`. A pointer names a query parameter (`/sex`), a
member of the body (`#/id_number`) or a header (`X-Purpose`). Codes are stable; texts are for people.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.http import Http404
from django.http.request import UnreadablePostError
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from kernel.records.services import StaleRecord
from kernel.wall.scope import ReadOnlyScope

logger = logging.getLogger("kernel.rest")

MEDIA_TYPE = "application/problem+json"
TITLES: dict[int, Promise] = {
    400: _("请求有误"),
    401: _("未登录或令牌无效"),
    403: _("没有这项权限"),
    404: _("没有找到"),
    405: _("该地址不支持这种请求方法"),
    406: _("只提供 JSON 格式"),
    412: _("记录已被他人修改"),
    413: _("请求内容过大"),
    415: _("请求内容应为 JSON"),
    429: _("请求过于频繁"),
    500: _("系统出错"),
}
DETAILS: dict[int, Promise] = {
    400: _("请按 errors 中的说明修改后重试"),
    401: _("请先登录，或用 OAuth 2 客户端凭证取得令牌，放在 Authorization: Bearer 请求头中"),
    403: _("当前任职或令牌的授权范围不允许这样做，请联系本县系统管理员"),
    404: _("地址有误，或者该记录不在您的范围内"),
    405: _("允许的方法见响应头 Allow"),
    406: _("请把请求头 Accept 改为 application/json，或不带该请求头"),
    412: _("请重新读取后再修改"),
    413: _("请减小请求内容后重试"),
    415: _("请把请求头 Content-Type 改为 application/json"),
    429: _("请在 Retry-After 响应头给出的秒数之后重试"),
    500: _("错误已记录，未写入任何数据；请稍后重试，仍不行时请告知响应头中的 X-Request-ID"),
}
CODES: dict[int, str] = {
    400: "invalid",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    412: "stale",
    413: "too_large",
    415: "unsupported_media_type",
    429: "throttled",
    500: "error",
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, a stable code, and the text with its values."""

    pointer: str
    code: str
    message: str | Promise
    values: Mapping[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, str]:
        """The fault as the caller reads it, in both languages whatever language the request asks for."""
        return {
            "pointer": self.pointer,
            "code": self.code,
            "message": _say("zh-hans", self.message, self.values),
            "message_en": _say("en", self.message, self.values),
        }


def _say(language: str, message: str | Promise, values: Mapping[str, Any]) -> str:
    with translation.override(language):
        text = str(message)
        return text % {name: str(value) for name, value in values.items()} if values else text


class Problem(exceptions.APIException):
    """A refusal with its faults. `status` chooses title and detail; raise it anywhere below a REST view."""

    def __init__(self, status: int, *faults: Fault, code: str = "") -> None:
        self.status_code = status
        self.faults = faults
        super().__init__(detail=str(TITLES[status]), code=code or CODES[status])
        self.code = code or CODES[status]


def refuse(pointer: str, code: str, message: str | Promise, **values: Any) -> Problem:
    """A 400 with one fault: `raise refuse("/sex", "choice", _("…%(allowed)s"), allowed="1, 2")`."""
    return Problem(400, Fault(pointer, code, message, values))


def problem_body(status: int, *, code: str = "", faults: Sequence[Fault] = ()) -> dict[str, Any]:
    """The members of one problem document."""
    return {
        "type": f"urn:yanjin:problem:{code or CODES[status]}",
        "title": _say("zh-hans", TITLES[status], {}),
        "status": status,
        "detail": _say("zh-hans", DETAILS[status], {}),
        "errors": [fault.told() for fault in faults],
    }


def _faults_of_detail(detail: Any, pointer: str = "#") -> list[Fault]:
    """Faults of a DRF `detail`: nested mappings and lists become pointers."""
    if isinstance(detail, Mapping):
        return [fault for name, inner in detail.items() for fault in _faults_of_detail(inner, f"{pointer}/{name}")]
    if isinstance(detail, list):
        return [fault for inner in detail for fault in _faults_of_detail(inner, pointer)]
    return [Fault(pointer, getattr(detail, "code", "invalid"), str(detail))]


def _of_api_exception(exc: exceptions.APIException) -> tuple[int, str, list[Fault]]:
    if isinstance(exc, Problem):
        return exc.status_code, exc.code, list(exc.faults)
    status = exc.status_code if exc.status_code in TITLES else 400
    if isinstance(exc, exceptions.ValidationError):
        return status, "", _faults_of_detail(exc.detail)
    if isinstance(exc, exceptions.ParseError):
        return status, "malformed", [Fault("#", "malformed", _("请求内容不是合法的 JSON"))]
    return status, "", []


def _of_validation(exc: ValidationError) -> tuple[int, str, list[Fault]]:
    named = exc.error_dict if hasattr(exc, "error_dict") else {"": exc.error_list}
    faults = [
        Fault(f"#/{name}" if name else "#", error.code or "invalid", error.message, error.params or {})
        for name, errors in named.items()
        for error in errors
    ]
    return 400, "", faults


def _of_bad_request(exc: BadRequest) -> tuple[int, str, list[Fault]]:
    text = str(exc)
    return 400, "", [Fault("", "invalid", text)] if text else []


MALFORMED = Fault("#", "malformed", _("请求不完整、格式不合法，或者参数过多"))
Reader = Callable[[Any], tuple[int, str, list[Fault]]]
# Order matters: the first class that fits is used.
READERS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Reader], ...] = (
    (exceptions.APIException, _of_api_exception),
    (Http404, lambda exc: (404, "", [])),
    ((PermissionDenied, ReadOnlyScope), lambda exc: (403, "", [])),
    (StaleRecord, lambda exc: (412, "", [Fault("", "stale", str(exc))])),
    (RequestDataTooBig, lambda exc: (413, "", [])),
    (ValidationError, _of_validation),
    (BadRequest, _of_bad_request),
    ((SuspiciousOperation, UnreadablePostError), lambda exc: (400, "malformed", [MALFORMED])),
)


def problem_response(exc: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: any exception as a problem document. Unknown ones are logged and answered with 500.

    The middleware rolls back on 5xx, so nothing of a broken request stays.
    """
    status, code = 500, ""
    faults: list[Fault] = []
    for kinds, reader in READERS:
        if isinstance(exc, kinds):
            status, code, faults = reader(exc)
            break
    else:
        logger.error("REST request failed", exc_info=exc)
    headers = {}
    view = context.get("view")
    if status == 401 and view is not None:
        headers["WWW-Authenticate"] = view.get_authenticate_header(view.request)
    wait = getattr(exc, "wait", None)
    if wait:
        headers["Retry-After"] = str(max(1, int(wait)))
    body = problem_body(status, code=code, faults=faults)
    return Response(body, status=status, headers=headers, content_type=MEDIA_TYPE)
