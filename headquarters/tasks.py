"""Celery's doorway: every night each county proves itself."""

from __future__ import annotations

from celery import shared_task

from headquarters.services import counties_with_registers
from kernel.divisions.codes import range_of
from kernel.jobs.services import enqueue
from kernel.wall.scope import Scope, open_scope


@shared_task(name="headquarters.nightly")
def nightly() -> int:
    """Ring the nightly proof for every county that keeps a register; returns how many."""
    counties = counties_with_registers()
    for county in counties:
        scope = Scope(*range_of(county, "county"), write=True, source="job", reason="headquarters.nightly")
        with open_scope(scope):
            enqueue("headquarters.nightly", division=county)
    return len(counties)
