"""Ringing the bell: telling Celery a job's id. A dead broker costs a request one short wait, and never its success."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from celery import current_app

logger = logging.getLogger(__name__)

TASK = "jobs.run"
WAIT = 0.4
"""Seconds to wait for the broker, for each of connecting and writing."""
QUIET = 5.0
"""Seconds without another try in this process after a failure; the sweep rings what was missed."""

_local = threading.local()
_silent_until = 0.0


def ring(job_id: int) -> bool:
    """Send the id; False when the broker did not answer. Called after commit, with no transaction open."""
    global _silent_until  # noqa: PLW0603 -- intended: one fuse a process
    if time.monotonic() < _silent_until:
        return False
    try:
        current_app.send_task(TASK, args=[job_id], connection=_connection(), retry=False, ignore_result=True)
    except Exception:  # noqa: BLE001 -- intended: whatever the broker does, the job is on the list already
        logger.warning("broker silent: job %s waits for the sweep", job_id)
        _silent_until = time.monotonic() + QUIET
        _drop()
        return False
    return True


def _connection() -> Any:
    """This thread's own connection, with waits far below the workers'."""
    kept = getattr(_local, "connection", None)
    if kept is None:
        kept = current_app.connection_for_write(_address())
        kept.transport_options = {
            **kept.transport_options,
            "max_retries": 0,
            "interval_start": 0,
            "interval_step": 0,
            "socket_connect_timeout": WAIT,
            "socket_timeout": WAIT,
            "retry_on_timeout": False,
        }
        _local.connection = kept
    return kept


def _address() -> str | None:
    """Where the broker is; None means the configured one. Tests put a dead one here."""
    return None


def _drop() -> None:
    kept, _local.connection = getattr(_local, "connection", None), None
    if kept is not None:
        try:
            kept.release()
        except Exception:  # noqa: BLE001 -- intended: it is broken already
            logger.debug("broker connection could not be closed")
