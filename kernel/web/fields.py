"""Form fields for what the database keeps in another unit: months as first days, yuan as integer fen."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from kernel.identity.money import fen_to_yuan_text, yuan_to_fen
from kernel.identity.months import parse_month
from kernel.identity.problems import ProblemError

if TYPE_CHECKING:
    from kernel.identity.problems import Problem


def _refusal(problem: Problem) -> ValidationError:
    return ValidationError(problem.message, code=problem.code)


class MonthInput(forms.DateInput):
    """The browser's own month picker; an old browser shows a text box that takes 2019-06."""

    input_type = "month"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "month", "placeholder": "2019-06", **(attrs or {})}, format="%Y-%m")


class MonthField(forms.DateField):
    """A month, as its first day; every form that workbooks may use is understood."""

    widget = MonthInput

    def to_python(self, value: Any) -> dt.date | None:
        if value in self.empty_values:
            return None
        try:
            return parse_month(value)
        except ProblemError as error:
            raise _refusal(error.problem) from error


class YuanField(forms.CharField):
    """Yuan with at most two decimals on the page, integer fen in Python. Never rounds."""

    widget = forms.TextInput

    def prepare_value(self, value: Any) -> Any:
        return fen_to_yuan_text(value).replace(",", "") if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            return yuan_to_fen(text)
        except ProblemError as error:
            raise _refusal(error.problem) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal", "class": "vIntegerField"}
