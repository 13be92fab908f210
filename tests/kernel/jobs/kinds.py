"""Kinds of jobs that exist for the tests only; the worker process loads them through JOB_KINDS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from django.db import connection

from kernel.jobs.models import Job
from kernel.jobs.registry import JobFailed, Step, kind


def note(job: Job, number: int) -> None:
    """Leave one mark for each chunk: an audit event is a committed row that nothing can rewrite."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (act_id, at, action, result, division, object_type, object_id, rows, purpose, detail)"
            " VALUES (wall_act(), clock_timestamp(), 'test.chunk', 'success', %s, 'job', %s, %s, '', '{}')",
            [job.village_id, str(job.pk), number],
        )


@kind("test.count", label="数数", lease=2)
def count(job: Job) -> Iterator[Step]:
    """Write one mark a chunk, as many as asked, slowly when asked."""
    chunks = job.params["chunks"]
    for number in range(job.cursor or 0, chunks):
        note(job, number)
        time.sleep(job.params.get("pause", 0))
        yield Step(done=number + 1, total=chunks, cursor=number + 1, message=f"第 {number + 1} 块")


@kind("test.guarded", label="有权限的活", permission="exchange.add_upload", lease=30)
def guarded(job: Job) -> Iterator[Step]:
    """Two steps that need a right."""
    note(job, 0)
    yield Step(1, 2)
    note(job, 1)
    yield Step(2, 2)


stopped: list[int] = []


def remember(job: Job) -> None:
    """Called when the job below stops."""
    stopped.append(job.pk)


@kind("test.fails", label="失败的活", lease=30, stopped=remember)
def fails(job: Job) -> Iterator[Step]:
    """One good step, then a failure: a told one or a surprise."""
    note(job, 0)
    yield Step(1, 2)
    note(job, 1)
    if job.params.get("told"):
        raise JobFailed("文件打不开")
    raise RuntimeError("secret detail 410799199001011234")


@kind("test.house", label="系统的活", system=True, lease=30)
def house(job: Job) -> Any:
    """Needs nobody's right."""
    note(job, 0)
    yield Step(1, 1)
    return {"message": "好了"}
