"""OpenAPI from the views' own declarations: Chinese summaries, OAuth scopes, problem documents, examples."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from kernel.rest.checks import oauth_scopes
from kernel.rest.lists import ItemView, ListView, ReadView
from kernel.rest.permissions import PUBLIC
from kernel.rest.problems import MEDIA_TYPE, TITLES

REFUSALS = (400, 401, 403, 404, 429)
TOKEN_ADDRESS = "/api/v1/oauth/token/"  # noqa: S105 -- intended: an address, not a secret


class FaultSerializer(serializers.Serializer[Any]):
    """一处错误。"""

    pointer = serializers.CharField(help_text=_("位置：/参数名、#/请求体成员 或请求头名"))
    code = serializers.CharField(help_text=_("稳定的错误代码"))
    message = serializers.CharField(help_text=_("中文说明与改正办法"))
    message_en = serializers.CharField(help_text=_("英文说明"))


class ProblemSerializer(serializers.Serializer[Any]):
    """拒绝的原因（RFC 9457）。"""

    type = serializers.CharField(help_text=_("问题种类"))
    title = serializers.CharField(help_text=_("标题"))
    status = serializers.IntegerField(help_text=_("状态码"))
    detail = serializers.CharField(help_text=_("怎样改正"))
    errors = FaultSerializer(many=True, help_text=_("各处错误"))  # type: ignore[assignment]


class ActingScheme(OpenApiAuthenticationExtension):
    """Names the two ways in; each view's scope is added to the first."""

    target_class = "kernel.rest.authentication.ActingAuthentication"
    name = ["oauth2", "session"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        """OAuth 2 client credentials for departments, the session cookie for officials."""
        flow = {"tokenUrl": TOKEN_ADDRESS, "scopes": declared_scopes()}
        return [
            {
                "type": "oauth2",
                "description": str(_("部门系统：OAuth 2 客户端凭证，令牌一小时有效")),
                "flows": {"clientCredentials": flow},
            },
            {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": str(_("本系统用户：登录后的会话")),
            },
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Either the scope in a token, or a session."""
        scope = getattr(auto_schema.view, "scope", "")
        return [{"oauth2": [scope] if scope else []}, {"session": []}]


def declared_scopes() -> dict[str, str]:
    """OAuth scopes with their Chinese meaning."""
    return {name: str(text) for name, text in oauth_scopes().items()}


class YanjinSchema(AutoSchema):
    """Reads `summary`, `scope`, `many`, `extra_parameters` and `example` of a `ReadView`."""

    view: Any

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(getattr(self.view, "many", False))

    def get_operation_id(self) -> str:
        """The view's own name for itself where two addresses would share one."""
        return getattr(self.view, "operation", "") or super().get_operation_id()

    def get_summary(self) -> str:
        """The view's Chinese title."""
        return str(getattr(self.view, "summary", ""))

    def get_description(self) -> str:  # type: ignore[override]
        """The view's `description`, in Chinese; docstrings are for engineers."""
        return str(getattr(self.view, "description", ""))

    def _ours(self) -> bool:
        return isinstance(self.view, ReadView)

    def get_tags(self) -> list[str]:
        """One group for each OAuth scope's app, in words of the field."""
        return [str(getattr(self.view, "tag", "") or _("接口说明"))]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Nothing for public views."""
        return [] if getattr(self.view, "scope", "") == PUBLIC else super().get_auth()

    def get_override_parameters(self) -> list[Any]:
        """What a view takes besides filters and paging."""
        if not self._ours():
            return []
        return [
            OpenApiParameter(
                each["name"],
                each["schema"],
                each["in"],
                description=str(each.get("description", "")),
                required=each.get("required", False),
            )
            for each in self.view.extra_parameters
        ]

    def get_filter_backends(self) -> list[Any]:
        """Item views take no filters."""
        return super().get_filter_backends() if getattr(self.view, "filterset_class", None) else []

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        """drf-spectacular forgets the label of a filter whose type is declared; here it is put back."""
        parameters: list[dict[str, Any]] = super()._get_filter_parameters()
        filterset = getattr(self.view, "filterset_class", None)
        if filterset is not None:
            for each in parameters:
                each.setdefault("description", str(filterset.base_filters[each["name"]].label))
        return parameters

    def get_response_serializers(self) -> Any:
        """The view's own answer and every refusal it can give."""
        own = super().get_response_serializers()
        if not self._ours():
            return own
        answers: dict[Any, Any] = {200: own}
        if isinstance(self.view, ListView | ItemView):
            answers[304] = OpenApiResponse(description=str(_("与 If-None-Match 所给的相同，没有内容")))
        for status in REFUSALS:
            answers[status, MEDIA_TYPE] = OpenApiResponse(ProblemSerializer, description=str(TITLES[status]))
        return answers

    def get_examples(self) -> list[OpenApiExample]:
        """One answer as it looks."""
        example = getattr(self.view, "example", None)
        if example is None:
            return []
        return [OpenApiExample(str(_("示例")), value=example, response_only=True, status_codes=["200"])]
