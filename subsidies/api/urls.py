"""REST addresses of subsidies."""

from __future__ import annotations

from django.urls import URLPattern, path

from subsidies.api.views import EntitlementItem, EntitlementList

urlpatterns: list[URLPattern] = [
    path("entitlements/", EntitlementList.as_view(), name="api-entitlements"),
    path("entitlements/<uuid:uid>/", EntitlementItem.as_view(), name="api-entitlement"),
]
