"""The county's report comes out of the rows: figures, their parents and children, their lists, and one edit later."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from headquarters.measuring import county_figures, measure, village_figures
from headquarters.models import FigureValue
from headquarters.readings import comparison, read_children, read_figures
from headquarters.registry import figures
from headquarters.services import prove_figures
from kernel.divisions.models import Division
from kernel.exchange.reading import read_upload
from kernel.exchange.services import commit_upload, receive_upload
from kernel.wall.scope import Scope, open_scope
from labour.models import EmploymentSpell
from labour.services import compare_years, refresh_years, set_up_county
from subsidies.loading import load_schemes
from subsidies.models import Entitlement
from subsidies.services import prove_entitlements, recalculate
from tests.conftest import DATA, YANJIN

TRUTH = json.loads((Path(__file__).parent.parent / "data" / "truth_2019.json").read_text())
SPAN = (YANJIN, YANJIN + 1_000_000)
BOOKS = {"用工主体": "labour.employers", "人员信息": "labour.people", "务工月监测": "labour.spells"}


@pytest.fixture(scope="module")
def measured(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The county imported, both schemes in force, everything measured for 2019; taken back after this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        with open_scope(Scope(*SPAN, write=True, source="command", reason="test")):
            county = Division.objects.get(pk=YANJIN)
            set_up_county(division=county, first_year=2019)
            load_schemes(county=county)
            for name, importer in BOOKS.items():
                content = (DATA / "yanjin_2019" / f"{name}.xlsx").read_bytes()
                upload = receive_upload(
                    content=content, file_name=f"{name}.xlsx", importer=importer, division=YANJIN, read=False
                )
                for _step in read_upload(upload):
                    pass
                upload.refresh_from_db()
                commit_upload(upload=upload)
            refresh_years(span=county.range)
            recalculate(county=YANJIN, year=2019)
            measure(county.range, 2019, village_figures())
            measure(county.range, 2019, county_figures())
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM labour_stalemark; SELECT set_config('app.stale', '', true)")
        yield
        transaction.set_rollback(True)


@pytest.fixture
def county(measured: None, db: None) -> Division:
    return Division.objects.get(pk=YANJIN)


EXPECTED = {
    "F01": (TRUTH["labourers"], 0),
    "F06": (TRUTH["spells_in_county"], 0),
    "F07": (TRUTH["spells_in_county"], TRUTH["labourers"]),
    "F08": (round(TRUTH["wages"] * 100), TRUTH["labourers"]),
    "F09": (TRUTH["award_people"], 0),
    "F10": (round(TRUTH["award_amount_10pct"] * 100), 0),
    "F11": (TRUTH["employers"]["企业"], 0),
    "F12": (TRUTH["employers"]["合作社"], 0),
    "F13": (TRUTH["employer_heads_6m"] * 100_000, 0),
    "F28": (TRUTH["labourers"], TRUTH["labourers"]),
}
TEXTS = {"F01": "4,064", "F07": "115.8%", "F08": "1.33", "F10": "76.93", "F13": "30.5", "F28": "100.0%"}


def test_the_county_reads_the_reports_figures(county: Division, acting: Callable[..., Any]) -> None:
    with acting(YANJIN, write=False):
        readings = read_figures(division=county, year=2019)
    assert {code: (each.numerator, each.denominator) for code, each in readings.items()} == EXPECTED
    assert {code: readings[code].text for code in TEXTS} == TEXTS


def test_children_add_up_at_every_level(county: Division, acting: Callable[..., Any]) -> None:
    with acting(YANJIN, write=False):
        for place in [county, *county.children.all()]:
            above = read_figures(division=place, year=2019)
            below = read_children(division=place, year=2019)
            for code, reading in above.items():
                if not figures()[code].county_only:
                    parts = [child[code] for child in below.values() if code in child]
                    total = sum(part.numerator for part in parts), sum(part.denominator for part in parts)
                    assert total == (reading.numerator, reading.denominator), (place, code)


@pytest.mark.parametrize("code", list(EXPECTED))
def test_every_figure_opens_to_as_many_rows_as_it_counts(
    code: str, county: Division, acting: Callable[..., Any]
) -> None:
    figure = figures()[code]
    if figure.rows_note is not None:
        return
    with acting(YANJIN, write=False):
        for place in [county, county.children.first()]:
            assert place is not None
            reading = read_figures(division=place, year=2019).get(code)
            if reading is not None:
                assert figure.rows(place.range, 2019).count() == reading.numerator, place


def test_measuring_again_writes_nothing(county: Division, acting: Callable[..., Any]) -> None:
    with acting(YANJIN):
        assert prove_figures(county=YANJIN, year=2019) == 0


def test_townships_have_no_county_only_figure(county: Division, acting: Callable[..., Any]) -> None:
    with acting(YANJIN, write=False):
        township = county.children.first()
        assert township is not None
        assert {"F11", "F12", "F13"} & set(read_figures(division=township, year=2019)) == set()


def test_the_previous_period_is_compared_or_said_to_be_missing(county: Division, acting: Callable[..., Any]) -> None:
    with acting(YANJIN, write=False):
        now = read_figures(division=county, year=2019)["F01"]
        before = read_figures(division=county, year=2018)["F01"]
    assert comparison(now, before) == "无上期数据"


def qualifying_spell() -> EmploymentSpell:
    """A spell that alone carries its person's outside-county award."""
    person = Entitlement.objects.of_scheme("outside_award").in_year(2019).order_by("pk").values("person")[:1]
    return EmploymentSpell.objects.get(person__in=person, area__in=["province", "outside"])


