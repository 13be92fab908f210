"""Celery's two doorways: run one job, and ring again what was forgotten."""

from __future__ import annotations

from celery import shared_task

from kernel.jobs import bell, leases, runner

FORGOTTEN_AFTER = 15
"""Seconds a job may wait in the queue before the sweep rings for it."""


@shared_task(name=bell.TASK)
def run_job(job_id: int) -> None:
    """Work off one job; a second bell for the same job finds nothing to claim."""
    runner.run(job_id)


@shared_task(name="jobs.sweep")
def sweep(older_than: int = FORGOTTEN_AFTER) -> int:
    """Ring for committed jobs that nobody works on: lost bells, dead workers."""
    forgotten = leases.waiting(older_than=older_than)
    for job_id in forgotten:
        bell.ring(job_id)
    return len(forgotten)
