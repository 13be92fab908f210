"""How anything is timed: every round runs every variant in turn in one process, and ratios are taken inside a round."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

ROUNDS = 5
SLOW_ROUNDS = 3
SLOW_SECONDS = 5.0


@dataclass(frozen=True)
class Variant:
    """One way to do a thing. Only `run` is timed; `before` and `after` put the ground in order around it."""

    name: str
    run: Callable[[], Any]
    before: Callable[[], Any] | None = None
    after: Callable[[], Any] | None = None


@dataclass
class Race:
    """Seconds of each variant, one number a round."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, variant: str, baseline: str) -> float:
        """Median over the rounds of variant / baseline in the same round."""
        pairs = zip(self.seconds[variant], self.seconds[baseline], strict=True)
        return median(one / other for one, other in pairs)

    def spread(self, variant: str, baseline: str) -> tuple[float, float]:
        """Least and largest ratio of a round."""
        ratios = [one / other for one, other in zip(self.seconds[variant], self.seconds[baseline], strict=True)]
        return min(ratios), max(ratios)

    def ms(self, variant: str) -> float:
        """Median milliseconds."""
        return median(self.seconds[variant]) * 1000


def race(
    variants: Sequence[Variant], *, rounds: int | None = None, calls: int = 1, clock: Callable[[], float] | None = None
) -> Race:
    """Time the variants against each other by `clock` (elapsed time when None).

    One call of each is thrown away first. `calls` repeats short ones: within a round the variants alternate call by
    call and the best call counts, which keeps other work on the machine out of it. Rounds: 5, or 3 when one pass takes long.
    """
    clock = clock or time.perf_counter
    warm = sum(_once(variant, time.perf_counter) for variant in variants)
    rounds = rounds or (SLOW_ROUNDS if warm > SLOW_SECONDS * len(variants) else ROUNDS)
    found = Race({variant.name: [] for variant in variants})
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            taken: dict[str, list[float]] = {variant.name: [] for variant in variants}
            for _ in range(calls):
                for variant in variants:
                    taken[variant.name].append(_once(variant, clock))
            for name, seconds in taken.items():
                found.seconds[name].append(min(seconds))
    finally:
        gc.enable()
    return found


def _once(variant: Variant, clock: Callable[[], float]) -> float:
    if variant.before:
        variant.before()
    start = clock()
    variant.run()
    seconds = clock() - start
    if variant.after:
        variant.after()
    return seconds
