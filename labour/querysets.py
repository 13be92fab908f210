"""Named reads of the registry."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Q

from kernel.records.models import RecordQuerySet

if TYPE_CHECKING:
    from labour.models import Employer, EmploymentSpell, Household, Person  # noqa: F401 -- intended: named in the base classes


class HouseholdQuerySet(RecordQuerySet["Household"]):
    """Households."""


class PersonQuerySet(RecordQuerySet["Person"]):
    """People: `.labourers(2019)`, `.employed(2019)`."""

    def labourers(self, year: int) -> PersonQuerySet:
        """Counted as labourers in a year, by the county's standard at its end."""
        return self.filter(years__year=year, years__labourer=True)

    def employed(self, year: int) -> PersonQuerySet:
        """With at least one month of work in a year."""
        return self.filter(years__year=year, years__months__gt=0)


class EmployerQuerySet(RecordQuerySet["Employer"]):
    """Employers."""


class SpellQuerySet(RecordQuerySet["EmploymentSpell"]):
    """Employment spells."""

    def touching(self, year: int) -> SpellQuerySet:
        """With at least one month in a year."""
        return self.filter(Q(end__isnull=True) | Q(end__gte=dt.date(year, 1, 1)), start__lte=dt.date(year, 12, 1))

    def started_in(self, year: int) -> SpellQuerySet:
        """Begun in a year: what person-times of employment count."""
        return self.filter(start__year=year)
