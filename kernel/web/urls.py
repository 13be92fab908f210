"""Addresses of this app: none. The doors of the account menu belong to `kernel.accounts`."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "web"
urlpatterns: list[URLPattern] = []
