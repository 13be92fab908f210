"""The two schemes every gate on eligibility speaks of, as a county would enter them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from benchmarks.data import county_scope
from benchmarks.ground import YEAR, Size
from kernel.wall.scope import open_scope
from subsidies.models import Condition, Scheme, Terms
from subsidies.services import recalculate

LEAST_MONTHS = 6
RATE_BP = 1_000
CAP_FEN = 500_000
HEAD_FEN = 100_000
KINDS = ["enterprise", "cooperative"]


def enter_schemes(size: Size) -> None:
    """Both schemes for every county, in force from the year on, and the first computation."""
    for number in range(size.counties):
        with open_scope(county_scope(number)) as scope:
            _outside_award(scope.lo)
            _employer_award(scope.lo)
            recalculate(county=scope.lo, year=YEAR)


def _outside_award(county: int) -> None:
    """Labourer, six months outside the county, 10 % of the wages outside, at most 5,000 yuan."""
    _put(
        county,
        {"code": "outside_award", "name": "外出务工奖补", "subject": Scheme.Subject.PERSON},
        {"amount_kind": "percentage", "amount_fact": "wages_outside", "rate_bp": RATE_BP, "cap_fen": CAP_FEN},
        [
            {"fact": "labourer", "operator": "eq", "value": True},
            {"fact": "months_outside", "operator": "gte", "value": LEAST_MONTHS},
        ],
    )


def _employer_award(county: int) -> None:
    """Enterprise or cooperative, 1,000 yuan for each labourer of six months and more."""
    months = {"min_months": LEAST_MONTHS}
    _put(
        county,
        {"code": "employer_award", "name": "用工主体奖补", "subject": Scheme.Subject.EMPLOYER},
        {"amount_kind": "per_unit", "amount_fact": "heads", "amount_parameters": months, "unit_fen": HEAD_FEN},
        [
            {"fact": "employer_kind", "operator": "in", "value": KINDS},
            {"fact": "heads", "parameters": months, "operator": "gte", "value": 1},
        ],
    )


def _put(county: int, scheme: dict[str, Any], terms: dict[str, Any], conditions: list[dict[str, Any]]) -> None:
    """In force at once, without the service's four eyes and its job: recalculation follows here."""
    found = Scheme.objects.create(village_id=county, **scheme)
    rules = Terms.objects.create(
        village_id=county,
        scheme=found,
        valid_from=dt.date(YEAR, 1, 1),
        source="benchmarks",
        demonstration=True,
        **terms,
    )
    for group, condition in enumerate(conditions, start=1):
        Condition.objects.create(village_id=county, terms=rules, group=group, **condition)
    rules.state = Terms.State.ACTIVE
    rules.save(update_fields=["state"])
