"""What the log can be searched by."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.audit.models import Event


class LogFilter(forms.Form):
    """Every field is optional; a malformed one is named beside its field."""

    action = forms.RegexField(
        r"^[a-z_.]{1,40}$", label=_("动作"), required=False, error_messages={"invalid": _("动作只含小写字母和点")}
    )
    result = forms.ChoiceField(label=_("结果"), required=False, choices=[("", _("全部")), *Event.Result.choices])
    user = forms.CharField(label=_("账号"), required=False, max_length=60)
    object = forms.RegexField(
        r"^[0-9A-Za-z-]{1,64}$", label=_("记录编号"), required=False, error_messages={"invalid": _("记录编号无效")}
    )
    first = forms.DateField(label=_("自"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("至"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            raise ValidationError(_("止期不能早于起期"))
        return cleaned

    def moments(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """First moment, and the first moment after the last day, in the county's time zone."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        zone = timezone.get_current_timezone()
        begin = dt.datetime.combine(first, dt.time(), zone) if first else None
        end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone) if last else None
        return begin, end
