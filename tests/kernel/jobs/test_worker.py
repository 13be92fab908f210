"""With a real worker process on a real broker: killed, deaf, rung twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kernel.accounts.models import User
from kernel.accounts.scopes import scope_for
from kernel.audit.models import Event
from kernel.jobs import bell, leases, services, tasks
from kernel.jobs.models import Job
from kernel.wall.scope import EVERYWHERE, Scope, open_scope

YANJIN = 410726000000
ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.servers


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `celery worker` processes of the project with the test kinds; kills what is left of them."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        log = (tmp_path / f"worker{len(started)}.log").open("wb")
        command = [sys.executable, "-m", "celery", "-A", "tests.kernel.jobs.worker", "worker", "-c", "1", "-l", "INFO"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "-n", f"w{len(started)}@test"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Power cut: the worker and its pool at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ask(user: User, **params: Any) -> Job:
    assert user.acting is not None
    with open_scope(scope_for(user.acting, write=True, source="page")):
        return services.enqueue("test.count", division=YANJIN, params=params)


def look(job: Job) -> Job:
    with open_scope(Scope(*EVERYWHERE)):
        return Job.objects.get(pk=job.pk)


def chunks(job: Job) -> list[int]:
    with open_scope(Scope(*EVERYWHERE)):
        marks = Event.objects.filter(action="test.chunk", object_id=str(job.pk))
        return list(marks.order_by("id").values_list("rows", flat=True))


def until(wanted: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def test_kill_9_in_mid_job_then_the_sweep_finishes_it_once(committed: User, worker: Any) -> None:
    first = worker()
    job = ask(committed, chunks=6, pause=0.4)
    until(lambda: look(job).done >= 2)
    kill(first)
    assert look(job).state == "running"
    until(lambda: job.pk in leases.waiting(older_than=3600), 10)  # the lease of two seconds lapses
    worker()
    assert tasks.sweep() >= 1
    until(lambda: look(job).state == "done")
    assert chunks(job) == [0, 1, 2, 3, 4, 5]


def test_two_bells_run_it_once(committed: User, worker: Any) -> None:
    job = ask(committed, chunks=3, pause=0.1)
    bell.ring(job.pk)
    worker()
    until(lambda: look(job).state == "done")
    time.sleep(0.5)
    assert chunks(job) == [0, 1, 2]


def test_a_running_job_can_be_cancelled(committed: User, worker: Any) -> None:
    worker()
    job = ask(committed, chunks=100, pause=0.2)
    until(lambda: look(job).done >= 1)
    with open_scope(scope_for(committed.acting, write=True, source="page")):
        services.cancel(job=look(job))
    until(lambda: look(job).state == "cancelled", 10)
    assert len(chunks(job)) == look(job).done < 100


@pytest.fixture(params=["redis://127.0.0.1:1/0", "redis://192.0.2.1:6379/0"], ids=["refused", "unanswered"])
def silence(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that refuses, and one that never answers."""
    monkeypatch.setattr(bell, "_silent_until", 0.0)
    monkeypatch.setattr(bell, "_address", lambda: request.param)
    monkeypatch.setattr(bell, "_local", type(bell._local)())


def test_a_dead_broker_costs_one_short_wait(committed: User, silence: None) -> None:
    start = time.monotonic()
    job = ask(committed, chunks=2)
    assert time.monotonic() - start < 1.2
    start = time.monotonic()
    ask(committed, chunks=1)
    assert time.monotonic() - start < 0.2
    assert look(job).state == "queued"


def test_what_a_dead_broker_missed_the_sweep_rings(committed: User, worker: Any, monkeypatch: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(bell, "_silent_until", time.monotonic() + 60)
        job = ask(committed, chunks=2)
    worker()
    time.sleep(1)
    assert look(job).state == "queued"
    assert tasks.sweep(0) >= 1
    until(lambda: look(job).state == "done")
    assert chunks(job) == [0, 1]
