"""What a figure is. Apps declare theirs in `<app>/figures.py`; headquarters measures, stores and shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kernel.divisions.codes import Range

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Promise

Kind = Literal["count", "ratio", "mean", "money"]


@dataclass(frozen=True)
class Figure:
    """One figure with its 口径.

    `measure(span, year)` returns a queryset with the columns `place`, `numerator`, `denominator` (integers; money in fen;
    denominator 0 for counts and money), one row per village, or one row of the county where `county_only`.
    `rows(span, year)` returns the queryset of rows under the numerator; its count equals the numerator unless `rows_note` says otherwise.
    `unit` is 人, 人次, 户, 家 or 元. `may_exceed` marks person-times over persons, which can pass 100 %.
    """

    code: str
    label: Promise
    unit: Promise
    kind: Kind
    definition: Promise
    numerator_label: Promise
    measure: Callable[[Range, int], Any]
    rows: Callable[[Range, int], Any]
    rows_kind: Literal["person", "employer", "spell"]
    denominator_label: Promise | None = None
    county_only: bool = False
    may_exceed: bool = False
    rows_note: Promise | None = None
