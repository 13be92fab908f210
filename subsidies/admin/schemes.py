"""Schemes and terms: entered by a clerk, put into force and ended by an approver, frozen from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.identity.money import fen_to_yuan_text
from kernel.web.admin import RecordAdmin
from subsidies.admin.forms import ClosingForm, ConditionForm, SchemeForm, TermsForm
from subsidies.models import Condition, Scheme, Terms
from subsidies.services import activate_terms, close_terms, preview_terms, withdraw_terms

if TYPE_CHECKING:
    ConditionBase = admin.TabularInline[Condition, Terms]
else:
    ConditionBase = admin.TabularInline


@admin.register(Scheme)
class SchemeAdmin(RecordAdmin):
    """The county's purposes of payment; code and subject stay once given."""

    form = SchemeForm
    list_display = ["name", "code", "subject", "purpose", "village"]
    list_filter = ["subject"]
    list_select_related = ["village"]
    search_fields = ["name", "code"]
    fields = ["code", "name", "subject", "purpose"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "subject") if obj is not None else ()


class ConditionInline(ConditionBase):
    """Conditions under their terms; read-only with them."""

    model = Condition
    form = ConditionForm
    extra = 0
    fields = ["group", "fact", "parameters", "operator", "value"]
    verbose_name_plural = gettext_lazy("条件（同组满足其一即可，各组须全部满足）")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _frozen(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _frozen(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _frozen(obj) and super().has_delete_permission(request, obj)


def _frozen(obj: Any) -> bool:
    return isinstance(obj, Terms) and obj.frozen


@admin.register(Terms)
class TermsAdmin(RecordAdmin):
    """Dated rules. Activation shows first whom it would reach, and asks for a second person."""

    form = TermsForm
    inlines = [ConditionInline]
    list_display = ["scheme", "valid_from", "valid_to", "state", "amount_told", "cap_told", "demonstration"]
    list_filter = ["state", "demonstration"]
    list_select_related = ["scheme"]
    search_fields = ["scheme__name", "source"]
    words = {"unit_fen": fen_to_yuan_text, "cap_fen": fen_to_yuan_text}
    labels = {"unit_fen": gettext_lazy("定额或单价（元）"), "cap_fen": gettext_lazy("每个对象的上限（元）")}
    fields = [
        "scheme",
        ("valid_from", "valid_to"),
        "window",
        "amount_kind",
        "unit_fen",
        ("amount_fact", "amount_parameters"),
        "rate_bp",
        "cap_fen",
        "source",
        "demonstration",
    ]
    actions: Any = ["activate", "close", "withdraw"]

    @admin.display(description=gettext_lazy("金额"))
    def amount_told(self, obj: Terms) -> str:
        if obj.amount_kind == Terms.AmountKind.FIXED:
            return _("%(yuan)s 元") % {"yuan": fen_to_yuan_text(obj.unit_fen or 0)}
        base = obj.base.title(obj.amount_parameters) if obj.base else ""
        if obj.amount_kind == Terms.AmountKind.PER_UNIT:
            return _("%(base)s × %(yuan)s 元") % {"base": base, "yuan": fen_to_yuan_text(obj.unit_fen or 0)}
        return f"{base} × {(obj.rate_bp or 0) / 100:g}%"

    @admin.display(description=gettext_lazy("上限（元）"))
    def cap_told(self, obj: Terms) -> str:
        return fen_to_yuan_text(obj.cap_fen) if obj.cap_fen else _("无")

    # -- frozen rows

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _frozen(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _frozen(obj) and super().has_delete_permission(request, obj)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        obj: Any = kwargs.get("obj")
        if _frozen(obj) and request.method == "GET":
            reason = _("该条款已%(state)s，不能修改。需要调整时，请先为它填写失效日期，再录入新的条款。")
            messages.info(request, reason % {"state": obj.get_state_display()})
        return super().render_change_form(request, context, *args, **kwargs)

    # -- the approver's verbs

    def has_activate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("subsidies.activate_terms"))

    @admin.action(description=gettext_lazy("审核启用所选条款"), permissions=["activate"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Terms]) -> HttpResponse | None:
        """First the preview, then, on confirmation, into force."""
        if "confirm" in request.POST:
            return self._each(request, queryset, lambda terms: activate_terms(terms=terms), _("已启用，正在后台测算"))
        return self._ask(request, queryset, "activate", _("启用前预览"))

    @admin.action(description=gettext_lazy("停用所选条款（填写失效日期）"), permissions=["activate"])
    def close(self, request: HttpRequest, queryset: QuerySet[Terms]) -> HttpResponse | None:
        """Asks for the last day."""
        form = ClosingForm(request.POST if "confirm" in request.POST else None)
        if form.is_valid():
            day = form.cleaned_data["valid_to"]
            return self._each(request, queryset, lambda terms: close_terms(terms=terms, valid_to=day), _("已停用"))
        return self._ask(request, queryset, "close", _("停用条款"), form)

    @admin.action(description=gettext_lazy("退回草稿（仅限从未测算过的条款）"), permissions=["activate"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Terms]) -> HttpResponse | None:
        """Back to draft while nobody was ever entitled."""
        return self._each(request, queryset, lambda terms: withdraw_terms(terms=terms), _("已退回草稿"))

    def _each(
        self, request: HttpRequest, rows: QuerySet[Terms], act: Callable[[Terms], Terms], done: str
    ) -> HttpResponse | None:
        for terms in rows.select_related("scheme"):
            try:
                act(terms)
            except ValidationError as error:
                self.message_user(request, f"{terms}：{'；'.join(error.messages)}", messages.ERROR)
            else:
                self.message_user(request, f"{terms}：{done}", messages.SUCCESS)
        return None

    def _ask(
        self, request: HttpRequest, rows: QuerySet[Terms], action: str, title: str, form: Any = None
    ) -> HttpResponse:
        chosen = list(rows.select_related("scheme"))
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "action": action,
            "form": form,
            "rows": [(terms, list(terms.conditions.all()), _preview(terms)) for terms in chosen],
            "back": reverse("admin:subsidies_terms_changelist"),
        }
        return TemplateResponse(request, "admin/subsidies/terms/confirm.html", context)


def _preview(terms: Terms) -> str:
    try:
        found = preview_terms(terms=terms)
    except ValidationError as error:
        return "；".join(error.messages)
    unit = _("人") if terms.scheme.subject == Scheme.Subject.PERSON else _("家")
    return format_html(
        "{}",
        _("按 %(year)d 年数据：%(n)d %(unit)s，%(yuan)s 元")
        % {
            "year": found.year,
            "n": found.beneficiaries,
            "unit": unit,
            "yuan": fen_to_yuan_text(found.amount_fen),
        },
    )
