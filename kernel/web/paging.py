"""Pages of a long list without counting it: a window ahead of the page asked for, and no further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

AHEAD = 10
DEEPEST = 10_000


if TYPE_CHECKING:
    Base = Paginator[Any]
else:
    Base = Paginator


class WindowPaginator(Base):
    """Counts at most ten pages ahead of `wanted` and never more than 10,000 rows; `more` says that there are others.

    A full count reads every row the wall lets through; whoever needs row 10,001 needs a filter.
    """

    def __init__(self, *args: Any, wanted: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = max(1, wanted)

    @cached_property
    def bound(self) -> int:
        """How far the count looks."""
        return min(DEEPEST, (self.wanted + AHEAD) * self.per_page)

    @cached_property
    def _seen(self) -> int:
        rows: Any = self.object_list
        if not hasattr(rows, "order_by"):
            return len(rows)
        return int(rows.order_by()[: self.bound + 1].count())

    @cached_property
    def count(self) -> int:
        """Rows inside the window."""
        return min(self._seen, self.bound)

    @property
    def more(self) -> bool:
        """Whether there are rows beyond the window."""
        return self._seen > self.bound