def test_one_edit_in_a_village_moves_person_village_and_county_in_its_transaction(
    county: Division, acting: Callable[..., Any]
) -> None:
    with acting(YANJIN, write=False):
        spell = qualifying_spell()
        village = Division.objects.get(pk=spell.village_id)
        award = Entitlement.objects.get(person_id=spell.person_id, year=2019).amount_fen
        before = {place.pk: read_figures(division=place, year=2019) for place in (county, village)}
    with acting(village.pk):
        spell.end = spell.start
        spell.save()
    with acting(YANJIN):
        assert not Entitlement.objects.filter(person_id=spell.person_id, year=2019).exists()
        for place in (county, village):
            now = read_figures(division=place, year=2019)
            assert now["F09"].numerator == before[place.pk]["F09"].numerator - 1
            assert now["F10"].numerator == before[place.pk]["F10"].numerator - award
        assert compare_years(county.range) == []
        assert prove_entitlements(county=YANJIN, year=2019).total == 0
        assert prove_figures(county=YANJIN, year=2019) == 0


def test_one_edit_in_a_village_moves_the_employer_and_the_countys_figure(
    county: Division, acting: Callable[..., Any]
) -> None:
    with acting(YANJIN, write=False):
        held = Entitlement.objects.of_scheme("employer_award").in_year(2019).order_by("amount_fen", "pk").first()
        assert held is not None
        total = read_figures(division=county, year=2019)["F13"].numerator
        spell = next(
            each
            for each in EmploymentSpell.objects.filter(employer_id=held.employer_id).order_by("pk")
            if each.end is not None and each.end.month - each.start.month >= 5
        )
    with acting(spell.village_id):
        spell.end = spell.start
        spell.save()
    with acting(YANJIN):
        now = Entitlement.objects.filter(employer_id=held.employer_id, year=2019).first()
        assert (now.amount_fen if now else 0) == held.amount_fen - 100_000
        assert read_figures(division=county, year=2019)["F13"].numerator == total - 100_000
        assert prove_entitlements(county=YANJIN, year=2019).total == 0
        assert prove_figures(county=YANJIN, year=2019) == 0


def test_a_wrong_stored_figure_is_found_and_put_right(county: Division, acting: Callable[..., Any]) -> None:
    with acting(YANJIN):
        FigureValue.objects.filter(figure="F01").update(numerator=7)
        assert prove_figures(county=YANJIN, year=2019) > 0
        assert read_figures(division=county, year=2019)["F01"].numerator == TRUTH["labourers"]


@pytest.mark.parametrize("query", ["?year=abc", "?year=20199", "?year=１９９９", "?year=-1"])
def test_a_malformed_year_is_refused_with_the_cure(
    query: str, measured: None, client_as: Callable[..., Client]
) -> None:
    response = client_as("clerk").get(reverse("headquarters:dashboard", args=[YANJIN]) + query)
    assert response.status_code == 400
    assert "year" in response.content.decode()


def test_pages_api_and_rows_say_the_same(measured: None, client_as: Callable[..., Client]) -> None:
    client = client_as("clerk")
    page = client.get(reverse("headquarters:figure", args=[YANJIN, "F07"]) + "?year=2019").content.decode()
    answer = client.get(f"/api/v1/figures/F07/?division={YANJIN}&period=2019").json()
    assert (answer["numerator"], answer["denominator"]) == EXPECTED["F07"]
    assert "4,707 人次 ÷ 4,064 人 = 115.8%" in page
    assert "共 4,707 条" in page
