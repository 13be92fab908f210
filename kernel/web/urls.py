"""Addresses of this app."""

from __future__ import annotations

from django.urls import path

from kernel.web.switching import switch

app_name = "web"
urlpatterns = [path("switch/", switch, name="switch")]
