"""Addresses of this app."""

from __future__ import annotations

from django.urls import path

from subsidies import pages

app_name = "subsidies"
urlpatterns = [
    path("", pages.entitlements, name="entitlements"),
    path("recalculate/", pages.recalculate, name="recalculate"),
]
