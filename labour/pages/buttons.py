"""Buttons that several lists share; each is shown only to who may press it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

EXPORT = "exchange.export_rows"


def export_url(request: HttpRequest, kind: str, /, **chosen: object) -> str:
    """Where the list on the page, with its own filters, is had as a workbook; empty for who may not export."""
    if not request.user.has_perm(EXPORT):
        return ""
    asked = urlencode({name: value for name, value in chosen.items() if value})
    return f"{reverse('labour:export', args=[kind])}{'?' if asked else ''}{asked}"
