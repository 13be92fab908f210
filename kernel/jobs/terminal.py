"""A bar in the terminal: management commands wait for a job as people wait on its page."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

from kernel.jobs.models import Job
from kernel.wall.scope import Scope, open_scope

FULL, EMPTY = "█", "░"


class JobUnfinished(Exception):
    """The job failed, was cancelled, or did not finish in time; the message says which."""


def wait_for(job: Job, *, scope: Scope, timeout: float = 600, every: float = 0.3, stream: TextIO | None = None) -> Job:
    """Show a bar until a committed job is done, and return it. Called with no transaction open.

    `scope` is what the waiter may see. Raises JobUnfinished.
    """
    out = stream or sys.stderr
    end = time.monotonic() + timeout
    while True:
        with open_scope(scope):
            now = Job.objects.get(pk=job.pk)
        _draw(out, now)
        if not now.is_open:
            out.write("\n")
            if now.state != Job.State.DONE:
                raise JobUnfinished(f"{now.label}: {now.message or now.get_state_display()}")
            return now
        if time.monotonic() > end:
            out.write("\n")
            raise JobUnfinished(f"{now.label}: {now.progress_text}")
        time.sleep(every)


def bar(job: Job, width: int) -> str:
    """One line of at most `width` columns; Chinese characters count two."""
    part = 1.0 if job.state == Job.State.DONE else (job.done / job.total if job.total else 0.0)
    cells = 24
    filled = round(cells * min(part, 1.0))
    line = f"{job.label}  {FULL * filled}{EMPTY * (cells - filled)} {part:4.0%}  {job.progress_text}"
    shown, used = "", 0
    for character in line:
        used += 1 if ord(character) < 0x2E80 else 2
        if used > width:
            break
        shown += character
    return shown


def _draw(out: TextIO, job: Job) -> None:
    if out.isatty():
        out.write("\r\x1b[K" + bar(job, shutil.get_terminal_size().columns - 1))
        out.flush()
    elif not job.is_open:
        out.write(bar(job, 200))
