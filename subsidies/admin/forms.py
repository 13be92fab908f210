"""Terms as an officer writes them: facts by label, money in yuan, thresholds as text with their unit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.wall.scope import required_scope
from kernel.web.fields import YuanField
from kernel.web.record_forms import RecordForm
from subsidies.facts.registry import Fact, all_facts, get_fact
from subsidies.facts.values import parse_value, show_value
from subsidies.models import Condition, Scheme

if TYPE_CHECKING:
    ConditionBase = forms.ModelForm[Condition]
else:
    ConditionBase = forms.ModelForm

_PAIR = re.compile(r"\s*([^=＝]+?)\s*[=＝]\s*(-?\d{1,6})\s*", re.ASCII)


def fact_choices() -> list[Any]:
    """Every fact with its unit, persons' and employers' apart."""
    groups = []
    for subject, label in Scheme.Subject.choices:
        named = [(fact.code, _fact_label(fact)) for fact in all_facts(subject)]
        groups.append((str(label), named))
    return [("", "---------"), *groups]


def _fact_label(fact: Fact) -> str:
    title = fact.title({})
    return _("%(label)s（%(unit)s）") % {"label": title, "unit": fact.unit} if fact.unit else title


def facts_help() -> str:
    """One sentence a fact: what it answers, and which parameters it takes."""
    lines = []
    for fact in all_facts():
        if fact.parameters:
            names = "、".join(
                _("%(label)s（%(name)s，%(least)d–%(most)d，默认 %(default)d）")
                % {
                    "label": each.label,
                    "name": each.name,
                    "least": each.least,
                    "most": each.most,
                    "default": each.default,
                }
                for each in fact.parameters
            )
            lines.append(f"{fact.title({})}：{names}")
    return _("可用参数：") + "；".join(lines)


class FactField(forms.ChoiceField):
    """One fact of the vocabulary."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=fact_choices, **kwargs)


class ParametersField(forms.CharField):
    """`min_months=6`, several separated by commas; empty takes the defaults."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "，".join(f"{name}={number}" for name, number in value.items())
        return value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        found = {}
        for part in re.split(r"[,，;；]", text):
            if part.strip():
                pair = _PAIR.fullmatch(part)
                if pair is None:
                    raise ValidationError(_("参数应写成“名称=整数”，例如 min_months=6"), code="parameters")
                found[pair[1]] = int(pair[2])
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial) or "", data))


class SchemeForm(RecordForm):
    """The county is the officer's own."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk is None:
            self.instance.village_id = required_scope().county  # type: ignore[attr-defined]
        return cleaned


class TermsForm(RecordForm):
    """Amounts in yuan; the county follows the scheme."""

    amount_fact = FactField(label=gettext_lazy("计算基数"), required=False)
    amount_parameters = ParametersField(label=gettext_lazy("计算基数的参数"), required=False)
    unit_fen = YuanField(
        label=gettext_lazy("定额或单价（元）"), required=False, help_text=gettext_lazy("定额的总额，或每一单位的金额")
    )
    cap_fen = YuanField(
        label=gettext_lazy("每个对象的上限（元）"), required=False, help_text=gettext_lazy("没有上限请留空")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "amount_parameters" in self.fields:
            self.fields["amount_parameters"].help_text = facts_help()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        scheme = cleaned.get("scheme")
        if scheme is not None:
            self.instance.village_id = scheme.village_id  # type: ignore[attr-defined]
        return cleaned


class ConditionForm(ConditionBase):
    """A threshold is written with or without its unit: 6, 6个月, 5000元, 是, 企业、合作社."""

    fact = FactField(label=gettext_lazy("指标"))
    parameters = ParametersField(label=gettext_lazy("参数"), required=False)
    value = forms.CharField(label=gettext_lazy("门槛值"), max_length=200)

    class Meta:
        model = Condition
        fields = ["group", "fact", "parameters", "operator", "value"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["value"] = show_value(self.instance.measured, self.instance.value).replace(",", "")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if {"fact", "operator", "value"} <= set(cleaned):
            try:
                cleaned["value"] = parse_value(get_fact(cleaned["fact"]), cleaned["operator"], cleaned["value"])
            except ValidationError as error:
                self.add_error("value", error)
        return cleaned


class ClosingForm(forms.Form):
    """The last day of terms that end."""

    valid_to = forms.DateField(
        label=gettext_lazy("失效日期（含当日）"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
