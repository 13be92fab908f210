"""Which areas exist, and every measure they promise. Reads the promises without running anything."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from benchmarks.measures import Measure
from benchmarks.promises import PROMISES

AREAS = tuple(PROMISES)
FILES = {"import": "imports"}  # a keyword of Python


def area(name: str) -> ModuleType:
    """The module of an area. Needs Django; ImportError when the code it measures is missing."""
    return import_module(f"benchmarks.areas.{FILES.get(name, name)}")


def measures() -> Iterator[tuple[str, Measure]]:
    """(area, measure) of all areas."""
    for name, promised in PROMISES.items():
        for measure in promised:
            yield name, measure
