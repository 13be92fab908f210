"""Working off one job: claim, re-check the right, run step by step, each step one transaction with its progress."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from kernel.accounts.models import Appointment
from kernel.accounts.roles import may
from kernel.accounts.scopes import scope_for
from kernel.clock import today
from kernel.divisions.codes import level_of, range_of
from kernel.jobs.leases import Claim, claim, kind_code
from kernel.jobs.models import Job
from kernel.jobs.registry import JobFailed, Kind, Step, kind_of
from kernel.wall.scope import Scope, open_scope

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else holds the job now: nothing of this step may be kept."""


class RightLost(Exception):
    """The requester's appointment ended or no longer allows this."""


class CancelAsked(Exception):
    """The requester wants it stopped."""


def run(job_id: int) -> bool:
    """Work a job off; False when there was nothing to claim. Runs in a worker, outside any transaction."""
    code = kind_code(job_id)
    if code is None:
        return False
    try:
        kind = kind_of(code)
    except KeyError:
        logger.error("job %s has the unknown kind %s", job_id, code)
        return False
    held = claim(job_id, seconds=kind.lease)
    if held is None:
        return False
    logger.info("job %s (%s) claimed, attempt %s", job_id, code, held.attempt)
    if held.attempt > kind.attempts:
        _stop(kind, held, Job.State.FAILED, _("多次尝试都没有完成，已停止；请联系系统管理员"))
        return True
    _work(kind, held)
    return True


def _work(kind: Kind, held: Claim) -> None:
    """Run to the end, and translate every way of not getting there."""
    try:
        _run_steps(kind, held)
    except LeaseLost:
        logger.warning("job %s: lease lost, step discarded", held.job)
    except CancelAsked:
        _stop(kind, held, Job.State.CANCELLED, _("已取消"))
    except RightLost:
        _stop(kind, held, Job.State.FAILED, _("发起人的岗位已变更或已无此权限，任务未继续"))
    except JobFailed as error:
        _stop(kind, held, Job.State.FAILED, str(error))
    except (OperationalError, InterfaceError):
        # The database went away: the lease lapses and the sweep rings again.
        logger.exception("job %s: database lost", held.job)
    except Exception:
        logger.exception("job %s failed", held.job)
        _stop(kind, held, Job.State.FAILED, _("处理时出错，已停止；请把任务编号告诉系统管理员"))


def scope_of(kind: Kind, held: Claim) -> Scope:
    """The scope a step runs under, asked anew each time. Raises RightLost."""
    if kind.system or held.requester is None:
        span = range_of(held.division, level_of(held.division))
        return Scope(*span, write=True, actor=held.requester, source="job", reason=kind.code)
    appointment = (
        Appointment.objects.in_force(today())
        .select_related("division", "user")
        .filter(pk=held.appointment or 0)
        .first()
    )
    if appointment is None or appointment.user_id != held.requester:
        raise RightLost
    if kind.permission and not may(appointment.role, kind.permission):
        raise RightLost
    scope = scope_for(appointment, write=True, source="job", reason=kind.code)
    if not scope.covers(held.division):
        raise RightLost
    return scope


def _run_steps(kind: Kind, held: Claim) -> None:
    steps: Iterator[Step] | None = None
    while True:
        with open_scope(scope_of(kind, held)):
            job = Job.objects.held(held.token).filter(pk=held.job).first()
            if job is None:
                raise LeaseLost
            if job.cancel_requested:
                raise CancelAsked
            if steps is None:
                steps = kind.work(job)
            try:
                step = next(steps)
            except StopIteration as end:
                _finish(held, end.value or {})
                return
            _progress(kind, held, step)


def _progress(kind: Kind, held: Claim, step: Step) -> None:
    """Progress, cursor and a fresh lease, in the step's own transaction; no row means the lease is gone."""
    written = (
        Job.objects.held(held.token)
        .filter(pk=held.job)
        .update(
            done=step.done,
            total=step.total,
            cursor=step.cursor,
            message=step.message[:300],
            attempt=1,
            lease_until=Now() + timedelta(seconds=kind.lease),
        )
    )
    if not written:
        raise LeaseLost


def _finish(held: Claim, result: dict[str, Any]) -> None:
    written = (
        Job.objects.held(held.token)
        .filter(pk=held.job)
        .update(
            state=Job.State.DONE,
            result=result,
            lease_token=None,
            lease_until=None,
            finished_at=timezone.now(),
            message=str(result.get("message", ""))[:300],
        )
    )
    if not written:
        raise LeaseLost


def _stop(kind: Kind, held: Claim, state: str, message: str) -> None:
    """Close the job in the house's name: its requester may have no rights left."""
    span = range_of(held.division, level_of(held.division))
    scope = Scope(*span, write=True, actor=held.requester, appointment=held.appointment, source="job", reason=kind.code)
    with open_scope(scope):
        stopped = (
            Job.objects.held(held.token)
            .filter(pk=held.job)
            .update(state=state, message=message[:300], lease_token=None, lease_until=None, finished_at=timezone.now())
        )
        if stopped and kind.stopped is not None:
            kind.stopped(Job.objects.get(pk=held.job))
