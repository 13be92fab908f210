"""Code lists in the ledger room: labels, dates, and the spellings that imports accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from kernel.codes.models import Code, CodeLabel
from kernel.web.admin import QuietAdmin

if TYPE_CHECKING:
    _Inline = admin.TabularInline[CodeLabel, Code]
else:
    _Inline = admin.TabularInline


class CodeLabelInline(_Inline):
    model = CodeLabel
    extra = 0


@admin.register(Code)
class CodeAdmin(QuietAdmin):
    """A code is retired by its date; its key never changes once stored, because rows hold it."""

    list_display = ["list", "key", "label_zh", "label_en", "valid_from", "valid_to"]
    list_display_links = ["key"]
    list_filter = ["list"]
    search_fields = ["key", "label_zh", "label_en", "labels__label"]
    show_full_result_count = False
    inlines = [CodeLabelInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Code | None = None) -> list[str]:
        return ["list", "key"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
