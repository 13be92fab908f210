"""Searching references in the ledger room, with a form that survives a nonsense value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import ForeignKey
from django.http import HttpRequest

LONGEST_KEY = 18


class ReferenceSelect(AutocompleteSelect):
    """Django's widget asks the database for whatever was sent, and breaks on letters; the field's error is enough."""

    def optgroups(self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        keys = [each for each in value if (text := str(each)).isascii() and text.isdigit() and len(text) <= LONGEST_KEY]
        groups: list[Any] = super().optgroups(name, keys or [""], attrs)
        return groups


class TolerantReferences:
    """For a ModelAdmin with `autocomplete_fields`: a wrong reference is an error beside the field, never a broken page."""

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        here: Any = self
        if "widget" not in kwargs and db_field.name in here.get_autocomplete_fields(request):
            kwargs["widget"] = ReferenceSelect(db_field, here.admin_site, using=kwargs.get("using"))
        parent: Any = super()
        return parent.formfield_for_foreignkey(db_field, request, **kwargs)
