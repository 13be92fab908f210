"""Entitlements: who may receive how much under which terms, and why, line by line."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy as _

from kernel.identity.money import fen_to_yuan_text
from kernel.rest.lists import Ask, ItemView, ListView, Resource
from kernel.rest.parameters import read_switch
from kernel.rest.problems import Fault, Problem
from kernel.rest.tokens import person_tokens
from subsidies.api.filters import EntitlementFilters
from subsidies.api.serializers import EntitlementSerializer
from subsidies.explanations import covers_county, explain
from subsidies.models import Entitlement

ZONE = get_default_timezone()


class EntitlementResource(Resource):
    """Entitlements of the caller's place."""

    permission, scope, tag = "subsidies.view_entitlement", "subsidies:read", _("奖补")
    queryset = Entitlement.objects.all()
    serializer_class = EntitlementSerializer
    version_column = "version"
    columns = (
        "id", "village_id", "uid", "year", "instalment", "amount_fen", "facts", "version", "updated_at",
        "scheme_code", "scheme_name", "subject", "person_uid", "employer_uid", "terms_valid_from",
    )  # fmt: skip
    example = {
        "id": "d2a1f0a4-1b6e-4a35-9a0f-2f6f6c0b8e13",
        "scheme": "outside_award",
        "scheme_name": "县外务工奖补",
        "subject": "person",
        "year": 2019,
        "instalment": 1,
        "person": "6f2f0c52-3b5e-4f5e-9a44-0c6a3f7f1d10",
        "person_token": "h:5c1e0b7a9d2f4c8e6a1b3d5f70829c4e",
        "employer": None,
        "amount_fen": 350000,
        "amount_yuan": "3500.00",
        "facts": {"outside_months": 10, "outside_wages": 3500000},
        "terms_valid_from": "2019-01-01",
        "division": "410726101203",
        "version": 1,
        "updated_at": "2020-06-20T09:12:03+08:00",
    }

    def rows(self, ask: Ask) -> QuerySet[Any]:
        return self.get_queryset().annotate(
            scheme_code=F("scheme__code"),
            scheme_name=F("scheme__name"),
            subject=F("scheme__subject"),
            person_uid=F("person__uid"),
            employer_uid=F("employer__uid"),
            terms_valid_from=F("terms__valid_from"),
        )

    def same_rows(self, ask: Ask) -> Hashable:
        return "all"

    def shape_all(self, rows: list[dict[str, Any]], ask: Ask) -> list[dict[str, Any]]:
        uids = [row["person_uid"] for row in rows if row["person_uid"] is not None]
        tokens = dict(zip(uids, person_tokens(uids, ask.caller), strict=True))
        return [_shaped(row, tokens) for row in rows]


def _shaped(row: dict[str, Any], tokens: dict[Any, str]) -> dict[str, Any]:
    return {
        "id": row["uid"],
        "scheme": row["scheme_code"],
        "scheme_name": row["scheme_name"],
        "subject": row["subject"],
        "year": row["year"],
        "instalment": row["instalment"],
        "person": row["person_uid"],
        "person_token": tokens.get(row["person_uid"]),
        "employer": row["employer_uid"],
        "amount_fen": row["amount_fen"],
        "amount_yuan": fen_to_yuan_text(row["amount_fen"]).replace(",", ""),
        "facts": row["facts"],
        "terms_valid_from": row["terms_valid_from"],
        "division": str(row["village_id"]),
        "version": row["version"],
        "updated_at": row["updated_at"].astimezone(ZONE),
    }


class EntitlementList(EntitlementResource, ListView):
    """Entitlements of the caller's place."""

    summary = _("奖补测算结果列表")
    description = _("只有符合条件的才有一行；金额与依据随数据变动即时更新，尚未经审核和公示。")
    filterset_class = EntitlementFilters


class EntitlementItem(EntitlementResource, ItemView):
    """One entitlement, with its explanation when asked for."""

    summary = _("一项奖补测算结果")
    extra_parameters = (
        {
            "name": "explain",
            "in": "query",
            "schema": {"type": "boolean", "default": False},
            "description": _("为 true 时逐条给出条件、测得的值和是否满足"),
        },
    )

    def shape_all(self, rows: list[dict[str, Any]], ask: Ask) -> list[dict[str, Any]]:
        shaped = super().shape_all(rows, ask)
        if read_switch(ask.parameters, "explain"):
            for row, target in zip(rows, shaped, strict=True):
                target["explanation"] = _lines(row["id"], ask)
        return shaped


def _lines(key: int, ask: Ask) -> list[dict[str, Any]]:
    """Measured and verdict of every condition, by the same expressions as the computation itself."""
    found = Entitlement.objects.select_related("terms", "person", "employer").get(pk=key)
    subject = found.beneficiary
    if subject is None:  # its row is out of sight, although the entitlement is not
        raise Http404
    if found.employer_id is not None and not covers_county(ask.scope.lo, ask.scope.hi):
        raise Problem(403, Fault("/explain", "county_only", _("用工主体的逐条说明须看到全县的务工人员，请由县级读取")))
    return [
        {
            "group": line.group,
            "label": line.label,
            "measured": line.measured_text,
            "unit": line.unit,
            "operator": line.operator,
            "threshold": line.threshold_text,
            "passed": line.passed,
        }
        for line in explain(found.terms, subject, found.year)
    ]
