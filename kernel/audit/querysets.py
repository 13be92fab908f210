"""Named reads of the log."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Q

from kernel.divisions.codes import Range

ACCESS = r"\.(unmask|export|exported|print|list|pull|download|read|annotated)$"
"""Actions by which personal rows were seen or taken away, by the last word of their code."""


class EventQuerySet(models.QuerySet[Any]):
    """Chainable: `.within(range).of_access().by(user_id).between(first, last)`."""

    def within(self, span: Range, *, homeless: bool = False) -> EventQuerySet:
        """Events at or under a division. `homeless` adds those of nowhere: attempts on accounts that do not exist."""
        here = Q(division__gte=span.lo, division__lt=span.hi)
        return self.filter(here | Q(division__isnull=True) if homeless else here)

    def of_access(self) -> EventQuerySet:
        """Only those by which personal rows were seen or taken away."""
        return self.filter(action__regex=ACCESS)

    def by(self, actor_id: int) -> EventQuerySet:
        """Done by one user, or an attempt to sign in as that user."""
        return self.filter(Q(act__actor_id=actor_id) | Q(object_type="accounts.user", object_id=str(actor_id)))

    def about(self, object_id: str) -> EventQuerySet:
        """About one record, by its id."""
        return self.filter(object_id=object_id)

    def between(self, first: dt.datetime | None, before: dt.datetime | None) -> EventQuerySet:
        """From a moment on, and before another."""
        rows = self if first is None else self.filter(at__gte=first)
        return rows if before is None else rows.filter(at__lt=before)


class ActQuerySet(models.QuerySet[Any]):
    """Chainable reads of acts."""

    def within(self, span: Range) -> ActQuerySet:
        """Acts done by somebody whose place lies at or under a division."""
        return self.filter(lo__gte=span.lo, lo__lt=span.hi)
