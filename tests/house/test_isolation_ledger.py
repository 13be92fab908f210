"""The ledger room: every list, page, history, suggestion, filter and look-up of every walled table, for every login."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from tests.conftest import SECOND, YANJIN
from tests.house.eyes import EYES, MISSING, PLACED, Eye, answer_of, rows_of, shared
from tests.house.world import HERE, OTHER_COUNTY, OTHER_TOWNSHIP, PLACES, Ledger

pytestmark = pytest.mark.django_db
EACH = [pytest.param(eye, id=str(eye)) for eye in EYES]
ROOMS = [model for model in PLACED if model in admin.site._registry]
ON_A_PAGE = 50
As = Callable[..., Client]


def url(model: type[models.Model], what: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def may_view(eye: Eye, model: type[models.Model]) -> bool:
    return eye.may("web.enter_admin") and eye.may(f"{model._meta.app_label}.view_{model._meta.model_name}")


def in_sight(eye: Eye, model: type[models.Model]) -> tuple[set[int], set[int]]:
    """Primary keys that this eye may see, and those it may not."""
    together, rows = shared(model), rows_of(model)
    visible = {pk for pk, place in rows.items() if eye.sees(place, shared=together)}
    return visible, rows.keys() - visible


def hidden_words(eye: Eye, ledger: Ledger) -> set[str]:
    """Names and household numbers of people out of sight, and the other county's employer."""
    words: set[str] = set()
    for place, person in ledger.people.items():
        if not eye.sees(place):
            words |= {PLACES[place], person.household.number}
    return words | {each.name for county, each in ledger.employers.items() if not eye.sees(county, shared=True)}


def told(response: Any, hidden: set[str]) -> set[str]:
    text = response.content.decode()
    return {word for word in hidden if word in text}


def test_the_ledger_has_the_walled_tables() -> None:
    assert {str(model._meta.model_name) for model in ROOMS} >= {
        "household", "person", "employmentspell", "employer", "personyear", "entitlement", "scheme", "terms", "figurevalue",
    }  # fmt: skip


