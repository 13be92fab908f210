"""REST addresses of labour."""

from __future__ import annotations

from django.urls import URLPattern, path

from labour.api.matching import PersonMatch
from labour.api.views import (
    EmployerItem,
    EmployerList,
    LabourerItem,
    LabourerList,
    SpellItem,
    SpellList,
)

urlpatterns: list[URLPattern] = [
    path("labourers/", LabourerList.as_view(), name="api-labourers"),
    path("labourers/<uuid:uid>/", LabourerItem.as_view(), name="api-labourer"),
    path("people/match/", PersonMatch.as_view(), name="api-people-match"),
    path("employers/", EmployerList.as_view(), name="api-employers"),
    path("employers/<uuid:uid>/", EmployerItem.as_view(), name="api-employer"),
    path("employment/", SpellList.as_view(), name="api-employment"),
    path("employment/<uuid:uid>/", SpellItem.as_view(), name="api-spell"),
]
