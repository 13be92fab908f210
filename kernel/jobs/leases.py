"""Claiming a job without a scope: SECURITY DEFINER functions that give away ids and nothing else."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease on one job: whose it is and where it runs. `token` must still be the row's when progress is written."""

    job: int
    token: uuid.UUID
    kind: str
    division: int
    requester: int | None
    appointment: int | None
    attempt: int


def claim(job: int, *, seconds: int) -> Claim | None:
    """Take the lease on a queued job or on one whose lease has run out; None when somebody else has it, or it is finished."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM jobs_claim(%s, %s, %s)", [job, token, seconds])
        row = cursor.fetchone()
    return Claim(job, token, *row) if row else None


def kind_code(job: int) -> str | None:
    """Kind of a job, before any scope can be known; None when there is no such job."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT jobs_kind(%s)", [job])
        return cursor.fetchone()[0]


def waiting(*, older_than: int) -> list[int]:
    """Ids of committed jobs that nobody works on: queued for more than `older_than` seconds, or with a lapsed lease."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM jobs_waiting(%s)", [older_than])
        return [number for (number,) in cursor.fetchall()]
