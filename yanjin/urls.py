"""The table of contents of the whole site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from kernel.rest.description import SwaggerView
from yanjin.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("kernel.accounts.urls")),
    path("", include("headquarters.urls")),
    path("", include("labour.urls")),
    path("subsidies/", include("subsidies.urls")),
    path("jobs/", include("kernel.jobs.urls")),
    path("", include("kernel.exchange.urls")),
    path("audit/", include("kernel.audit.urls")),
    path("api/docs/", SwaggerView.as_view(), name="api-docs"),
    path("api/v1/", include("kernel.rest.urls")),
    path("api/v1/", include("labour.api.urls")),
    path("api/v1/", include("subsidies.api.urls")),
    path("api/v1/", include("headquarters.api.urls")),
    path("admin/", admin.site.urls),
]
handler400 = "kernel.web.errors.bad_request"
handler403 = "kernel.web.errors.forbidden"
handler404 = "kernel.web.errors.not_found"
handler500 = "kernel.web.errors.broken"
