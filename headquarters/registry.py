"""Every figure the apps declare, by code; wrong or double declarations stop the start-up."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kernel.figures import Figure


@cache
def figures() -> dict[str, Figure]:
    """Code -> figure, in the order of `settings.FIGURES`."""
    found: dict[str, Figure] = {}
    for path in settings.FIGURES:
        for figure in import_module(path).FIGURES:
            if figure.code in found:
                raise ImproperlyConfigured(f"figure {figure.code} is declared twice")
            if figure.kind in {"ratio", "mean"} and figure.denominator_label is None:
                raise ImproperlyConfigured(f"figure {figure.code} is a {figure.kind} without a denominator")
            found[figure.code] = figure
    return found


def figure(code: str) -> Figure | None:
    """One figure by code, or None."""
    return figures().get(code)
