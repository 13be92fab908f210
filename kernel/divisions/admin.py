"""Divisions in the ledger room: looked up by name, pinyin or code; other names are added here, structure is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from kernel.divisions.models import Division, DivisionAlias

if TYPE_CHECKING:
    AliasBase = admin.TabularInline[DivisionAlias, Division]
    DivisionBase = admin.ModelAdmin[Division]
else:
    AliasBase, DivisionBase = admin.TabularInline, admin.ModelAdmin


class AliasInline(AliasBase):
    """The names workbooks use."""

    model = DivisionAlias
    fk_name = "division"
    fields = ["name", "source"]
    extra = 0


@admin.register(Division)
class DivisionAdmin(DivisionBase):
    """The published list is loaded, and changed only by the services that re-home rows (rename, merge, move)."""

    list_display = ["code", "name", "short_name", "level", "parent", "is_statistical", "valid_to", "replaced_by"]
    list_filter = ["level", "is_statistical"]
    list_select_related = ["parent", "replaced_by"]
    search_fields = ["name", "pinyin__startswith", "code__startswith", "aliases__name"]
    ordering = ["code"]
    show_full_result_count = False
    inlines = [AliasInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Division | None = None) -> list[str]:
        return [field.name for field in Division._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
