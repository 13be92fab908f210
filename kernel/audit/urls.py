"""Addresses of the log."""

from __future__ import annotations

from django.urls import path

from kernel.audit import pages

app_name = "audit"
urlpatterns = [
    path("events/", pages.events, name="events"),
    path("events/export/", pages.export, name="export"),
    path("access/", pages.access, name="access"),
    path("acts/", pages.acts, name="acts"),
    path("seals/", pages.seals, name="seals"),
    path("seals/verify/", pages.verify, name="verify"),
]
