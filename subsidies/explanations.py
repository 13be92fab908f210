"""Why and why not: the same compiled expressions that decide, asked about one subject, or counted over a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from kernel.divisions.codes import Range
from labour.models import Employer, Person
from subsidies.compiler import Compiled, amount_of, compile_terms
from subsidies.facts.registry import get_fact
from subsidies.facts.values import show_value
from subsidies.models import Condition, Entitlement, Terms

ACROSS = 1_000_000


@dataclass(frozen=True)
class Line:
    """One condition against one subject. `measured` is None when the year has no row for the subject.

    Conditions of one `group` are alternatives; `group_passed` tells whether one of them held.
    """

    condition: Condition
    group: int
    label: str
    measured: Any
    unit: str
    operator: str
    threshold: Any
    passed: bool
    group_passed: bool

    @property
    def measured_text(self) -> str:
        """The measured value as an officer reads it."""
        return show_value(self.condition.measured, self.measured)

    @property
    def threshold_text(self) -> str:
        """The threshold likewise."""
        return show_value(self.condition.measured, self.threshold)


@dataclass(frozen=True)
class AmountLine:
    """How the amount comes about, in fen: base, before and after the cap, and what is due (0 when not entitled)."""

    kind: str
    base_label: str
    base: int | None
    base_text: str
    unit_fen: int | None
    rate_bp: int | None
    before_cap: int
    cap_fen: int | None
    after_cap: int
    entitled: bool

    @property
    def rate_text(self) -> str:
        """The rate as people say it: 10%."""
        return "" if self.rate_bp is None else f"{self.rate_bp / 100:g}%"

    @property
    def due_fen(self) -> int:
        """What the subject may receive."""
        return self.after_cap if self.entitled else 0


def explain(terms: Terms, subject: Person | Employer, year: int) -> list[Line]:
    """Every condition of the terms with the subject's measured value and verdict, qualifying or not.

    For an employer the open scope must cover the county: with fewer workers in sight the count would be wrong.
    """
    compiled = compile_terms(terms)
    return _lines(compiled, _measure(compiled, subject, year))


def explain_amount(terms: Terms, subject: Person | Employer, year: int) -> AmountLine:
    """The amount before and after the cap; `entitled` agrees with the existence of the entitlement."""
    compiled = compile_terms(terms)
    return _amount(compiled, _measure(compiled, subject, year))


def explain_all(terms: Terms, subject: Person | Employer, year: int) -> tuple[list[Line], AmountLine]:
    """Both answers out of one query."""
    compiled = compile_terms(terms)
    row = _measure(compiled, subject, year)
    return _lines(compiled, row), _amount(compiled, row)


def _measure(compiled: Compiled, subject: Person | Employer, year: int) -> dict[str, Any] | None:
    verdicts = {f"v{condition.pk}": compiled.verdict(condition) for condition in compiled.conditions}
    rows = compiled.rows.filter(**{compiled.subject_field: subject.pk}, year=year)
    return next(iter(rows.annotate(**verdicts)), None)


def _lines(compiled: Compiled, row: dict[str, Any] | None) -> list[Line]:
    passed = {condition.pk: bool(row and row[f"v{condition.pk}"]) for condition in compiled.conditions}
    groups = {condition.group for condition in compiled.conditions if passed[condition.pk]}
    lines = []
    for condition in compiled.conditions:
        fact = condition.measured
        lines.append(
            Line(
                condition=condition,
                group=condition.group,
                label=fact.title(condition.parameters),
                measured=row[compiled.alias(condition.key)] if row else None,
                unit=str(fact.unit),
                operator=str(condition.get_operator_display()),
                threshold=condition.value,
                passed=passed[condition.pk],
                group_passed=condition.group in groups,
            )
        )
    return lines


def _amount(compiled: Compiled, row: dict[str, Any] | None) -> AmountLine:
    terms = compiled.terms
    fact = terms.base
    base = row[compiled.alias(fact.key(terms.amount_parameters))] if row and fact else None
    lines = _lines(compiled, row)
    after = int(row["amount"]) if row else 0
    return AmountLine(
        kind=str(terms.get_amount_kind_display()),
        base_label=fact.title(terms.amount_parameters) if fact else "",
        base=base,
        base_text=f"{show_value(fact, base)} {fact.unit}" if fact else "",
        unit_fen=terms.unit_fen,
        rate_bp=terms.rate_bp,
        before_cap=int(row["raw"]) if row else 0,
        cap_fen=terms.cap_fen,
        after_cap=after,
        entitled=row is not None and after > 0 and all(line.group_passed for line in lines),
    )


def recompute(entitlement: Entitlement) -> int:
    """The fen once more, from nothing but the stored terms and the stored snapshot."""
    terms = entitlement.terms
    base = None
    if terms.amount_fact:
        base = entitlement.facts[get_fact(terms.amount_fact).key(terms.amount_parameters)]
    return amount_of(terms, base)[1]


@dataclass(frozen=True)
class WhyNot:
    """How many in a place fail one condition, and how many fail nothing else: the near misses."""

    condition: Condition
    label: str
    failed: int
    failed_only_this: int


@dataclass(frozen=True)
class WhyNotCounts:
    """All measured subjects of a place, the qualifying ones, and each condition's failures."""

    measured: int
    qualifying: int
    lines: list[WhyNot]


def why_not_counts(terms: Terms, year: int, span: Range) -> WhyNotCounts:
    """Per condition: how many of the persons (or employers) of a place fail it. One query.

    A condition with alternatives in its group counts as failed only when the whole group fails.
    """
    compiled = compile_terms(terms)
    counts: dict[str, Count] = {"measured": Count("subject"), "qualifying": Count("subject", filter=compiled.test_all)}
    groups: dict[int, Q] = {}
    for condition in compiled.conditions:
        test = compiled.test(condition)
        groups[condition.group] = groups[condition.group] | test if condition.group in groups else test
    for number, test in groups.items():
        others = Q()
        for other, passing in groups.items():
            others = others & passing if other != number else others
        counts[f"failed{number}"] = Count("subject", filter=~test)
        counts[f"only{number}"] = Count("subject", filter=~test & others)
    place = "village_id" if terms.scheme.subject == "person" else "employer__village_id"
    rows = compiled.rows.filter(**{"year": year, f"{place}__gte": span.lo, f"{place}__lt": span.hi})
    found = rows.aggregate(**counts)
    lines = [
        WhyNot(condition, str(condition), found[f"failed{condition.group}"], found[f"only{condition.group}"])
        for condition in compiled.conditions
    ]
    return WhyNotCounts(found["measured"], found["qualifying"], lines)


def covers_county(lo: int, hi: int) -> bool:
    """Whether a scope sees all workers of its county's employers, so that an employer can be explained."""
    return hi - lo >= ACROSS


def title_of(terms: Terms) -> str:
    """Terms as a heading: name of the scheme and first day."""
    return _("%(scheme)s（%(day)s 起施行）") % {"scheme": terms.scheme, "day": f"{terms.valid_from:%Y-%m-%d}"}
