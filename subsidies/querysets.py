"""Named reads of schemes, terms and entitlements."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Q

from kernel.divisions.codes import Range
from kernel.records.models import RecordQuerySet

if TYPE_CHECKING:
    from subsidies.models import Condition, Entitlement, Scheme, Terms  # noqa: F401 -- intended: named in the base classes


class SchemeQuerySet(RecordQuerySet["Scheme"]):
    """Schemes."""


class TermsQuerySet(RecordQuerySet["Terms"]):
    """Terms: `.of_county(code).touching(2019)`."""

    def of_county(self, county: int) -> TermsQuerySet:
        """Of one county, drafts included."""
        return self.filter(village_id=county)

    def in_use(self) -> TermsQuerySet:
        """Activated once: active or closed."""
        return self.exclude(state="draft")

    def touching(self, year: int) -> TermsQuerySet:
        """Valid on at least one day of a year."""
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=dt.date(year, 1, 1)), valid_from__lte=dt.date(year, 12, 31)
        )


class ConditionQuerySet(RecordQuerySet["Condition"]):
    """Conditions."""


class EntitlementQuerySet(RecordQuerySet["Entitlement"]):
    """Entitlements: `.of_scheme("outside_award").in_year(2019).within(span)`."""

    def of_scheme(self, code: str) -> EntitlementQuerySet:
        """Of the scheme with this code, in every county in sight."""
        return self.filter(scheme__code=code)

    def in_year(self, year: int) -> EntitlementQuerySet:
        """For one year."""
        return self.filter(year=year)

    def within(self, span: Range) -> EntitlementQuerySet:
        """Whose person or employer lies in a division."""
        return self.filter(village_id__gte=span.lo, village_id__lt=span.hi)

    def of_persons(self) -> EntitlementQuerySet:
        """Held by persons."""
        return self.filter(person__isnull=False)

    def of_employers(self) -> EntitlementQuerySet:
        """Held by employers."""
        return self.filter(employer__isnull=False)
