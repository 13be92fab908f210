"""The county's own workbooks, through importers, marks and the settling job, give the known awards to the fen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db.models import Sum

from kernel.divisions.models import Division
from kernel.exchange import services as exchange
from kernel.exchange.reading import read_upload
from kernel.jobs.models import Job
from kernel.wall.scope import settle
from labour.services import set_up_county
from subsidies.explanations import recompute
from subsidies.figures import FIGURES
from subsidies.jobs import work_off_marks
from subsidies.loading import load_schemes
from subsidies.models import Entitlement
from subsidies.services import prove_entitlements
from tests.conftest import DATA, YANJIN

TRUTH = json.loads((Path(__file__).parent.parent / "data" / "truth_2019.json").read_text())
BOOKS = {"用工主体": "labour.employers", "人员信息": "labour.people", "务工月监测": "labour.spells"}

pytestmark = pytest.mark.django_db


def take(name: str, importer: str) -> None:
    """One workbook through the whole path."""
    content = (DATA / "yanjin_2019" / f"{name}.xlsx").read_bytes()
    upload = exchange.receive_upload(
        content=content, file_name=f"{name}.xlsx", importer=importer, division=YANJIN, read=False
    )
    for _step in read_upload(upload):
        pass
    upload.refresh_from_db()
    exchange.commit_upload(upload=upload)


def test_the_two_awards_of_2019(county: object) -> None:
    place = Division.objects.get(pk=YANJIN)
    set_up_county(division=place)
    load_schemes(county=place)
    for name, importer in BOOKS.items():
        take(name, importer)
    settle()
    job = Job.objects.filter(kind="subsidies.settle").first()
    assert job is not None
    steps = list(work_off_marks(job))
    assert steps[-1].done == steps[-1].total > 1

    awards = Entitlement.objects.in_year(2019)
    people, employers = awards.of_persons(), awards.of_employers()
    assert people.count() == TRUTH["award_people"] == 211
    assert people.aggregate(fen=Sum("amount_fen"))["fen"] == round(TRUTH["award_amount_10pct"] * 100) == 76_930_000
    assert employers.filter(employer__kind="enterprise").count() == TRUTH["employers"]["企业"] == 14
    assert employers.filter(employer__kind="cooperative").count() == TRUTH["employers"]["合作社"] == 33
    assert sum(row.facts["heads(min_months=6)"] for row in employers) == TRUTH["employer_heads_6m"] == 305
    assert employers.aggregate(fen=Sum("amount_fen"))["fen"] == 30_500_000
    assert all(recompute(row) == row.amount_fen for row in awards.select_related("terms"))
    measured = {figure.code: sum(row["numerator"] for row in figure.measure(place.range, 2019)) for figure in FIGURES}
    assert measured == {"F09": 211, "F10": 76_930_000, "F11": 14, "F12": 33, "F13": 30_500_000}
    assert prove_entitlements(county=YANJIN, year=2019).total == 0
