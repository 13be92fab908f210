"""REST addresses of the kernel: the description, divisions and code lists."""

from __future__ import annotations

from django.urls import URLPattern, path

from kernel.rest.description import SchemaView
from kernel.rest.reference import CodeListItem, CodeLists, DivisionItem, DivisionList

urlpatterns: list[URLPattern] = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("divisions/", DivisionList.as_view(), name="api-divisions"),
    path("divisions/<int:code>/", DivisionItem.as_view(), name="api-division"),
    path("codelists/", CodeLists.as_view(), name="api-codelists"),
    path("codelists/<slug:name>/", CodeListItem.as_view(), name="api-codelist"),
]
