"""What nobody types and somebody will send: parameters, paths and bodies that must never break a page."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from tests.house.test_verbs import arguments, named_routes
from tests.house.world import Ledger

PAGES = (
    "d",
    "year",
    "state",
    "q",
    "after",
    "kind",
    "scheme",
    "show",
    "next",
    "user",
    "action",
    "object",
    "first",
    "last",
)
LISTS = ("p", "o", "q", "e", "all", "place", "_facets", "_popup", "_to_field", "_changelist_filters")
REST = ("cursor", "limit", "division", "period", "month", "updated_since", "explain", "person", "year", "count")
VALUES = (
    "%00", "a%00b", "%FF%FE", "%ED%A0%80", "9" * 30, "-1", "%D9%A3", "%C2%B2", "0", "NaN", "1e999", "[]", "%7B%7D", "%25",
    "'%22%3B--", "../../../etc/passwd", "%E5%BC%A0" * 40, "410726000000", "1,2", "2019-02-30", "0000-00", "_", "%",
)  # fmt: skip
PATHS = (
    "/p/%00/", "/p/%FF/", "/d/999999999999999999999999/", "/d/0/", "/d/%00/", "/d/410726000000/figures/%00/",
    "/imports/new/%00/", "/imports/new/nothing/", "/imports/template/..%2F..%2Fetc%2Fpasswd/", "/imports/template/%FF/",
    "/admin/labour/person/%00/change/", "/admin/labour/person/9999999999999999999999999/change/",
    "/admin/labour/person/_5F/change/", "/admin/labour/person/abc/history/", "/admin/labour/person/-1/delete/",
    "/admin/labour/person/1e3/change/", "/admin/codes/code/%00/change/", "/admin/jsi18n/%00", "/admin/r/1/1/",
    "/admin/r/%00/%00/", "/admin/%00/", "/admin/labour/", "/admin/labour/%FF/", "/%00", "/%FF%FE", "/api/v1/%00",
    "/api/v1/labourers/%00/", "/api/v1/codelists/%00/", "/api/v1/divisions/9999999999999999999999/",
    "/api/v1/figures/%00/", "/api/docs/%00", "/static/%00", "/static/..%2f..%2fetc/passwd", "/jobs/%00/", "/%E5" * 30,
    "/admin/autocomplete/?app_label=labour&model_name=nothing&field_name=x", "/admin/autocomplete/?app_label=%00",
    "/admin/autocomplete/?app_label=labour&model_name=person&field_name=village",
    "/admin/autocomplete/?app_label=labour&model_name=person&field_name=household&term=%00",
    "/admin/autocomplete/?app_label=labour&model_name=person&field_name=household&page=9999999999999999999999",
    "/admin/autocomplete/?app_label=labour&model_name=person&field_name=household&page=x",
    "/admin/autocomplete/?app_label=labour&model_name=employmentspell&field_name=person__village&term=1",
)  # fmt: skip


def addresses(ledger: Ledger) -> Iterator[str]:
    """Every page, every list and one form of the ledger room, every REST address."""
    filled = arguments(ledger)
    for name, _ in named_routes():
        try:
            yield reverse(name, kwargs=filled.get(name))
        except NoReverseMatch:
            continue
    for model in admin.site._registry:
        prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{prefix}_changelist")
        yield reverse(f"{prefix}_add")


def parameters(address: str) -> list[str]:
    """What an address reads of its query string, filters of its room included."""
    if address.startswith("/api/"):
        return list(REST)
    if not address.startswith("/admin/"):
        return list(PAGES)
    room = next(
        (each for model, each in admin.site._registry.items() if f"/{model._meta.model_name}/" in address), None
    )
    filters = [each if isinstance(each, str) else each.parameter_name for each in getattr(room, "list_filter", ())]
    return [*LISTS, *filters, *(f"{each}__exact" for each in filters), *getattr(room, "allowed_lookups", ())]


def questions(found: list[str], each: int = 1) -> Iterator[tuple[str, str]]:
    """Address and query: `each` value for every parameter, taken in turn, so that all values meet all kinds of pages."""
    turn = 0
    for address in found:
        for parameter in parameters(address):
            for _ in range(each):
                turn += 1
                yield address, f"{parameter}={VALUES[turn % len(VALUES)]}"


def long_queries() -> tuple[str, ...]:
    """More than any browser would send."""
    return (
        "&".join(f"x{n}=1" for n in range(1500)),
        "q=" + "a" * 60_000,
        "q=" + quote("张" * 5_000),
        "after=" + "A" * 9_000,
        "&".join(f"q={n}" for n in range(900)),
    )
