"""Addresses of this app."""

from __future__ import annotations

from django.urls import path

from kernel.exchange import pages

app_name = "exchange"
urlpatterns = [
    path("imports/", pages.upload_list, name="list"),
    path("imports/new/<str:code>/", pages.upload_new, name="new"),
    path("imports/template/<str:code>/", pages.template_file, name="template"),
    path("imports/<uuid:uid>/", pages.upload_detail, name="upload"),
    path("imports/<uuid:uid>/progress", pages.upload_progress, name="progress"),
    path("imports/<uuid:uid>/annotated", pages.upload_annotated, name="annotated"),
    path("imports/<uuid:uid>/commit", pages.upload_commit, name="commit"),
    path("imports/<uuid:uid>/undo", pages.upload_undo, name="undo"),
    path("imports/<uuid:uid>/cancel", pages.upload_cancel, name="cancel"),
    path("imports/<uuid:uid>/ignore", pages.upload_ignore, name="ignore"),
    path("imports/<uuid:uid>/choose", pages.upload_choose, name="choose"),
]
