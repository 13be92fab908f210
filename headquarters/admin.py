"""Stored figures in the ledger room: read-only, beside the dashboard that shows them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from headquarters.models import FigureValue
from headquarters.readings import Reading
from headquarters.registry import figure, figures
from kernel.divisions.admin import PlaceFilter
from kernel.identity.money import fen_to_yuan_text
from kernel.web.admin import ReadOnlyAdmin


class FigureFilter(admin.SimpleListFilter):
    """Figures by name."""

    title = _("指标")
    parameter_name = "figure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, f"{code} {each.label}") for code, each in figures().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FigureValue]) -> QuerySet[FigureValue]:
        if self.value() is None:
            return queryset
        if self.value() not in figures():
            raise IncorrectLookupParameters
        return queryset.filter(figure=self.value())


@admin.register(FigureValue)
class FigureValueAdmin(ReadOnlyAdmin):
    """One figure of one village (or of the county, where it cannot be added up) in one year."""

    list_display = ["named", "place", "period", "told", "above", "below", "as_of"]
    list_filter = [PlaceFilter, FigureFilter, "period"]
    list_select_related = ["village__parent"]
    sortable_by = ("period", "above", "as_of")
    ordering = ["-period", "figure", "village"]
    fields = ["named", "definition", "place", "period", "told", "above", "below", "as_of"]

    @admin.display(description=_("指标"))
    def named(self, obj: FigureValue) -> str:
        declared = figure(obj.figure)
        return f"{obj.figure} {declared.label}" if declared else obj.figure

    @admin.display(description=_("口径"))
    def definition(self, obj: FigureValue) -> str:
        declared = figure(obj.figure)
        return str(declared.definition) if declared else "—"

    @admin.display(description=_("所属村"))
    def place(self, obj: FigureValue) -> str:
        village: Any = obj.village
        return f"{village.parent.short_name} {village.short_name}" if village.level == "village" else str(village)

    @admin.display(description=_("数值"))
    def told(self, obj: FigureValue) -> str:
        declared = figure(obj.figure)
        if declared is None:
            return "—"
        reading = Reading(declared, obj.numerator, obj.denominator, obj.as_of)
        return f"{reading.text} {reading.unit}".strip()

    @admin.display(description=_("分子"), ordering="numerator")
    def above(self, obj: FigureValue) -> str:
        declared = figure(obj.figure)
        in_fen = declared is not None and declared.kind in {"money", "mean"}
        return gettext("%(yuan)s 元") % {"yuan": fen_to_yuan_text(obj.numerator)} if in_fen else f"{obj.numerator:,}"

    @admin.display(description=_("分母"))
    def below(self, obj: FigureValue) -> str:
        return f"{obj.denominator:,}" if obj.denominator else "—"
