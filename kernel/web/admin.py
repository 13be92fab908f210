"""Bases of the ledger room: records that the wall scopes, saved by version, with their history in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, models
from django.db.models import ForeignKey, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.wall.scope import required_scope, say_why
from kernel.web.paging import WindowPaginator
from kernel.web.record_forms import REASON, SEEN, RecordForm
from kernel.web.record_history import Speaker, tell_history
from kernel.web.references import NamedLookups, TolerantReferences
from kernel.web.tables import Table

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[Any]
else:
    AdminBase = admin.ModelAdmin

NOTHING = "—"
COUNTY = 1_000_000


class QuietAdmin(NamedLookups, AdminBase):
    """What every list of ours wants: no full counts, no bulk deletion, no second log, one answer for outside and missing."""

    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    actions = None
    change_form_template = "admin/record/change_form.html"
    has_history = False

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, orphans: int = 0, allow_empty_first_page: bool = True
    ) -> Paginator[Any]:
        text = request.GET.get("p") or request.GET.get("page") or "1"
        wanted = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
        return WindowPaginator(queryset, per_page, orphans, allow_empty_first_page, wanted=wanted)

    def get_actions(self, request: HttpRequest) -> Any:
        """A room may offer its own verbs; deleting many rows with one click is none of them."""
        return {name: told for name, told in super().get_actions(request).items() if name != "delete_selected"}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Titled by what is listed: "人员", not "选择 人员 来修改"."""
        titled = {"title": self.opts.verbose_name_plural, **(extra_context or {})}
        return super().changelist_view(request, titled)

    def formfield_for_dbfield(self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Beside a reference: add and look. Changing and deleting the other row belong to its own page."""
        entry = super().formfield_for_dbfield(db_field, request, **kwargs)
        if entry is not None and isinstance(entry.widget, RelatedFieldWidgetWrapper):
            entry.widget.can_change_related = entry.widget.can_delete_related = False
        return entry

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context["has_history"] = self.has_history
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Rows without a typed history have no history page: Django's own log is not kept."""
        raise Http404

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """Acts and history are the record; Django's log would keep people's names."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """As above."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        """As above."""

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404


class ReadOnlyAdmin(QuietAdmin):
    """Rows that are computed: looked at here, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RecordAdmin(TolerantReferences, QuietAdmin):
    """A `kernel.records.Record` in the ledger room. There is no scope code here: the wall answers every query.

    A subclass says `store()` (the service that saves), `codes()` (code lists of its fields), `describe()` (how a row is
    called in a box of suggestions), `labels` and `words` (fields shown in another unit), `protected_fields` (values
    that the history does not repeat; sealed ones never are), `related_tables()` and `page_url()`.
    """

    form = RecordForm
    ordering = ["-pk"]
    has_history = True
    object_history_template = "admin/record/history.html"
    delete_confirmation_template = "admin/record/delete_confirmation.html"
    labels: Mapping[str, Any] = {}
    words: Mapping[str, Callable[[Any], str]] = {}
    protected_fields: frozenset[str] = frozenset()
    place_fields: frozenset[str] = frozenset({"village"})
    described_by: Sequence[str] = ()  # what `describe` reads through, to be joined

    # -- what a subclass may say

    def store(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save through the service that owns the rules."""
        obj.save()

    def codes(self) -> Mapping[str, Mapping[str, str]]:
        """Field -> key -> label, for fields that hold keys of code lists."""
        return {}

    def describe(self, obj: Any) -> str:
        """One line that tells a row from its namesakes."""
        return str(obj)

    def related_tables(self, request: HttpRequest, obj: Any) -> list[Table]:
        """Tables under the form: what hangs on this row."""
        return []

    def page_url(self, obj: Any) -> str:
        """The purpose-built page of this row, if there is one."""
        return ""

    @admin.display(description=gettext_lazy("更新日期"), ordering="updated_at")
    def changed_on(self, obj: Any) -> str:
        """When the row last changed."""
        return f"{timezone.localtime(obj.updated_at):%Y-%m-%d}"

    # -- reading

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        scope = required_scope()
        if scope.hi - scope.lo == COUNTY:  # lets PostgreSQL walk the county's newest rows
            rows = rows.filter(county=scope.lo)
        listed: Any = self.list_select_related  # Django leaves it out when the rows are joined already
        joined = {*self.described_by, *(listed or ())}
        return rows.select_related(*sorted(joined)) if joined else rows

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        entry = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if entry is None:
            return None
        if db_field.name in self.place_fields:
            scope = required_scope()
            entry.queryset = entry.queryset.filter(pk__gte=scope.lo, pk__lt=scope.hi)
        entry.queryset = self.rows_of(entry.queryset.model, entry.queryset)
        entry.label_from_instance = self.describe_related
        return entry

    def rows_of(self, model: type[models.Model], rows: QuerySet[Any] | None = None) -> QuerySet[Any]:
        """Rows of another model with all that `describe` asks of them, so that names cost no query each."""
        rows = model._default_manager.all() if rows is None else rows
        room = self.admin_site._registry.get(model)
        joined = getattr(room, "described_by", ())
        return rows.select_related(*joined) if joined else rows

    def describe_related(self, obj: Any) -> str:
        """How the other model's room calls a row."""
        room: Any = self.admin_site._registry.get(type(obj))
        return str(room.describe(obj)) if hasattr(room, "describe") else str(obj)

    # -- forms

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        made: Any = form
        made.request, made.room = request, self
        return form

    def own_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The record's own part of the form."""
        return super().get_fieldsets(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = list(self.own_fieldsets(request, obj))
        if obj is not None and self.has_change_permission(request, obj):
            sets.append((_("更改说明"), {"fields": [REASON, SEEN]}))
        return sets

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """What a service or the database refuses comes back as the same form with the refusal in it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (ValidationError, IntegrityError) as error:
            if hasattr(request, "refused"):
                raise
            refused = self.refusal(error)
            request.refused = refused  # type: ignore[attr-defined]
            self.trace_refusal(refused)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def trace_refusal(self, refused: ValidationError) -> None:
        """What must stay in the log although the save, and all it wrote, was undone."""

    def refusal(self, error: ValidationError | IntegrityError) -> ValidationError:
        """The words of a constraint for what PostgreSQL said; never a value or a place."""
        if isinstance(error, ValidationError):
            return error
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        for constraint in self.opts.constraints:
            if constraint.name == name:
                return ValidationError(constraint.get_violation_error_message(), code="refused")
        return ValidationError(_("与已有记录冲突，没有保存"), code="refused")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change and not form.touched:
            return
        reason = form.cleaned_data.get(REASON, "").strip()
        if reason:
            say_why(reason)
        self.store(request, obj, form, change)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        obj = kwargs.get("obj")
        if obj is not None:
            context["related_tables"] = self.related_tables(request, obj)
            context["page_url"] = self.page_url(obj)
        return super().render_change_form(request, context, *args, **kwargs)

    # -- deleting

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Derived rows go with their record: nobody holds a right to delete them, and nobody needs one."""
        listed, counts, missing, protected = super().get_deleted_objects(objs, request)
        derived = {
            str(model._meta.verbose_name)
            for model in self.admin_site._registry
            if "delete" not in model._meta.default_permissions
        }
        return listed, counts, {name for name in missing if str(name) not in derived}, protected

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except IntegrityError:
            self.message_user(request, _("还有其他记录引用它，不能删除"), messages.ERROR)
            return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id]))

    # -- history

    def speaker(self, request: HttpRequest) -> Callable[[Mapping[str, Mapping[Any, str]]], Speaker]:
        """Makes, from the names of referenced rows, what says a stored value in words."""
        codes = self.codes()

        def with_names(names: Mapping[str, Mapping[Any, str]]) -> Speaker:
            def speak(field: models.Field[Any, Any], value: Any) -> str:
                return self._say(field, value, names, codes)

            return speak

        return with_names

    def _say(self, field: models.Field[Any, Any], value: Any, names: Any, codes: Any) -> str:
        if value is None or value == "":
            return NOTHING
        if field.name in self.words:
            return self.words[field.name](value)
        if field.name in names:
            return str(names[field.name].get(value, _("（不在您的范围）")))
        known = codes.get(field.name) or dict(field.flatchoices)
        if known:
            return str(known.get(value, value))
        if isinstance(value, bool):
            return _("是") if value else _("否")
        return str(value)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Before and after, field by field, from the typed history: also what imports and raw writes did."""
        obj = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        if obj is None:
            raise Http404
        acting: Any = request.user.acting  # type: ignore[union-attr]
        roles = dict(type(acting)._meta.get_field("role").flatchoices)
        context = {
            **self.admin_site.each_context(request),
            "title": _("更改历史"),
            "subtitle": str(obj),
            "versions": tell_history(self, obj.pk, roles=roles, speak=self.speaker(request)),
            "object": obj,
            "opts": self.opts,
            "module_name": self.opts.verbose_name_plural,
            "now": timezone.localtime(),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)
