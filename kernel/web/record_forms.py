"""The form of one record: it knows which version it was opened at, and shows both values when that has passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.protection.fields import SealedFormField
from kernel.wall.history import history_of
from kernel.web.record_history import actors_of, changed_fields, column_of, is_protected, names_of, stored_row

if TYPE_CHECKING:
    from kernel.web.admin import RecordAdmin

    FormBase = forms.ModelForm[models.Model]
else:
    FormBase = forms.ModelForm

SEEN, REASON = "seen_version", "change_reason"


class RecordForm(FormBase):
    """Version and reason travel with the form. A stale form saves nothing and says who changed what, and when.

    `request` and `room` are set by `RecordAdmin.get_form` on the class it makes for the request.
    """

    request: ClassVar[HttpRequest]
    room: ClassVar[RecordAdmin]

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    change_reason = forms.CharField(
        label=gettext_lazy("更改原因"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=gettext_lazy("可不填；填写后与改动一起留在历史里。请勿写身份证号和电话。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for entry in self.fields.values():
            if isinstance(entry, SealedFormField):
                entry.widget.attrs["class"] = "vTextField"
        if self.instance.pk is None:
            self.fields.pop(SEEN, None)
            self.fields.pop(REASON, None)
        else:
            self.initial[SEEN] = self.instance.version  # type: ignore[attr-defined]

    @property
    def touched(self) -> list[str]:
        """Changed fields of the record itself."""
        return [name for name in self.changed_data if name not in {SEEN, REASON}]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk is not None and SEEN in self.fields:
            self._check_version(cleaned.get(SEEN))
        return cleaned

    def full_clean(self) -> None:
        """Adds what a service or the database refused when the same form was saved a moment ago."""
        super().full_clean()
        refused: ValidationError | None = getattr(self.request, "refused", None)
        if refused is not None and self.is_bound:
            self.add_refusal(refused)

    def add_refusal(self, refused: ValidationError) -> None:
        """Each message to its field; to the top of the form when the form does not have that field."""
        messages = refused.error_dict if hasattr(refused, "error_dict") else {NON_FIELD_ERRORS: refused.error_list}
        for name, errors in messages.items():
            for error in errors:
                if not self.has_error(name if name in self.fields else NON_FIELD_ERRORS, error.code):
                    self.add_error(name if name in self.fields else None, error)

    def _check_version(self, seen: int | None) -> None:
        rows: Any = type(self.instance)._default_manager
        held = rows.select_for_update(of=("self",)).filter(pk=self.instance.pk).values_list("version", flat=True)
        now = held.first()
        if now is None or seen is None:
            raise ValidationError(_("页面已过期，请重新打开后再改"), code="stale")
        if now != seen:
            raise ValidationError(self._conflict(seen, now), code="stale")

    def _conflict(self, seen: int, now: int) -> list[str]:
        """Who and when, then one line for each field that has two values. Untouched fields take the new value."""
        model, pk = type(self.instance), self.instance.pk
        old = history_of(model._meta.db_table, pk)
        current = stored_row(model, pk)
        opened = next((row for row in old if row["version"] == seen), None)
        self._take_version(now)
        if opened is None:
            return [_("该记录已被修改，没有保存。请核对后再保存一次。")]
        actor = actors_of({old[0]["act_actor"]} - {None}).get(old[0]["act_actor"], _("系统"))
        at = timezone.localtime(old[0]["act_at"]).strftime("%m-%d %H:%M")
        lines = [
            _("该记录已被 %(who)s 于 %(at)s 修改，您的改动没有保存。请核对下列内容，再保存一次即以本页为准。")
            % {"who": actor, "at": at}
        ]
        speak = self.room.speaker(self.request)(names_of(self.room, [opened, current]))
        for field in changed_fields(model, opened, current):
            label = self.room.labels.get(field.name, field.verbose_name)
            if is_protected(self.room, field):
                lines.append(_("%(label)s：已更改") % {"label": label})
                continue
            words = {
                "label": label,
                "seen": speak(field, opened[column_of(field)]),
                "now": speak(field, current[column_of(field)]),
            }
            lines.append(
                _("%(label)s：您打开时是“%(seen)s”，现在是“%(now)s”") % words + self._mine(field, opened, current)
            )
        return lines

    def _mine(self, field: models.Field[Any, Any], opened: Any, current: Any) -> str:
        """What this form says about a field that has moved on; untouched, it takes the present value."""
        if field.name not in self.fields:
            return ""
        entry = self.fields[field.name]
        typed = entry.widget.value_from_datadict(self.data, self.files, self.add_prefix(field.name))
        if entry.has_changed(opened[column_of(field)], typed):
            return _("，您填的是“%(typed)s”") % {"typed": self._told(entry, typed)}
        self._put(field.name, entry.prepare_value(current[column_of(field)]))
        return _("（已换成现在的值）")

    def _told(self, entry: forms.Field, typed: Any) -> str:
        """What was typed, as the page shows it: a name or a label, not a key."""
        if isinstance(entry, forms.ModelChoiceField):
            chosen = self.cleaned_data.get(next(name for name, each in self.fields.items() if each is entry))
            return self.room.describe_related(chosen) if chosen is not None else ""
        labels = dict(entry.choices) if isinstance(entry, forms.ChoiceField) else {}  # type: ignore[arg-type]
        return str(labels.get(typed, typed))

    def _take_version(self, now: int) -> None:
        self._put(SEEN, now)

    def _put(self, name: str, value: Any) -> None:
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        key = self.add_prefix(name)
        if value is None or value is False:
            data.pop(key, None)
        else:
            shown = self.fields[name].widget.format_value(value)
            data[key] = shown[0] if isinstance(shown, list) and shown else shown
        self.data = data
