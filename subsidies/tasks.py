"""Celery's doorway: counties with stale marks get a job."""

from __future__ import annotations

from celery import shared_task
from django.db import connection

from kernel.divisions.codes import range_of
from kernel.wall.scope import Scope, open_scope
from subsidies.services import enqueue_waiting


@shared_task(name="subsidies.settle_marks")
def settle_marks() -> int:
    """Ring for every county where marks wait; returns how many. Marks survive a lost bell and a dead worker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT subsidies_marked_counties()")
        counties = [code for (code,) in cursor.fetchall()]
    for county in counties:
        with open_scope(Scope(*range_of(county, "county"), write=True, source="job", reason="subsidies.settle_marks")):
            enqueue_waiting(county=county)
    return len(counties)
