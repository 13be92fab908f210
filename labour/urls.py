"""Addresses of the registry's pages. No name and no number in an address, ever."""

from __future__ import annotations

from django.urls import path

from labour.pages import employers, exporting, people, unmasking

app_name = "labour"
urlpatterns = [
    path("labour/", people.roster, name="roster"),
    path("labour/export/<slug:kind>.xlsx", exporting.export, name="export"),
    path("p/<uuid:uid>/", people.person_page, name="person"),
    path("p/<uuid:uid>/numbers/", unmasking.unmask, name="unmask"),
    path("employers/", employers.employers, name="employers"),
    path("employers/<uuid:uid>/", employers.employer_page, name="employer"),
]
