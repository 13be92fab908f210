"""What an area promises to measure, and what it found. Gates name measures; a gate on an unknown one is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.rounds import Race

Kind = Literal["ratio", "exponent", "count"]


@dataclass(frozen=True)
class Measure:
    """One number: `name` in gates, `goal` as in the limits (P1 ...), `label` says what is divided by what.

    An exponent is log cost / log persons between two sizes, of the milliseconds of variant `of` = (measure, variant).
    """

    name: str
    goal: str
    label: str
    kind: Kind = "ratio"
    of: tuple[str, str] | None = None


@dataclass
class Reading:
    """What was measured: the value, the milliseconds behind it (printed only), the spread over rounds, a remark."""

    measure: str
    value: float
    ms: dict[str, float] = field(default_factory=dict)
    spread: tuple[float, float] | None = None
    note: str = ""


def reading(measure: str, race: Race, variant: str, baseline: str, note: str = "") -> Reading:
    """`variant` / `baseline` of a race, with the milliseconds of all its variants."""
    return Reading(
        measure,
        race.ratio(variant, baseline),
        {name: race.ms(name) for name in race.seconds},
        race.spread(variant, baseline),
        note,
    )


class UnequalResultsError(Exception):
    """Two variants did not give the same result: their times mean nothing."""


def require_equal(what: str, found: object, wanted: object) -> None:
    """Equality before speed."""
    if found != wanted:
        raise UnequalResultsError(f"{what}: {_short(found)} is not {_short(wanted)}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 300 else f"{text[:300]}…"


def exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """Growth between (persons, cost) of two sizes: 0 is flat, 1 is linear."""
    return math.log(large[1] / small[1]) / math.log(large[0] / small[0])
