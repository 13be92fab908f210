"""Terms: validated with Chinese messages when saved, put into force by a second person, frozen against raw SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from kernel.accounts.models import User
from kernel.jobs.models import Job
from kernel.wall.scope import Scope
from subsidies.models import Condition, Terms
from subsidies.services import activate_terms, close_terms, preview_terms, recalculate, withdraw_terms
from tests.factories.labour import PersonYearFactory
from tests.factories.subsidies import (
    COUNTY,
    ConditionFactory,
    SchemeFactory,
    TermsFactory,
    employer_award,
    outside_award,
    terms_with,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"amount_fact": "moon_phase"}, "amount_fact", "没有指标“moon_phase”"),
        ({"amount_fact": "heads"}, "amount_fact", "不是“个人”的指标"),
        ({"amount_fact": "months_outside"}, "amount_fact", "单位不符"),
        ({"amount_fact": ""}, "amount_fact", "须选择计算基数"),
        ({"rate_bp": None}, "rate_bp", "须填写比例"),
        ({"unit_fen": 100}, "unit_fen", "请清空"),
        ({"amount_kind": "fixed", "amount_fact": "", "rate_bp": None}, "unit_fen", "须填写金额"),
        (
            {"amount_kind": "per_unit", "amount_fact": "wages", "rate_bp": None, "unit_fen": 1},
            "amount_fact",
            "单位不符",
        ),
        ({"amount_parameters": {"min_months": 6}}, "amount_parameters", "没有参数“min_months”"),
    ],
)
def test_faulty_amounts_name_field_and_cure(county: Scope, fields: dict[str, Any], field: str, words: str) -> None:
    scheme = SchemeFactory()
    with pytest.raises(ValidationError) as caught:
        TermsFactory(scheme=scheme, **fields)
    assert words in "".join(caught.value.message_dict[field])


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"fact": "moon_phase"}, "fact", "没有指标"),
        ({"fact": "heads", "parameters": {"min_months": 6}}, "fact", "不是“个人”的指标"),
        ({"parameters": {"min_days": 3}}, "parameters", "没有参数“min_days”"),
        ({"value": "6"}, "value", "应为整数（单位：个月）"),
        ({"value": 6.5}, "value", "应为整数"),
        ({"value": True}, "value", "应为整数"),
        ({"operator": "between", "value": 6}, "value", "需要两个数"),
        ({"operator": "between", "value": [9, 6]}, "value", "第一个数不能大于"),
        ({"operator": "in", "value": [6]}, "value", "不能用比较方式"),
        ({"fact": "labourer", "operator": "eq", "value": 1}, "value", "“是”或“否”"),
        ({"fact": "labourer", "operator": "gte", "value": True}, "value", "不能用比较方式"),
        ({"fact": "sex", "operator": "in", "value": ["3"]}, "value", "没有选项"),
    ],
)
def test_faulty_conditions_name_field_and_cure(county: Scope, fields: dict[str, Any], field: str, words: str) -> None:
    terms = TermsFactory()
    with pytest.raises(ValidationError) as caught:
        ConditionFactory(terms=terms, **fields)
    assert words in "".join(caught.value.message_dict[field])


def test_parameter_out_of_bounds_is_refused_and_default_is_filled_in(county: Scope) -> None:
    terms = TermsFactory(
        scheme=SchemeFactory(subject="employer"),
        amount_kind="per_unit",
        amount_fact="heads",
        unit_fen=100_000,
        rate_bp=None,
    )
    assert terms.amount_parameters == {"min_months": 6}
    with pytest.raises(ValidationError, match="1 至 12 的整数"):
        ConditionFactory(terms=terms, fact="heads", parameters={"min_months": 13}, value=1)


RAW = [
    "UPDATE subsidies_terms SET rate_bp = 2000 WHERE id = %(terms)s",
    "UPDATE subsidies_terms SET valid_from = '2018-01-01' WHERE id = %(terms)s",
    "UPDATE subsidies_terms SET cap_fen = NULL WHERE id = %(terms)s",
    "UPDATE subsidies_terms SET state = 'draft' WHERE id = %(terms)s",
    "UPDATE subsidies_terms SET valid_to = '2018-12-31' WHERE id = %(terms)s",
    "DELETE FROM subsidies_terms WHERE id = %(terms)s",
    "UPDATE subsidies_condition SET value = '3' WHERE terms_id = %(terms)s",
    "DELETE FROM subsidies_condition WHERE terms_id = %(terms)s",
    "UPDATE subsidies_condition SET terms_id = %(draft)s WHERE terms_id = %(terms)s",
    "UPDATE subsidies_condition SET terms_id = %(terms)s WHERE terms_id = %(draft)s",
    """INSERT INTO subsidies_condition (village_id, terms_id, "group", fact, parameters, operator, value)
       SELECT village_id, terms_id, 9, fact, parameters, operator, value FROM subsidies_condition
       WHERE terms_id = %(terms)s LIMIT 1""",
]


@pytest.mark.parametrize("statement", RAW)
def test_used_terms_resist_raw_sql(county: Scope, statement: str) -> None:
    terms = outside_award()
    draft = outside_award(active=False)
    PersonYearFactory(outside_months=0b111111, outside_wages_fen=1_000_000)
    assert recalculate(county=COUNTY, year=2019).added == 1
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"terms": terms.pk, "draft": draft.pk})
    assert Terms.objects.get(pk=terms.pk).rate_bp == 1000
    assert Condition.objects.filter(terms=terms).count() == 2


def test_terms_used_once_stay_frozen_after_the_entitlement_vanished(county: Scope) -> None:
    terms = outside_award()
    row = PersonYearFactory(outside_months=0b111111, outside_wages_fen=1_000_000)
    recalculate(county=COUNTY, year=2019)
    row.outside_months = 0
    row.save()
    assert recalculate(county=COUNTY, year=2019).removed == 1
    with pytest.raises(ValidationError, match="不能退回草稿"):
        withdraw_terms(terms=terms)


def test_unused_terms_go_back_to_draft_and_change(county: Scope) -> None:
    terms = withdraw_terms(terms=outside_award())
    terms.rate_bp = 500
    terms.save()
    assert Terms.objects.get(pk=terms.pk).rate_bp == 500


def test_closing_is_allowed_but_not_before_a_computed_year(county: Scope) -> None:
    terms = outside_award()
    PersonYearFactory(outside_months=0b111111, outside_wages_fen=1_000_000)
    recalculate(county=COUNTY, year=2019)
    with pytest.raises(ValidationError, match="不能早于"):
        close_terms(terms=terms, valid_to=dt.date(2018, 12, 31))
    closed = close_terms(terms=terms, valid_to=dt.date(2019, 12, 31))
    assert (closed.state, recalculate(county=COUNTY, year=2019).total) == ("closed", 0)
    with pytest.raises(ValidationError):
        close_terms(terms=terms, valid_to=dt.date(2020, 12, 31))


def test_overlap_is_refused_by_the_database_and_told_by_validation(county: Scope) -> None:
    terms = outside_award(valid_to=dt.date(2019, 12, 31))
    successor = outside_award(scheme=terms.scheme, valid_from=dt.date(2020, 1, 1))
    assert successor.state == Terms.State.ACTIVE
    draft = outside_award(scheme=terms.scheme, valid_from=dt.date(2019, 12, 31), active=False)
    with pytest.raises(ValidationError, match="日期重叠"):
        activate_terms(terms=draft)
    with pytest.raises(IntegrityError), transaction.atomic():
        Terms.objects.filter(pk=draft.pk).update(state="active")


def test_another_scheme_or_county_may_use_the_same_dates(county: Scope) -> None:
    assert {outside_award().state, outside_award().state} == {"active"}


def test_the_last_version_of_a_year_decides_it(county: Scope) -> None:
    first = outside_award(valid_to=dt.date(2019, 6, 30))
    second = outside_award(scheme=first.scheme, valid_from=dt.date(2019, 7, 1), rate_bp=2000)
    row = PersonYearFactory(outside_months=0b111111, outside_wages_fen=1_000_000)
    recalculate(county=COUNTY, year=2019)
    entitlement = row.person.entitlements.get()
    assert (entitlement.terms, entitlement.amount_fen) == (second, 200_000)


def test_activation_needs_conditions_and_rings_the_recheck(county: Scope) -> None:
    empty = TermsFactory()
    with pytest.raises(ValidationError, match="没有条件"):
        activate_terms(terms=empty)
    terms = activate_terms(terms=outside_award(active=False))
    assert terms.state == Terms.State.ACTIVE
    assert Job.objects.get(kind="subsidies.recheck").params == {"scheme": terms.scheme_id}
    with pytest.raises(ValidationError, match="已启用"):
        activate_terms(terms=terms)


def test_whoever_entered_terms_does_not_activate_them(appoint: Callable[..., User], acting: Callable[..., Any]) -> None:
    clerk, approver = appoint("clerk"), appoint("approver")
    with acting(clerk):
        terms = outside_award(active=False)
        with pytest.raises(ValidationError, match="另一人"):
            activate_terms(terms=terms)
    with acting(approver):
        assert activate_terms(terms=terms).state == Terms.State.ACTIVE


def test_a_township_reads_its_countys_terms_and_cannot_write_them(
    appoint: Callable[..., User], acting: Callable[..., Any]
) -> None:
    with acting(COUNTY):
        terms = outside_award(active=False)
    with acting(appoint("township", 410726103000)):
        assert Terms.objects.get().pk == terms.pk
        assert Terms.objects.filter(pk=terms.pk).update(rate_bp=1) == 0
    with acting(410799000000):
        assert not Terms.objects.exists()


def test_preview_counts_without_writing(county: Scope) -> None:
    terms = outside_award(active=False)
    PersonYearFactory(outside_months=0b111111, outside_wages_fen=1_000_000)
    PersonYearFactory(outside_months=0b111111, outside_wages_fen=90_000_000)
    preview = preview_terms(terms=terms)
    assert (preview.year, preview.beneficiaries, preview.amount_fen) == (2019, 2, 600_000)
    assert preview_terms(terms=employer_award(active=False)).beneficiaries == 0


def test_any_of_groups(county: Scope) -> None:
    terms_with(
        {"fact": "consecutive_months_outside", "operator": "gte", "value": 3, "group": 1},
        {"fact": "months_outside", "operator": "gte", "value": 6, "group": 1},
        {"fact": "sex", "operator": "not_in", "value": ["2"], "group": 2},
        amount_kind="fixed",
        amount_fact="",
        rate_bp=None,
        unit_fen=30_000,
    )
    running = PersonYearFactory(outside_months=0b000111000000)
    total = PersonYearFactory(outside_months=0b010101010101 | 0b1)
    PersonYearFactory(outside_months=0b011011)
    recalculate(county=COUNTY, year=2019)
    assert running.person.entitlements.get().amount_fen == total.person.entitlements.get().amount_fen == 30_000
    assert set(total.person.entitlements.get().facts.values()) == {1, 6, "1"}
