"""Gates: the limits that a run is held against. Ratios, exponents and counts; never milliseconds."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from benchmarks.ground import SIZES
from benchmarks.measures import Measure, exponent
from benchmarks.registry import measures
from benchmarks.results import AreaResult

GATES = Path(__file__).with_name("gates.toml")
Verdict = Literal["holds", "BREACHED", "NOT MEASURED"]
Results = Mapping[str, Mapping[str, AreaResult]]


class GatesError(Exception):
    """gates.toml says something that cannot be held."""


@dataclass(frozen=True)
class Gate:
    """One limit on one measure, at some sizes or all."""

    goal: str
    measure: str
    at_most: float | None
    at_least: float | None
    sizes: tuple[str, ...]

    def holds(self, value: float) -> bool:
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)

    @property
    def limit(self) -> str:
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"


@dataclass(frozen=True)
class Outcome:
    """A gate at one size (or between two), with what was found."""

    gate: Gate
    size: str
    verdict: Verdict
    value: float | None = None
    why: str = ""


def read_gates(path: Path = GATES) -> list[Gate]:
    """The gates; GatesError on an unknown measure or size, on a gate without a limit, and on a measure gated twice."""
    known = {measure.name for _area, measure in measures()}
    gates: list[Gate] = []
    for entry in tomllib.loads(path.read_text())["gate"]:
        if unknown := set(entry) - {"goal", "measure", "measures", "at_most", "at_least", "sizes"}:
            raise GatesError(f"unknown keys {sorted(unknown)} in {entry}")
        sizes = tuple(entry.get("sizes", SIZES))
        if strange := set(sizes) - set(SIZES):
            raise GatesError(f"unknown sizes {sorted(strange)} in {entry}")
        if ("at_most" in entry) == ("at_least" in entry):
            raise GatesError(f"a gate has either at_most or at_least: {entry}")
        for name in entry.get("measures", [entry.get("measure")]):
            if name not in known:
                raise GatesError(f"no area measures {name!r}")
            gates.append(Gate(entry["goal"], name, entry.get("at_most"), entry.get("at_least"), sizes))
    _refuse_doubles(gates)
    return gates


def _refuse_doubles(gates: list[Gate]) -> None:
    seen: set[tuple[str, str, bool]] = set()
    for gate in gates:
        for size in gate.sizes:
            key = (gate.measure, size, gate.at_most is None)
            if key in seen:
                raise GatesError(f"{gate.measure} is gated twice at {size}")
            seen.add(key)


def outcomes(gates: list[Gate], results: Results, sizes: list[str]) -> Iterator[Outcome]:
    """Every gate at every size that was asked for. A gate without a reading is told with the reason, never skipped."""
    promised = {measure.name: (area, measure) for area, measure in measures()}
    for gate in gates:
        area, measure = promised[gate.measure]
        if measure.kind == "exponent":
            yield from _growth(gate, area, measure, results, sizes)
            continue
        for size in sizes:
            if size in gate.sizes:
                yield _outcome(gate, area, results.get(size, {}).get(area), size)


def _outcome(gate: Gate, area: str, found: AreaResult | None, size: str) -> Outcome:
    if found is None:
        return Outcome(gate, size, "NOT MEASURED", why=f"area {area} has not run at {size}")
    for reading in found.readings:
        if reading.measure == gate.measure:
            return Outcome(gate, size, "holds" if gate.holds(reading.value) else "BREACHED", reading.value)
    return Outcome(gate, size, "NOT MEASURED", why=found.fault or "the area gave no such number")


def _growth(gate: Gate, area: str, measure: Measure, results: Results, sizes: list[str]) -> Iterator[Outcome]:
    assert measure.of is not None
    for small, large in pairwise(size for size in SIZES if size in sizes):
        points = []
        for size in (small, large):
            cost = _cost(measure.of, results.get(size, {}).get(area))
            if cost is not None:
                points.append((SIZES[size].persons, cost))
        between = f"{small}→{large}"
        if len(points) < 2:
            yield Outcome(gate, between, "NOT MEASURED", why=f"needs {area} at both sizes")
        else:
            value = exponent(points[0], points[1])
            yield Outcome(gate, between, "holds" if gate.holds(value) else "BREACHED", value)


def _cost(of: tuple[str, str], found: AreaResult | None) -> float | None:
    for reading in found.readings if found else []:
        if reading.measure == of[0]:
            return reading.ms.get(of[1])
    return None