@pytest.mark.parametrize("eye", EACH)
def test_lists_hold_exactly_the_rows_in_sight(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client, hidden = client_as(eye.role, eye.place), hidden_words(eye, ledger)
    for model in ROOMS:
        response = client.get(url(model, "changelist"))
        assert told(response, hidden) == set(), model
        if not may_view(eye, model):
            assert response.status_code == 403, model
            continue
        assert response.status_code == 200, model
        listed, (visible, _) = {row.pk for row in response.context_data["cl"].result_list}, in_sight(eye, model)
        assert listed <= visible, model
        assert len(listed) == min(len(visible), ON_A_PAGE), model


@pytest.mark.parametrize("eye", EACH)
def test_pages_outside_answer_like_missing_ones(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client, hidden = client_as(eye.role, eye.place), hidden_words(eye, ledger)
    for model in ROOMS:
        visible, outside = in_sight(eye, model)
        assert outside, f"nothing to hide in {model._meta.label}"
        for what in ("change", "history", "delete"):
            missing = answer_of(client, url(model, what, MISSING))
            assert missing[0] == (404 if may_view(eye, model) and what != "delete" else missing[0])
            assert missing[0] in {403, 404}, (model, what)
            for pk in {min(outside), max(outside)}:
                assert answer_of(client, url(model, what, pk)) == missing, (model, what, pk)
        for pk in sorted(visible)[:1]:
            response = client.get(url(model, "change", pk))
            assert response.status_code == (200 if may_view(eye, model) else 403), (model, pk)
            assert told(response, hidden) == set(), (model, pk)


@pytest.mark.parametrize("eye", EACH)
def test_histories_and_deletions_name_nobody_out_of_sight(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client, hidden = client_as(eye.role, eye.place), hidden_words(eye, ledger)
    own = next(place for place in PLACES if eye.sees(place))
    person = ledger.people[own]
    rows = [person, person.household, ledger.spells[own], ledger.employers[own - own % 1_000_000]]
    for row in rows:
        for what in ("history", "delete"):
            response = client.get(url(type(row), what, row.pk))
            assert response.status_code in {200, 403}, (row, what)
            assert told(response, hidden) == set(), (row, what)


@pytest.mark.parametrize("eye", EACH)
def test_suggestions_stay_in_sight(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client, hidden = client_as(eye.role, eye.place), hidden_words(eye, ledger)
    terms = ["", "4107", "厂", *hidden]
    for model, room in admin.site._registry.items():
        for field in getattr(room, "autocomplete_fields", ()):
            target: Any = model._meta.get_field(field).related_model
            for term in terms:
                asked = {
                    "app_label": model._meta.app_label,
                    "model_name": model._meta.model_name,
                    "field_name": field,
                    "term": term,
                }
                response = client.get("/admin/autocomplete/", asked)
                if response.status_code == 403:
                    break  # not this role's table
                assert response.status_code == 200
                found = response.json()["results"]
                assert [each for each in found if told_in(each["text"], hidden)] == [], (model, field, term)
                if target in PLACED:
                    assert {int(each["id"]) for each in found} <= in_sight(eye, target)[0], (model, field, term)
                elif target._meta.label == "divisions.Division":
                    assert all(eye.sees(int(each["id"])) for each in found), (model, field, term)


def told_in(text: str, hidden: set[str]) -> bool:
    return any(word in text for word in hidden)


def hostile_queries(place: int, ledger: Ledger) -> list[tuple[str, str, str]]:
    """Look-ups that ask about rows elsewhere: (model, parameter, value)."""
    person, spell = ledger.people[place], ledger.spells[place]
    county = place - place % 1_000_000
    award = ledger.awards[place]
    return [
        ("labour_person", "village__id__exact", str(place)),
        ("labour_person", "village__exact", str(place)),
        ("labour_person", "village", str(place)),
        ("labour_person", "place", str(place)),
        ("labour_person", "household__exact", str(person.household_id)),
        ("labour_person", "household__id__exact", str(person.household_id)),
        ("labour_person", "household__number__startswith", person.household.number[:7]),
        ("labour_person", "name__startswith", person.name[:1]),
        ("labour_person", "spells__employer__name__contains", "厂"),
        ("labour_person", "id", str(person.pk)),
        ("labour_person", "uid", str(person.uid)),
        ("labour_person", "q", person.name),
        ("labour_person", "q", str(person.id_number.reveal())[-4:] if person.id_number else ""),
        ("labour_person", "o", "99.-1.2"),
        ("labour_household", "number__startswith", person.household.number[:7]),
        ("labour_household", "members__name", person.name),
        ("labour_household", "q", person.name),
        ("labour_household", "place", str(place)),
        ("labour_employmentspell", "person__exact", str(person.pk)),
        ("labour_employmentspell", "employer__exact", str(spell.employer_id)),
        ("labour_employmentspell", "person__name__startswith", person.name[:1]),
        ("labour_employmentspell", "q", person.name),
        ("labour_personyear", "place", str(place)),
        ("labour_personyear", "q", person.name),
        ("labour_personyear", "person__exact", str(person.pk)),
        ("subsidies_entitlement", "place", str(place)),
        ("subsidies_entitlement", "scheme__id__exact", str(award.scheme_id)),
        ("subsidies_entitlement", "person__name__startswith", person.name[:1]),
        ("headquarters_figurevalue", "place", str(place)),
        ("headquarters_figurevalue", "village__id__exact", str(county)),
    ]


@pytest.mark.parametrize("eye", EACH)
def test_filters_and_look_ups_answer_nothing_about_elsewhere(eye: Eye, ledger: Ledger, client_as: As) -> None:
    client, hidden = client_as(eye.role, eye.place), hidden_words(eye, ledger)
    foreign = [place for place in (OTHER_COUNTY, OTHER_TOWNSHIP, HERE) if not eye.sees(place)]
    for place in foreign:
        for name, parameter, value in hostile_queries(place, ledger):
            model = next(each for each in ROOMS if each._meta.db_table == name)
            response = client.get(url(model, "changelist"), {parameter: value})
            where = f"{name}?{parameter}={value}"
            assert response.status_code in {200, 302, 400, 403}, where
            if response.status_code == 200:
                listed = {row.pk for row in response.context_data["cl"].result_list}
                assert listed <= in_sight(eye, model)[0], where
                typed = {value} if parameter == "q" else set()
                assert told(response, hidden - typed) == set(), where
            else:
                assert told(response, hidden - {value}) == set(), where


def test_filters_offer_no_choices_from_elsewhere(ledger: Ledger, client_as: As) -> None:
    text = client_as("clerk", YANJIN).get(reverse("admin:subsidies_entitlement_changelist")).content.decode()
    offered = set(re.findall(r"scheme__id__exact=(\d+)", text))
    assert offered == {str(award.scheme_id) for place, award in ledger.awards.items() if place < SECOND}
