"""The county's own workbooks: read once, written once, and equal to the known truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from kernel.divisions.models import Division
from kernel.exchange import services as exchange
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.reading import read_upload
from kernel.wall.scope import Scope, open_scope
from labour import figures, services
from labour.models import Employer, EmploymentSpell, Household, Person, PersonYear, WorkerYear
from tests.conftest import DATA, YANJIN

BOOKS = DATA / "yanjin_2019"
TRUTH = json.loads((Path(__file__).parent.parent / "data" / "truth_2019.json").read_text())
SPAN = (YANJIN, YANJIN + 1_000_000)


def take(name: str, importer: str, *, commit: bool = True) -> Upload:
    """One workbook through the whole path, in the open scope."""
    content = (BOOKS / f"{name}.xlsx").read_bytes()
    upload = exchange.receive_upload(
        content=content, file_name=f"{name}.xlsx", importer=importer, division=YANJIN, read=False
    )
    for _step in read_upload(upload):
        pass
    upload.refresh_from_db()
    return exchange.commit_upload(upload=upload) if commit else upload


@pytest.fixture(scope="module")
def imported(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Upload]]:
    """The three workbooks, imported once and taken back when this module is done."""
    with django_db_blocker.unblock(), transaction.atomic():
        with open_scope(Scope(*SPAN, write=True, source="command", reason="test")):
            county = Division.objects.get(pk=YANJIN)
            services.set_up_county(division=county)
            uploads = {
                "people": take("人员信息", "labour.people"),
                "spells": take("务工月监测", "labour.spells"),
                "employers": take("用工主体", "labour.employers"),
            }
            services.refresh_years(span=county.range)
            connection.cursor().execute("SELECT set_config('app.stale', '', true)")
        yield uploads
        transaction.set_rollback(True)


@pytest.fixture
def county(imported: dict[str, Upload], acting: Callable[..., Any], settings: Any) -> Iterator[Division]:
    settings.SETTLERS = []
    with acting(YANJIN):
        yield Division.objects.get(pk=YANJIN)


def test_every_row_is_taken(county: Division, imported: dict[str, Upload]) -> None:
    assert [(each.new, each.changed, each.error) for each in imported.values()] == [
        (TRUTH["people"], 0, 0), (TRUTH["spells"], 0, 0), (47, 0, 0)]  # fmt: skip
    assert Household.objects.count() == TRUTH["households"]
    assert Person.objects.count() == TRUTH["people"]
    assert EmploymentSpell.objects.count() == TRUTH["spells"]
    assert Employer.objects.filter(kind="enterprise").count() == TRUTH["employers"]["企业"]
    assert Employer.objects.filter(kind="cooperative").count() == TRUTH["employers"]["合作社"]


def test_the_year_rows_are_the_known_truth(county: Division) -> None:
    labourers = PersonYear.objects.filter(year=2019, labourer=True)
    total = labourers.aggregate(wages=Sum("wages_fen"), spells=Sum("spells"), here=Sum("county_spells"))
    assert labourers.count() == TRUTH["labourers"]
    assert total == {
        "wages": round(TRUTH["wages"] * 100), "spells": TRUTH["spells"], "here": TRUTH["spells_in_county"]}  # fmt: skip
    outside = [row.outside_months.bit_count() for row in labourers.filter(outside_months__gt=0)]
    assert sum(months >= 6 for months in outside) == TRUTH["award_people"]
    heads = WorkerYear.objects.filter(year=2019, labourer=True).select_related("employer")
    steady = [row.employer for row in heads if row.months.bit_count() >= 6]
    assert len(steady) == TRUTH["employer_heads_6m"]
    assert len({row.pk for row in steady}) == 47
    assert PersonYear.objects.values("year").distinct().count() == 2
    assert PersonYear.objects.filter(year=2020).count() == TRUTH["people"]
    assert services.compare_years(county.range) == []


def test_the_figures_are_those_of_the_report(county: Division) -> None:
    values = {}
    for figure in figures.FIGURES:
        measured = list(figure.measure(county.range, 2019))
        values[figure.code] = (
            sum(row["numerator"] for row in measured),
            sum(row["denominator"] for row in measured),
        )
        if figure.rows_note is None:
            assert figure.rows(county.range, 2019).count() == values[figure.code][0], figure.code
    wages = round(TRUTH["wages"] * 100)
    assert values == {
        "F01": (4064, 0), "F06": (4707, 0), "F07": (4707, 4064), "F08": (wages, 4064), "F28": (4064, 4064)}  # fmt: skip
    assert round(values["F08"][0] / values["F08"][1] / 100, 2) == TRUTH["mean_wage"]
    assert round(100 * 4707 / 4064, 1) == 115.8


@pytest.mark.parametrize(
    ("name", "importer"),
    [("人员信息", "labour.people"), ("务工月监测", "labour.spells"), ("用工主体", "labour.employers")],
)
def test_the_same_file_twice_changes_nothing(county: Division, name: str, importer: str) -> None:
    def versions() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT sum(version) FROM labour_person), (SELECT sum(version) FROM labour_household),"
                " (SELECT sum(version) FROM labour_employmentspell), (SELECT sum(version) FROM labour_employer),"
                " (SELECT count(*) FROM labour_stalemark)"
            )
            return cursor.fetchone()

    before = versions()
    upload = take(name, importer, commit=False)
    assert (upload.new, upload.changed, upload.error) == (0, 0, 0)
    assert upload.same > 0
    with pytest.raises(exchange.CommitRefused):
        exchange.commit_upload(upload=upload)
    assert versions() == before


def test_villages_share_names_and_keep_their_people_apart(county: Division) -> None:
    named = Division.objects.filter(short_name="王庄村", parent__parent=county)
    counts = [Person.objects.filter(village=each).count() for each in named]
    assert len(counts) == 4
    assert sum(counts) == 74
    assert all(counts)


def test_what_is_staged_shows_masks_only(county: Division, imported: dict[str, Upload]) -> None:
    row = StagedRow.objects.filter(upload_id=imported["people"].pk).first()
    assert row is not None
    person = Person.objects.get(id_index=bytes.fromhex(row.data["id_index"]))
    assert person.id_number is not None
    assert person.id_number.reveal() not in json.dumps(row.data)
