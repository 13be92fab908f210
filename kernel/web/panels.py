"""Panels: what upper apps add to the page of a person or an employer, without the lower app knowing them.

An upper app lists a module in `settings.PANELS`; the module has `PANELS: tuple[Panel, ...]`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

Subject = Literal["person", "employer"]


@dataclass(frozen=True)
class Panel:
    """One block on a subject's page: shown to holders of `permission`; `context` returns None when there is nothing."""

    subject: Subject
    permission: str
    template: str
    context: Callable[[HttpRequest, Any], dict[str, Any] | None]


@cache
def _panels() -> tuple[Panel, ...]:
    return tuple(panel for path in settings.PANELS for panel in import_module(path).PANELS)


def panels_for(subject: Subject, request: HttpRequest, row: Any) -> list[SafeString]:
    """The rendered panels of one page, in the order of `settings.PANELS`."""
    drawn = []
    for panel in _panels():
        if panel.subject != subject or not request.user.has_perm(panel.permission):
            continue
        context = panel.context(request, row)
        if context is not None:
            drawn.append(render_to_string(panel.template, context, request=request))
    return drawn
