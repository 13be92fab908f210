"""Fields that hold keys of code lists: chosen by label, listed by label, told by label."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Field, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import get_language

from kernel.clock import today
from kernel.codes.lookup import labels_of
from kernel.codes.models import Code
from kernel.web.admin import RecordAdmin
from kernel.web.record_forms import RecordForm

Entry = tuple[str, str, str, dt.date | None]


class CodedForm(RecordForm):
    """A stored key that may no longer be chosen stays choosable for its own row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, entry in self.fields.items():
            stored = self.initial.get(name)
            if isinstance(entry, CodeField) and stored and stored not in dict(entry.choices):  # type: ignore[arg-type]
                entry.choices = [*entry.choices, (stored, stored)]  # type: ignore[misc]


class CodeField(forms.ChoiceField):
    """One key of a code list."""


class CodedAdmin(RecordAdmin):
    """`code_lists` says which field holds keys of which list; one query a form, one sub-select a listed column."""

    form = CodedForm
    code_lists: Mapping[str, str] = {}
    listed_codes: Sequence[str] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.code_lists:
            setattr(self, f"{field}_told", self._teller(field))

    def _teller(self, field: str) -> Any:
        """A column that says the label; `ability_told` for the field `ability`."""

        def told(obj: Any) -> str:
            return getattr(obj, f"{field}_label", None) or getattr(obj, field) or "—"

        told.short_description = self.opts.get_field(field).verbose_name  # type: ignore[attr-defined, union-attr]
        return told

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        match = request.resolver_match
        fields = self.code_lists if match is not None and "object_id" in match.kwargs else self.listed_codes
        for field in fields:
            rows = with_label(rows, field, self.code_lists[field])
        return rows

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may not change a row reads labels instead of keys."""
        sets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return sets
        return [
            (title, {**options, "fields": [self._read(each) for each in options["fields"]]}) for title, options in sets
        ]

    def _read(self, field: Any) -> Any:
        if not isinstance(field, str):
            return tuple(self._read(each) for each in field)
        return f"{field}_told" if field in self.code_lists else field

    def codes(self) -> Mapping[str, Mapping[str, str]]:
        labels = labels_of(*self.code_lists.values())
        return {field: labels[name] for field, name in self.code_lists.items()}

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        name = self.code_lists.get(db_field.name)
        if name is None:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        choices = [("", "---------")]
        day = today()
        for listed, key, label, until in self._entries(request):
            if listed == name and (until is None or until >= day):
                choices.append((key, label))
        return CodeField(
            label=db_field.verbose_name, required=not db_field.blank, choices=choices, help_text=db_field.help_text
        )

    def _entries(self, request: HttpRequest) -> list[Entry]:
        found: list[Entry] | None = getattr(request, "code_entries", None)
        if found is None:
            names = set(self.code_lists.values())
            found = list(Code.objects.filter(list__in=names).values_list("list", "key", label_column(), "valid_to"))
            request.code_entries = found  # type: ignore[attr-defined]
        return found


def label_column() -> str:
    """The column of labels in the language now active."""
    return "label_en" if (get_language() or "").startswith("en") else "label_zh"


def with_label(rows: QuerySet[Any], field: str, name: str) -> QuerySet[Any]:
    """Adds `<field>_label` to each row, in the same statement."""
    label = Code.objects.filter(list=name, key=OuterRef(field)).values(label_column())[:1]
    return rows.annotate(**{f"{field}_label": Subquery(label)})


def code_filter(field: str, name: str, title: Any) -> type[Any]:
    """A list filter over the keys of a code list, shown by label."""

    def lookups(self: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(labels_of(name)[name].items())

    def queryset(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        if self.value() not in dict(self.lookup_choices):
            raise IncorrectLookupParameters
        return queryset.filter(**{field: self.value()})

    attributes = {"title": title, "parameter_name": field, "lookups": lookups, "queryset": queryset}
    return type(f"{name.title()}Filter", (SimpleListFilter,), attributes)
