"""Schemes, terms, conditions, entitlements under the unallocated county code 410799. Open a writing scope first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import factory

from subsidies.models import Condition, Entitlement, Scheme, Terms
from tests.factories.labour import VILLAGE, PersonFactory

COUNTY = VILLAGE - VILLAGE % 1_000_000


class SchemeFactory(factory.django.DjangoModelFactory):
    """A person scheme without terms."""

    village_id = COUNTY
    code = factory.Sequence(lambda n: f"scheme{n}")
    name = factory.Sequence(lambda n: f"测试项目{n}")
    subject = Scheme.Subject.PERSON

    class Meta:
        model = Scheme


class TermsFactory(factory.django.DjangoModelFactory):
    """A draft: ten per cent of the wages outside, from 2019 on."""

    scheme = factory.SubFactory(SchemeFactory, village_id=factory.SelfAttribute("..village_id"))
    village_id = COUNTY
    valid_from = dt.date(2019, 1, 1)
    amount_kind = Terms.AmountKind.PERCENTAGE
    amount_fact = "wages_outside"
    rate_bp = 1000
    source = "测试"

    class Meta:
        model = Terms


class ConditionFactory(factory.django.DjangoModelFactory):
    """At least six months outside the county."""

    terms = factory.SubFactory(TermsFactory)
    village_id = factory.SelfAttribute("terms.village_id")
    fact = "months_outside"
    operator = Condition.Operator.GTE
    value = 6

    class Meta:
        model = Condition


class EntitlementFactory(factory.django.DjangoModelFactory):
    """A stored result, as the recalculation would write it."""

    person = factory.SubFactory(PersonFactory)
    village_id = factory.SelfAttribute("person.village_id")
    terms = factory.SubFactory(TermsFactory)
    scheme = factory.SelfAttribute("terms.scheme")
    year = 2019
    amount_fen = 100_000
    facts = factory.LazyFunction(lambda: {"months_outside": 6, "wages_outside": 1_000_000})

    class Meta:
        model = Entitlement


def terms_with(*conditions: dict[str, Any], active: bool = True, subject: str = "person", **fields: Any) -> Terms:
    """Terms with these conditions; put into force unless told otherwise, without the four eyes of the service."""
    county = fields.pop("village_id", COUNTY)
    scheme = fields.pop("scheme", None) or SchemeFactory(village_id=county, subject=subject)
    terms = TermsFactory(village_id=county, scheme=scheme, **fields)
    for condition in conditions:
        ConditionFactory(terms=terms, **condition)
    if active:
        terms.state = Terms.State.ACTIVE
        terms.save()
    return terms


def outside_award(county: int = COUNTY, **fields: Any) -> Terms:
    """Labourer, six months outside, 10 % of the wages outside, at most 5,000 yuan."""
    return terms_with(
        {"fact": "labourer", "operator": "eq", "value": True, "group": 1},
        {"fact": "months_outside", "operator": "gte", "value": 6, "group": 2},
        village_id=county,
        **{"cap_fen": 500_000, **fields},
    )


def employer_award(county: int = COUNTY, **fields: Any) -> Terms:
    """Enterprise or cooperative, 1,000 yuan for each labourer of six months and more."""
    return terms_with(
        {"fact": "employer_kind", "operator": "in", "value": ["enterprise", "cooperative"], "group": 1},
        {"fact": "heads", "parameters": {"min_months": 6}, "operator": "gte", "value": 1, "group": 2},
        village_id=county,
        subject="employer",
        **{
            "amount_kind": "per_unit",
            "amount_fact": "heads",
            "amount_parameters": {"min_months": 6},
            "unit_fen": 100_000,
            "rate_bp": None,
            **fields,
        },
    )
