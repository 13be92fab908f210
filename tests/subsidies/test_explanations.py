"""Why and why not agree with what was computed, for any facts and any terms."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kernel.divisions.codes import range_of
from kernel.wall.scope import Scope
from labour.models import Person
from subsidies.explanations import explain, explain_all, explain_amount, recompute, why_not_counts
from subsidies.facts.registry import all_facts, get_fact
from subsidies.facts.values import OPERATORS_OF
from subsidies.models import Entitlement
from subsidies.services import recalculate
from tests.factories.labour import EmployerFactory, PersonFactory, PersonYearFactory, WorkerYearFactory
from tests.factories.subsidies import COUNTY, employer_award, outside_award, terms_with

pytestmark = pytest.mark.django_db


def test_lines_for_one_who_does_not_qualify(county: Scope) -> None:
    terms = outside_award()
    row = PersonYearFactory(outside_months=0b1111, outside_wages_fen=1_234_567)
    lines = explain(terms, row.person, 2019)
    assert [(line.label, line.measured_text, line.operator, line.threshold_text, line.passed) for line in lines] == [
        ("登记劳动力", "是", "等于", "是", True),
        ("县外就业月数", "4", "不少于", "6", False),
    ]
    amount = explain_amount(terms, row.person, 2019)
    assert (amount.before_cap, amount.after_cap, amount.entitled, amount.due_fen) == (123_457, 123_457, False, 0)
    assert amount.base_text == "12,345.67 元"


def test_amount_before_and_after_the_cap(county: Scope) -> None:
    terms = outside_award()
    row = PersonYearFactory(outside_months=0b111111, outside_wages_fen=6_000_000)
    amount = explain_amount(terms, row.person, 2019)
    assert (amount.before_cap, amount.cap_fen, amount.due_fen) == (600_000, 500_000, 500_000)


def test_without_a_row_everything_fails_and_nothing_is_measured(county: Scope) -> None:
    lines, amount = explain_all(outside_award(), PersonFactory(), 2019)
    assert {line.measured for line in lines} == {None}
    assert {line.measured_text for line in lines} == {"无记录"}
    assert not any(line.passed for line in lines)
    assert (amount.due_fen, amount.before_cap) == (0, 0)


def test_employers_are_explained_likewise(county: Scope) -> None:
    terms = employer_award()
    workshop = EmployerFactory(kind="workshop")
    WorkerYearFactory(employer=workshop)
    lines, amount = explain_all(terms, workshop, 2019)
    assert [(line.measured_text, line.passed) for line in lines] == [("帮扶车间", False), ("1", True)]
    assert (amount.before_cap, amount.entitled) == (100_000, False)


def test_why_not_is_counted_per_condition(county: Scope) -> None:
    terms = outside_award()
    PersonYearFactory(outside_months=0b111111, outside_wages_fen=1_000_000)
    PersonYearFactory(outside_months=0b11111, outside_wages_fen=1_000_000)
    PersonYearFactory(outside_months=0, labourer=False)
    counts = why_not_counts(terms, 2019, range_of(COUNTY, "county"))
    assert (counts.measured, counts.qualifying) == (3, 1)
    assert [(line.failed, line.failed_only_this) for line in counts.lines] == [(1, 0), (2, 1)]
    elsewhere = why_not_counts(terms, 2019, range_of(410726101000, "township"))
    assert (elsewhere.measured, elsewhere.lines[0].failed) == (0, 0)


def test_why_not_counts_employers(county: Scope) -> None:
    terms = employer_award()
    WorkerYearFactory(employer=EmployerFactory(kind="other"))
    WorkerYearFactory(months=0b1)
    counts = why_not_counts(terms, 2019, range_of(COUNTY, "county"))
    assert (counts.measured, counts.qualifying) == (2, 0)
    assert [(line.failed, line.failed_only_this) for line in counts.lines] == [(1, 1), (1, 1)]


MASK = st.integers(0, 4095)
FEN = st.integers(0, 9_000_000)
YEAR_ROW = st.fixed_dictionaries(
    {
        "labourer": st.booleans(),
        "willing": st.booleans(),
        "months": MASK,
        "outside_months": MASK,
        "wages_fen": FEN,
        "outside_wages_fen": FEN,
        "spells": st.integers(0, 5),
        "county_spells": st.integers(0, 5),
    }
)


@st.composite
def condition(draw: Any) -> dict[str, Any]:
    fact = draw(st.sampled_from(all_facts("person")))
    operator = draw(st.sampled_from(OPERATORS_OF[fact.kind]))
    one = {
        "flag": st.booleans(),
        "choice": st.sampled_from([key for key, _label in fact.choices] or [""]),
        "money": FEN,
        "count": st.integers(0, 60 if fact.code == "age" else 12),
    }[fact.kind]
    values = {"between": st.lists(one, min_size=2, max_size=2).map(sorted), "in": st.lists(one, min_size=1, max_size=2)}
    value = draw(values.get(operator.removeprefix("not_"), one))
    return {"fact": fact.code, "operator": operator, "value": value, "group": draw(st.integers(1, 3))}


AMOUNT = st.one_of(
    st.fixed_dictionaries(
        {
            "amount_kind": st.just("fixed"),
            "amount_fact": st.just(""),
            "rate_bp": st.none(),
            "unit_fen": st.integers(1, 10**6),
        }
    ),
    st.fixed_dictionaries(
        {
            "amount_kind": st.just("per_unit"),
            "amount_fact": st.sampled_from(["months_outside", "consecutive_months_employed", "spells"]),
            "rate_bp": st.none(),
            "unit_fen": st.integers(1, 10**5),
        }
    ),
    st.fixed_dictionaries(
        {
            "amount_kind": st.just("percentage"),
            "amount_fact": st.sampled_from(["wages_outside", "wages", "mean_monthly_wage"]),
            "rate_bp": st.integers(1, 20_000),
        }
    ),
)


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    conditions=st.lists(condition(), min_size=1, max_size=4),
    amount=AMOUNT,
    cap=st.none() | st.integers(1, 10**6),
    measured=st.lists(YEAR_ROW, min_size=1, max_size=4),
)
def test_explanation_agrees_with_the_entitlement(
    county: Scope,
    conditions: list[dict[str, Any]],
    amount: dict[str, Any],
    cap: int | None,
    measured: list[dict[str, Any]],
) -> None:
    assume(measured)
    terms = terms_with(*conditions, cap_fen=cap, **amount)
    people: list[Person] = [PersonYearFactory(**row).person for row in measured]
    recalculate(county=COUNTY, year=2019)
    found = {row.person_id: row for row in Entitlement.objects.filter(terms=terms).select_related("terms")}
    for person in people:
        lines, explained = explain_all(terms, person, 2019)
        groups = {line.group: any(other.passed for other in lines if other.group == line.group) for line in lines}
        entitlement = found.get(person.pk)
        assert explained.entitled == (entitlement is not None) == (all(groups.values()) and explained.after_cap > 0)
        if entitlement is not None:
            assert explained.due_fen == entitlement.amount_fen == recompute(entitlement)
            assert entitlement.facts == entitlement.facts | {line.condition.key: line.measured for line in lines}
    counted = why_not_counts(terms, 2019, range_of(COUNTY, "county"))
    assert counted.qualifying == len(found)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(masks=st.lists(MASK, min_size=1, max_size=8))
def test_longest_run_equals_python(county: Scope, masks: list[int]) -> None:
    people = [PersonYearFactory(months=mask).person for mask in masks]
    terms = terms_with({"fact": "consecutive_months_employed", "operator": "gte", "value": 0}, active=False)
    for mask, person in zip(masks, people, strict=True):
        runs = bin(mask)[2:].split("0")
        assert explain(terms, person, 2019)[0].measured == max(len(run) for run in runs)
    assert get_fact("consecutive_months_employed").kind == "count"
