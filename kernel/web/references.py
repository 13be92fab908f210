"""What the ledger room takes from outside: references that survive nonsense, and only the look-ups that a list offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import BadRequest
from django.db.models import ForeignKey
from django.http import HttpRequest
from django.utils.translation import gettext as _

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


class NamedLookups:
    """For a ModelAdmin: its query string may name the filters on its page and nothing else."""

    allowed_lookups: Sequence[str] = ()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only the filters on the page: an open query string would answer questions about any column, sealed or not,
        and spell out a password's hash sign by sign."""
        here: Any = self
        filters: Any = here.get_list_filter(request) if request is not None else here.list_filter
        named = {each if isinstance(each, str) else getattr(each, "parameter_name", "") for each in filters}
        named |= {here.date_hierarchy or "", *self.allowed_lookups}
        return lookup in named or lookup.split("__", maxsplit=1)[0] in named

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """PostgreSQL takes no NUL, and a filter would only find out late."""
        if any("\0" in text for texts in request.GET.lists() for text in texts[1]):
            raise BadRequest(_("参数含有不能识别的字符"))
        parent: Any = super()
        return parent.changelist_view(request, extra_context)
