"""Celery's command line for the demo: its pool's children die with it.

A worker that is killed cannot end its children, and one that is told to stop while it waits for the broker does not listen. So the
supervisor lets the kernel kill the worker, and each child of its pool asks the kernel for the same.
"""

from __future__ import annotations

import os
import signal
import sys

from celery.bin.celery import main
from celery.signals import worker_process_init

from yanjin.embedded import processes

WORKER = os.getpid()


@worker_process_init.connect
def end_with_worker(**_: object) -> None:
    """Runs in each child of the pool, right after the fork."""
    processes.die_with(WORKER, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
