"""Addresses of this app."""

from __future__ import annotations

from django.urls import path

from kernel.jobs import pages

app_name = "jobs"
urlpatterns = [
    path("", pages.job_list, name="list"),
    path("<uuid:uid>/", pages.job_detail, name="detail"),
    path("<uuid:uid>/progress", pages.job_progress, name="progress"),
    path("<uuid:uid>/cancel", pages.job_cancel, name="cancel"),
    path("<uuid:uid>/retry", pages.job_retry, name="retry"),
]
