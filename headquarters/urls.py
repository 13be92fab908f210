"""Addresses of the dashboards."""

from __future__ import annotations

from django.urls import path

from headquarters import pages

app_name = "headquarters"
urlpatterns = [
    path("", pages.home, name="home"),
    path("d/<int:code>/", pages.dashboard, name="dashboard"),
    path("d/<int:code>/figures/<slug:figure_code>/", pages.figure_page, name="figure"),
]
