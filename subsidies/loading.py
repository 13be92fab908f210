"""Schemes that ship with the product, entered from a reviewed file. Rerunnable: what exists already stays as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction

from kernel.divisions.models import Division
from subsidies.models import Condition, Scheme, Terms
from subsidies.services.terms import put_into_force

SHIPPED = Path(__file__).parent / "data" / "schemes.toml"


@transaction.atomic
def load_schemes(*, county: Division, path: Path = SHIPPED, activate: bool = True) -> list[Terms]:
    """Enter the file's schemes and terms for a county; returns the terms that were new.

    Schemes are matched by code, terms by first day. `activate` puts new terms into force at once: the file was reviewed
    when it was released, so the four eyes of `activate_terms` are not asked again; the audit says so. Raises
    ValidationError for what does not fit the vocabulary. Needs a writing scope that covers the county.
    """
    entered = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["scheme"]:
        scheme = _scheme(county, entry)
        for rules in entry["terms"]:
            if not scheme.terms.filter(valid_from=rules["valid_from"]).exists():
                entered.append(_enter(scheme, rules))
    if activate:
        return [put_into_force(terms=terms, detail={"loaded": path.name}) for terms in entered]
    return entered


def _scheme(county: Division, entry: dict[str, Any]) -> Scheme:
    known = {key: value for key, value in entry.items() if key not in {"code", "terms"}}
    scheme, _created = Scheme.objects.get_or_create(village=county, code=entry["code"], defaults=known)
    return scheme


def _enter(scheme: Scheme, rules: dict[str, Any]) -> Terms:
    fields = {key: value for key, value in rules.items() if key != "condition"}
    terms = Terms.objects.create(scheme=scheme, village=scheme.village, **fields)
    for condition in rules["condition"]:
        Condition.objects.create(terms=terms, village=scheme.village, **condition)
    return terms
