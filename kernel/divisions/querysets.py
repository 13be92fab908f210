"""Named reads of divisions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from kernel.divisions.codes import Range

if TYPE_CHECKING:
    from kernel.divisions.models import Division  # noqa: F401 -- intended: named in the base class


class DivisionQuerySet(models.QuerySet["Division"]):
    """Chainable: `.real().within(range).at("village")`."""

    def real(self) -> DivisionQuerySet:
        """Administrative units only, without statistical pseudo-units."""
        return self.filter(is_statistical=False)

    def at(self, level: str) -> DivisionQuerySet:
        """Of one level."""
        return self.filter(level=level)

    def within(self, span: Range) -> DivisionQuerySet:
        """At or under a division, by code range."""
        return self.filter(code__gte=span.lo, code__lt=span.hi)

    def valid_on(self, day: dt.date) -> DivisionQuerySet:
        """In force on a day."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )
