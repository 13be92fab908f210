"""Finding one person by identity number, without the number ever standing in an address, an answer or a log."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.divisions.models import Division
from kernel.identity.id_number import check_id, normalise_id
from kernel.protection.provider import blind_index
from kernel.rest.lists import Ask, ReadView, fingerprint
from kernel.rest.problems import Fault, Problem, problem_response, refuse
from kernel.rest.tokens import person_tokens
from labour.api.serializers import MatchQuestionSerializer, MatchSerializer
from labour.api.views import READ, TAG
from labour.models import Person

MISSED = "person.match_missed"


class PersonMatch(ReadView):
    """One person by identity number. POST, so that no number stands in an address or a log."""

    permission, scope, tag = "labour.view_person", READ, TAG
    summary = _("按证件号码核对人员")
    description = _(
        "号码放在请求体中；在本授权范围内有登记则返回编号，否则 404。只核对长度、日期和校验码，不看号码前六位。"
    )
    operation = "people_match"
    queryset = Person.objects.none()
    serializer_class = MatchSerializer
    http_method_names = ["post"]
    weight = 10
    example = {"id": "6f2f0c52-3b5e-4f5e-9a44-0c6a3f7f1d10", "person_token": "h:5c1e0b7a9d2f4c8e6a1b3d5f70829c4e"}

    @extend_schema(request=MatchQuestionSerializer)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The person's id, or 404. Both are kept in the log: whoever tries numbers leaves a trace of every try."""
        ask = self.ask(request)
        found = _find(read_number(request.data), ask)
        if found is None:
            missed = problem_response(Http404(), {"view": self})
            missed.record_as = MISSED  # type: ignore[attr-defined]
            return missed
        answer = {"id": found, "person_token": person_tokens([found], ask.caller)[0]}
        body = orjson.dumps(answer)
        return self.reply(request, body, etag=f'"{fingerprint(body)}"', ask=ask, rows=1)


def read_number(body: Any) -> str:
    """The normalised number of a body `{"id_number": "…"}`; 400 with what is wrong with it. Never repeats it."""
    if not isinstance(body, dict):
        raise refuse("#", "object", _('请求体应为 JSON 对象，例如 {"id_number": "…"}'))
    faults = [
        Fault(
            f"#/{str(name)[:60]}",
            "unknown_member",
            _("请求体中没有名为“%(name)s”的成员，只有 id_number"),
            {"name": str(name)[:60]},
        )
        for name in body
        if name != "id_number"
    ]
    value = body.get("id_number")
    if not isinstance(value, str):
        faults.append(Fault("#/id_number", "text", _("id_number 应为文本形式的证件号码；写成数字会丢失末尾")))
    if faults:
        raise Problem(400, *faults)
    number = normalise_id(str(value))
    problem = check_id(number)
    if problem is not None:
        raise Problem(400, Fault("#/id_number", problem.code, problem.message))
    return number


def _find(number: str, ask: Ask) -> Any:
    """Public id of the person with a number, inside the scope. The index is keyed by county."""
    scope = ask.scope
    counties = [scope.county] if scope.within_county else list(
        Division.objects.at("county").filter(code__gte=scope.lo, code__lt=scope.hi).values_list("code", flat=True)
    )  # fmt: skip
    context = Person._meta.get_field("id_number").context
    for county in counties:
        index = blind_index(number, context=context, county=county)
        uid = Person.objects.filter(county=county, id_index=index).values_list("uid", flat=True).first()
        if uid is not None:
            return uid
    return None
