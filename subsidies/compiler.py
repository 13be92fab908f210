"""From terms to a queryset: measured facts, the conditions as one filter, the amount. Nothing here touches a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Expression,
    ExpressionWrapper,
    F,
    Func,
    JSONField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Least

from labour.models import PersonYear, WorkerYear
from subsidies.facts.registry import Fact, get_fact
from subsidies.models import Condition, Terms
from subsidies.models.terms import BASIS_POINTS

LOOKUPS = {"gte": "gte", "gt": "gt", "lte": "lte", "lt": "lt", "eq": "exact", "between": "range", "in": "in"}
NEGATED = {"ne": "exact", "not_in": "in"}


class Snapshot(Func):
    """Names and values as jsonb. Django's JSONObject says JSON_OBJECT, which writes text and parses it again."""

    function = "jsonb_build_object"
    output_field = JSONField()


class Digest(Func):
    """64 bits that stand for the measured values: cheaper to make and to compare than their snapshot."""

    template = "hash_record_extended(ROW(%(expressions)s), 0)"
    output_field = BigIntegerField()


@dataclass(frozen=True)
class Measure:
    """One fact with its parameters, under the alias by which the queryset knows it."""

    alias: str
    fact: Fact
    parameters: dict[str, int]

    @property
    def key(self) -> str:
        """Its name in the snapshot."""
        return self.fact.key(self.parameters)


@dataclass(frozen=True)
class Compiled:
    """Terms made executable. `rows` has `subject`, `place`, `year`, the measures, `raw` and `amount`, unfiltered."""

    terms: Terms
    conditions: tuple[Condition, ...]
    measures: tuple[Measure, ...]
    rows: QuerySet[Any]

    @property
    def subject_field(self) -> str:
        """Which column of the year rows and of the entitlement names the beneficiary."""
        return "person_id" if self.terms.scheme.subject == "person" else "employer_id"

    def alias(self, key: str) -> str:
        """Alias of a measured fact."""
        return next(measure.alias for measure in self.measures if measure.key == key)

    def test(self, condition: Condition) -> Q:
        """One condition as a filter over `rows`."""
        name = self.alias(condition.key)
        if condition.operator in NEGATED:
            return ~Q(**{f"{name}__{NEGATED[condition.operator]}": condition.value})
        return Q(**{f"{name}__{LOOKUPS[condition.operator]}": condition.value})

    @property
    def test_all(self) -> Q:
        """Every group met by one of its conditions, and something to pay (asked last: most rows fail before)."""
        groups: dict[int, Q] = {}
        for condition in self.conditions:
            test = self.test(condition)
            groups[condition.group] = groups[condition.group] | test if condition.group in groups else test
        return reduce(Q.__and__, [*groups.values(), Q(raw__gt=0)])

    def qualifying(self) -> QuerySet[Any]:
        """`subject`, `place`, `year`, `amount`, the snapshot `facts` and its `digest` of all who meet the terms."""
        pairs: list[Any] = []
        for measure in self.measures:
            pairs += [Cast(Value(measure.key), TextField()), F(measure.alias)]
        digest = Digest(*(F(measure.alias) for measure in self.measures))
        rows = self.rows.filter(self.test_all).annotate(snapshot=Snapshot(*pairs), digest=digest)
        return rows.values("subject", "place", "year", "amount", "snapshot", "digest")

    def verdict(self, condition: Condition) -> Case:
        """One condition as a true-or-false column."""
        return Case(When(self.test(condition), then=Value(True)), default=Value(False), output_field=BooleanField())


def compile_terms(terms: Terms, conditions: Iterable[Condition] | None = None) -> Compiled:
    """Terms with their stored conditions (or these, not stored yet: a preview) as a queryset over year rows.

    Raises ValidationError when a fact, a parameter or a value does not exist any more.
    """
    chosen = tuple(terms.conditions.order_by("group", "id") if conditions is None else conditions)
    measures = _measures(terms, chosen)
    columns = {measure.alias: measure.fact.measure(measure.parameters) for measure in measures}
    rows: QuerySet[Any, Any]
    if terms.scheme.subject == "person":
        rows = PersonYear.objects.order_by().values("year", subject=F("person_id"), place=F("village_id"))
    else:
        rows = WorkerYear.objects.order_by().values("year", subject=F("employer_id"), place=F("employer__village_id"))
    rows = rows.annotate(**columns)
    raw = _raw_amount(terms, measures)
    amount = Least(F("raw"), _fen(terms.cap_fen)) if terms.cap_fen else F("raw")
    return Compiled(terms, chosen, measures, rows.annotate(raw=raw).annotate(amount=amount))


def _measures(terms: Terms, conditions: tuple[Condition, ...]) -> tuple[Measure, ...]:
    wanted = [(condition.fact, condition.parameters) for condition in conditions]
    if terms.amount_fact:
        wanted.append((terms.amount_fact, terms.amount_parameters))
    found: dict[str, Measure] = {}
    for code, parameters in wanted:
        fact = get_fact(code)
        key = fact.key(parameters)
        if key not in found:
            found[key] = Measure(f"m{len(found)}", fact, fact.clean_parameters(parameters))
    return tuple(found.values())


def _raw_amount(terms: Terms, measures: tuple[Measure, ...]) -> Expression:
    """Fen before the cap. Half a fen rounds up; facts are never negative, so integer division does it."""
    if terms.amount_kind == Terms.AmountKind.FIXED:
        return _fen(terms.unit_fen)
    key = get_fact(terms.amount_fact).key(terms.amount_parameters)
    base = Cast(F(next(measure.alias for measure in measures if measure.key == key)), BigIntegerField())
    if terms.amount_kind == Terms.AmountKind.PER_UNIT:
        return ExpressionWrapper(base * _fen(terms.unit_fen), BigIntegerField())
    share = (base * _fen(terms.rate_bp) + _fen(BASIS_POINTS // 2)) / _fen(BASIS_POINTS)
    return ExpressionWrapper(share, BigIntegerField())


def _fen(number: int | None) -> Value:
    return Value(number, BigIntegerField())


def amount_of(terms: Terms, base: int | None) -> tuple[int, int]:
    """The same arithmetic in Python: fen before and after the cap for a measured base, used to check a snapshot."""
    if terms.amount_kind == Terms.AmountKind.FIXED:
        raw = terms.unit_fen or 0
    elif terms.amount_kind == Terms.AmountKind.PER_UNIT:
        raw = (base or 0) * (terms.unit_fen or 0)
    else:
        raw = ((base or 0) * (terms.rate_bp or 0) + BASIS_POINTS // 2) // BASIS_POINTS
    return raw, min(raw, terms.cap_fen) if terms.cap_fen else raw
