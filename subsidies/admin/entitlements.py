"""Computed entitlements: looked at, never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy

from kernel.divisions.admin import PlaceFilter
from kernel.identity.money import fen_to_yuan_text
from kernel.web.admin import ReadOnlyAdmin
from subsidies.facts.registry import get_fact
from subsidies.facts.values import show_value
from subsidies.models import Entitlement


def snapshot_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Each measured value of a snapshot with its label and unit; a fact that no longer exists keeps its code."""
    told = []
    for key, value in facts.items():
        code, _bracket, inside = key.partition("(")
        parameters = {
            name: int(number) for name, _eq, number in (p.partition("=") for p in inside[:-1].split(",") if p)
        }
        try:
            fact = get_fact(code)
        except ValidationError:
            told.append((key, str(value)))
            continue
        told.append((fact.title(parameters), f"{show_value(fact, value)} {fact.unit}".strip()))
    return told


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    """One result with its snapshot; the explanation is on the page of the person or employer."""

    list_display = ["beneficiary_told", "scheme", "year", "amount_told", "village", "updated_at"]
    list_filter = ["year", "scheme", PlaceFilter]
    list_select_related = ["scheme", "person", "employer", "village"]
    ordering = ["-pk"]
    readonly_fields = (
        "scheme",
        "terms",
        "year",
        "instalment",
        "beneficiary_told",
        "village",
        "amount_told",
        "facts_told",
    )
    fields = readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("scheme", "terms__scheme", "person", "employer", "village")

    @admin.display(description=gettext_lazy("对象"))
    def beneficiary_told(self, obj: Entitlement) -> str:
        return str(obj.beneficiary or "—")

    @admin.display(description=gettext_lazy("金额（元）"), ordering="amount_fen")
    def amount_told(self, obj: Entitlement) -> str:
        return fen_to_yuan_text(obj.amount_fen)

    @admin.display(description=gettext_lazy("测算依据"))
    def facts_told(self, obj: Entitlement) -> str:
        return format_html_join("\n", "<p>{}：{}</p>", snapshot_lines(obj.facts))
