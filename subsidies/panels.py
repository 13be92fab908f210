"""What this room adds to the pages of people and employers: each scheme of the year, condition by condition."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from kernel.clock import default_year
from kernel.wall.scope import required_scope
from kernel.web.panels import Panel
from labour.models import Employer, Person
from subsidies.explanations import covers_county, explain_all, title_of
from subsidies.models import Scheme
from subsidies.programs import terms_deciding


def _explained(subject: Person | Employer, kind: str, year: int) -> list[dict[str, Any]]:
    blocks = []
    for scheme in Scheme.objects.filter(subject=kind, village_id=subject.village_id - subject.village_id % 1_000_000):
        terms = terms_deciding(scheme.pk, year)
        if terms is not None:
            lines, amount = explain_all(terms, subject, year)
            blocks.append({"terms": terms, "title": title_of(terms), "lines": lines, "amount": amount})
    return blocks


def person_context(request: HttpRequest, row: Person) -> dict[str, Any] | None:
    """Every person scheme of last year with its verdicts; nothing when the county has none."""
    year = default_year()
    blocks = _explained(row, Scheme.Subject.PERSON, year)
    return {"blocks": blocks, "year": year} if blocks else None


def employer_context(request: HttpRequest, row: Employer) -> dict[str, Any] | None:
    """Likewise; where not all workers are in sight the counts would be wrong, so it says that instead."""
    year, scope = default_year(), required_scope()
    if not covers_county(scope.lo, scope.hi):
        return {"county_only": True, "year": year}
    blocks = _explained(row, Scheme.Subject.EMPLOYER, year)
    return {"blocks": blocks, "year": year} if blocks else None


PANELS = (
    Panel("person", "subsidies.view_entitlement", "subsidies/explanation.html", person_context),
    Panel("employer", "subsidies.view_entitlement", "subsidies/explanation.html", employer_context),
)
