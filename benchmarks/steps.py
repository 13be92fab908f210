"""The two steps of a run that need the product: making a size's data, measuring on a copy of them."""

from __future__ import annotations

import sys
import time
import traceback
from importlib import import_module

import django
from django.core.management import call_command
from django.db import connections

from benchmarks import ground, registry, results
from benchmarks.measures import UnequalResultsError


def build(name: str) -> int:
    """Migrate and seed the size's database."""
    size = ground.SIZES[name]
    ground.enter(ground.template_of(size))
    django.setup()
    call_command("migrate", database="owner", verbosity=0)
    connections["owner"].close()
    data = import_module("benchmarks.data")  # needs Django's models
    data.seed(size)
    import_module("benchmarks.schemes").enter_schemes(size)
    connections.close_all()
    data.settle_down(ground.template_of(size))
    return 0


def measure(name: str, areas: list[str]) -> int:
    """Run areas on the copy; a fault in one is kept as its result and does not stop the others."""
    size = ground.SIZES[name]
    ground.enter(f"{ground.template_of(size)}_run")
    django.setup()
    for area in areas:
        started = time.monotonic()
        found = results.begin()
        try:
            for reading in registry.area(area).run(size):
                found.readings.append(reading)  # one by one: what was measured before a fault counts
        except UnequalResultsError as error:
            found.fault = f"unequal results: {error}"
        except ModuleNotFoundError as error:
            found.fault = f"code is missing: {error}"
        except Exception as error:  # noqa: BLE001 -- intended: one area's fault is a result
            traceback.print_exc()
            found.fault = f"{type(error).__name__}: {error}"
        finally:
            for connection in connections.all():
                connection.close()
        results.keep(name, area, found)
        told = f": {found.fault}" if found.fault else ""
        print(f"         {area}: {time.monotonic() - started:.1f} s{told}", file=sys.stderr, flush=True)
    return 0
