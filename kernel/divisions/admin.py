"""Divisions in the ledger room: looked up by name, pinyin or code; other names are added here, structure is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import ForeignKey, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kernel.divisions.codes import level_of, range_of
from kernel.divisions.models import Division, DivisionAlias
from kernel.wall.scope import current_scope, required_scope
from kernel.web.admin import QuietAdmin
from kernel.web.references import TolerantReferences

if TYPE_CHECKING:
    AliasBase = admin.TabularInline[DivisionAlias, Division]
else:
    AliasBase = admin.TabularInline

CODE_DIGITS = 12


def in_scope(rows: QuerySet[Any], column: str) -> QuerySet[Any]:
    """Divisions are public, but nobody wants another county's in a list. The three administrators, who are nowhere, see all."""
    scope = current_scope()
    if scope is None or scope.lo >= scope.hi:
        return rows
    return rows.filter(**{f"{column}__gte": scope.lo, f"{column}__lt": scope.hi})


class PlaceFilter(admin.SimpleListFilter):
    """The next level under the acting scope; a chosen township opens its villages. `column` holds the division."""

    title = _("区划")
    parameter_name = "place"
    column = "village"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        scope = required_scope()
        if not scope.within_county or level_of(scope.lo) == Division.Level.VILLAGE:
            return []
        chosen = self._code()
        parents = {scope.lo} if chosen is None else {scope.lo, chosen - chosen % 1_000}
        here = Division.objects.filter(parent__in=parents)
        told: list[tuple[str, str]] = []
        for place in here.filter(code__gte=scope.lo, code__lt=scope.hi, valid_to__isnull=True).order_by("code"):
            under = place.parent_id != scope.lo
            told.append((str(place.code), f"　{place.short_name}" if under else place.short_name))
        return told

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        code = self._code()
        if code is None:
            raise IncorrectLookupParameters
        span = range_of(code, level_of(code))
        return queryset.filter(**{f"{self.column}__gte": span.lo, f"{self.column}__lt": span.hi})

    def _code(self) -> int | None:
        text = self.value() or ""
        return int(text) if len(text) == CODE_DIGITS and text.isascii() and text.isdigit() else None


class AliasInline(AliasBase):
    """The names workbooks use."""

    model = DivisionAlias
    fk_name = "division"
    fields = ["name", "source"]
    extra = 0


@admin.register(Division)
class DivisionAdmin(QuietAdmin):
    """The published list is loaded, and changed only by the services that re-home rows (rename, merge, move)."""

    list_display = ["code", "name", "short_name", "level", "parent", "is_statistical", "valid_to", "replaced_by"]
    list_filter = ["level", "is_statistical"]
    list_select_related = ["parent", "replaced_by"]
    search_fields = ["name"]
    search_help_text = _("输入名称或别名的一部分、拼音开头或代码开头")
    ordering = ["code"]
    inlines = [AliasInline]
    described_by = ("parent",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Division]:
        return in_scope(super().get_queryset(request), "code").select_related("parent")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Division], search_term: str
    ) -> tuple[QuerySet[Division], bool]:
        text = search_term.strip()[:50]
        if not text:
            return queryset, False
        if text.isascii() and text.isdigit():
            missing = max(0, CODE_DIGITS - len(text))
            first = int(text) * 10**missing
            return queryset.filter(code__gte=first, code__lt=first + 10**missing), False
        aliases = DivisionAlias.objects.filter(name__contains=text).values("division_id")
        found = Q(name__contains=text) | Q(pk__in=aliases)
        if text.isascii():
            found = Q(pinyin__startswith=text.lower().replace(" ", ""))
        return queryset.filter(found), False

    def describe(self, obj: Division) -> str:
        """With the unit above: a county has several 东街."""
        if obj.parent is None or obj.level in {Division.Level.PROVINCE, Division.Level.CITY, Division.Level.COUNTY}:
            return obj.short_name
        return f"{obj.parent.short_name} {obj.short_name}" if obj.level == Division.Level.VILLAGE else obj.short_name

    def get_readonly_fields(self, request: HttpRequest, obj: Division | None = None) -> list[str]:
        return [field.name for field in Division._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DivisionAlias)
class DivisionAliasAdmin(TolerantReferences, QuietAdmin):
    """Other names of divisions in one list: what imports understand."""

    list_display = ["name", "division", "parent", "source"]
    list_select_related = ["division", "parent"]
    search_fields = ["name"]
    search_help_text = _("输入别名的一部分")
    autocomplete_fields = ["division"]
    ordering = ["parent", "name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DivisionAlias]:
        return in_scope(super().get_queryset(request), "division")

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        entry = super().formfield_for_foreignkey(db_field, request, **kwargs)
        entry.queryset = in_scope(entry.queryset, "code")
        return entry
