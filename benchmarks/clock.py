"""Time on the processor of everybody who works for a variant: this process, the server's sessions, the web server.

Elapsed time on a shared machine tells about the neighbours. All data measured lie in memory, so on a quiet machine the
two are nearly the same; where the kernel does not tell another process's time, elapsed time is taken instead.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable
from pathlib import Path

from django.db import connections


def sessions(*aliases: str) -> list[int]:
    """Server processes behind Django's connections, opened when they are not."""
    pids = []
    for alias in aliases:
        connections[alias].ensure_connection()
        pids.append(connections[alias].connection.info.backend_pid)
    return pids


def children_of(parent: int) -> list[int]:
    """Processes started by a process, such as the workers of gunicorn."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


class Clock:
    """Seconds on the processor of some processes: this one too unless told otherwise, its ended children when told so."""

    def __init__(self, pids: Iterable[int] = (), *, own: bool = True, children: bool = False) -> None:
        self.ids = [(~pid << 3) | 2 for pid in pids]  # CPUCLOCK_SCHED of another process
        self.own, self.children = own, children
        try:
            self.told = all(time.clock_gettime(each) >= 0 for each in self.ids)
        except OSError:
            self.told = False

    def __call__(self) -> float:
        if not self.told:
            return time.perf_counter()
        others = sum(map(time.clock_gettime, self.ids))
        if self.children:
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            others += ended.ru_utime + ended.ru_stime
        return others + time.process_time() if self.own else others
