"""REST addresses of headquarters."""

from __future__ import annotations

from django.urls import URLPattern, path

from headquarters.api.views import FigureItem, FigureList

urlpatterns: list[URLPattern] = [
    path("figures/", FigureList.as_view(), name="api-figures"),
    path("figures/<slug:code>/", FigureItem.as_view(), name="api-figure"),
]
