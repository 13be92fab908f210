"""Reading code lists: what imports accept, what pages print."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db.models import Q
from django.utils.translation import get_language

from kernel.codes.models import Code, CodeLabel


def labels_to_keys(name: str, *, on: dt.date | None = None) -> dict[str, str]:
    """Every accepted spelling of one list -> key; the official names come first, in the list's order.

    `on` leaves out codes that may not be chosen on that day.
    """
    codes = Code.objects.filter(list=name)
    if on is not None:
        codes = codes.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=on), Q(valid_to__isnull=True) | Q(valid_to__gte=on)
        )
    found = {code.pk: code for code in codes}
    accepted = {code.label_zh: code.key for code in found.values()}
    for label in CodeLabel.objects.filter(list=name, code_id__in=found):
        accepted.setdefault(label.label, found[label.code_id].key)
    return accepted


def official_labels(name: str) -> list[str]:
    """The official Chinese names of one list, in its order: what a message lists as allowed."""
    return list(Code.objects.filter(list=name).values_list("label_zh", flat=True))


def keys_to_labels(name: str) -> dict[str, str]:
    """Key -> label in the language now active, retired codes included."""
    return labels_of(name)[name]


def labels_of(*names: str) -> dict[str, dict[str, str]]:
    """Several lists in one query: list -> key -> label in the language now active."""
    column = "label_en" if (get_language() or "").startswith("en") else "label_zh"
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for list_name, key, label in Code.objects.filter(list__in=names).values_list("list", "key", column):
        found[list_name][key] = label
    return found
