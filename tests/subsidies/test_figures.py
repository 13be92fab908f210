"""Each award figure equals the count of the rows under it, and no village is missing."""

from __future__ import annotations

import pytest

from kernel.divisions.codes import range_of
from kernel.divisions.models import Division
from kernel.wall.scope import Scope
from subsidies.figures import FIGURES
from subsidies.loading import load_schemes
from subsidies.models import Entitlement, Terms
from subsidies.services import recalculate
from tests.factories.labour import VILLAGE, EmployerFactory, PersonYearFactory, WorkerYearFactory
from tests.factories.subsidies import COUNTY

pytestmark = pytest.mark.django_db


def test_figures_measure_what_they_list(county: Scope) -> None:
    load_schemes(county=Division.objects.get(pk=COUNTY))
    for village in (VILLAGE, VILLAGE, VILLAGE + 1):
        PersonYearFactory(person__village_id=village, outside_months=0b111111, outside_wages_fen=1_000_000)
    for kind in ("enterprise", "enterprise", "cooperative", "other"):
        WorkerYearFactory(employer=EmployerFactory(kind=kind))
    recalculate(county=COUNTY, year=2019)
    span = range_of(COUNTY, "county")
    measured = {
        figure.code: {row["place"]: row["numerator"] for row in figure.measure(span, 2019)} for figure in FIGURES
    }
    assert measured == {
        "F09": {VILLAGE: 2, VILLAGE + 1: 1},
        "F10": {VILLAGE: 200_000, VILLAGE + 1: 100_000},
        "F11": {COUNTY: 2},
        "F12": {COUNTY: 1},
        "F13": {COUNTY: 300_000},
    }
    counts = {figure.code: figure.rows(span, 2019).count() for figure in FIGURES}
    assert counts == {"F09": 3, "F10": 3, "F11": 2, "F12": 1, "F13": 3}


def test_loading_twice_changes_nothing_and_marks_demonstration(county: Scope) -> None:
    place = Division.objects.get(pk=COUNTY)
    assert len(load_schemes(county=place)) == 2
    assert load_schemes(county=place) == []
    assert set(Terms.objects.values_list("state", "demonstration")) == {("active", True)}
    assert not Entitlement.objects.exists()
