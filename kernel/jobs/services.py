"""Putting work on the list, taking it off, trying again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kernel.divisions.models import Division
from kernel.jobs import bell
from kernel.jobs.models import Job
from kernel.jobs.registry import kind_of
from kernel.wall.scope import required_scope

QUEUED_TWIN = """
SELECT id FROM jobs_job
WHERE kind = %s AND village_id = %s AND params_hash = %s AND state = 'queued' AND once FOR SHARE
"""


class NotPossible(Exception):
    """The job is not in a state that allows this; the message says which."""


def enqueue(kind: str, *, division: Division | int, params: Mapping[str, Any] | None = None, once: bool = True) -> Job:
    """Write a job in the caller's transaction, for the caller's appointment; the bell rings after commit.

    `division` must lie in the open scope. `once`: a queued twin (same kind, division, params) is returned instead; it is
    share-locked until commit, so no worker can start it before the caller's rows are visible. `params` go into a plain
    column: ids only, never personal values. Raises KeyError for an unknown kind, ScopeNotOpen without a scope.
    """
    kind_of(kind)
    scope = required_scope()
    code = division if isinstance(division, int) else division.pk
    given = dict(params or {})
    digest = hashlib.sha256(json.dumps(given, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    with transaction.atomic():
        job = _queued_twin(kind, code, digest) if once else None
        if job is None:
            job = Job(
                kind=kind,
                village_id=code,
                params=given,
                params_hash=digest,
                once=once,
                requested_by_id=scope.actor,
                appointment_id=scope.appointment,
            )
            made = Job.objects.bulk_create([job], ignore_conflicts=once)[0]
            # A twin committed between our look and our insert leaves no row of ours.
            job = Job.objects.filter(uid=made.uid).first() or _queued_twin(kind, code, digest) or _insert(job)
        number = job.pk
        transaction.on_commit(lambda: bell.ring(number))
    return job


def _queued_twin(kind: str, division: int, digest: str) -> Job | None:
    with connection.cursor() as cursor:
        cursor.execute(QUEUED_TWIN, [kind, division, digest])
        row = cursor.fetchone()
    return Job.objects.get(pk=row[0]) if row else None


def _insert(job: Job) -> Job:
    job.pk = None
    job.save(force_insert=True)
    return job


@transaction.atomic
def cancel(*, job: Job) -> Job:
    """Take a queued job off the list, or ask a running one to stop after its present step.

    Raises NotPossible when it has finished.
    """
    stopped = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, cancel_requested=True, finished_at=timezone.now(), message=_("已取消")
    )
    if stopped:
        job.refresh_from_db()
        handler = kind_of(job.kind).stopped
        if handler is not None:
            handler(job)
    elif not Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel_requested=True):
        raise NotPossible(_("任务已经结束，不能取消"))
    job.refresh_from_db()
    return job


@transaction.atomic
def retry(*, job: Job) -> Job:
    """Put a failed or cancelled job back on the list; it goes on from its cursor. Raises NotPossible otherwise."""
    put_back = Job.objects.filter(pk=job.pk, state__in=[Job.State.FAILED, Job.State.CANCELLED]).update(
        state=Job.State.QUEUED,
        cancel_requested=False,
        attempt=0,
        lease_token=None,
        lease_until=None,
        finished_at=None,
        message="",
    )
    if not put_back:
        raise NotPossible(_("只有失败或已取消的任务可以重试"))
    number = job.pk
    transaction.on_commit(lambda: bell.ring(number))
    job.refresh_from_db()
    return job
