"""Printing: what was measured, and which gates hold."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.gates import Outcome, Results
from benchmarks.measures import Measure
from benchmarks.registry import measures


def number(value: float) -> str:
    """Three digits that mean something."""
    if value == int(value) and abs(value) < 1_000_000:
        return f"{value:.0f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def print_results(results: Results, sizes: Iterable[str]) -> None:
    """Every reading of the sizes, area by area, milliseconds behind the ratio."""
    labels = {measure.name: measure for _area, measure in measures()}
    for size in sizes:
        for area, found in results.get(size, {}).items():
            print(f"\n{size} · {area} · {found.at} · {found.commit}")
            if found.fault:
                print(f"  could not run: {found.fault}")
            for reading in found.readings:
                measure: Measure = labels[reading.measure]
                print(f"  {reading.measure:<34} {number(reading.value):>9}   {measure.label}")
                times = "  ".join(f"{name} {ms:.3f}" for name, ms in reading.ms.items())
                spread = f"  rounds {number(reading.spread[0])}–{number(reading.spread[1])}" if reading.spread else ""
                print(f"  {'':<34} {'':>9}   ms: {times}{spread}{'  ' + reading.note if reading.note else ''}")


def print_outcomes(found: Iterable[Outcome]) -> bool:
    """The gates as a table; True when all of them hold."""
    good = True
    print(f"\n{'goal':<5} {'measure':<34} {'size':<9} {'found':>9} {'limit':>8}  verdict")
    for each in found:
        good = good and each.verdict == "holds"
        value = "–" if each.value is None else number(each.value)
        print(
            f"{each.gate.goal:<5} {each.gate.measure:<34} {each.size:<9} {value:>9} {each.gate.limit:>8}  {each.verdict}"
            + (f" ({each.why})" if each.why else "")
        )
    print("\nall gates hold" if good else "\nNOT all gates hold")
    return good


def markdown(found: Iterable[Outcome], results: Results) -> str:
    """The gates as the table of docs/benchmarks.md: one line a measure, one column a size, what does not hold in bold."""
    rows: dict[tuple[str, str], dict[str, Outcome]] = {}
    for each in found:
        rows.setdefault((each.gate.goal, each.gate.measure), {})[each.size] = each
    sizes = list(dict.fromkeys(size for row in rows.values() for size in row))
    labels = {measure.name: measure.label for _area, measure in measures()}
    lines = ["| goal | measure | what it is | limit | " + " | ".join(sizes) + " |", "|---" * (4 + len(sizes)) + "|"]
    for (goal, name), row in rows.items():
        limits = " / ".join(dict.fromkeys(each.gate.limit for each in row.values()))
        cells = [_cell(row.get(size)) for size in sizes]
        lines.append(f"| {goal} | `{name}` | {labels[name]} | {limits} | " + " | ".join(cells) + " |")
    runs = sorted({(size, area.at[:10], area.commit) for size, areas in results.items() for area in areas.values()})
    lines += ["", "Measured: " + "; ".join(f"{size} on {day} at {commit}" for size, day, commit in runs) + "."]
    return "\n".join(lines)


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    if outcome.value is None:
        return "not measured"
    text = number(outcome.value)
    return text if outcome.verdict == "holds" else f"**{text}**"
