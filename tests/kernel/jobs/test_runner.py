"""A job is a row: claimed once, run step by step, resumed where it stopped, and never twice."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections

from kernel.accounts.models import User
from kernel.accounts.scopes import scope_for
from kernel.audit.models import Event
from kernel.jobs import leases, registry, runner, services
from kernel.jobs.models import Job
from kernel.jobs.registry import Step
from kernel.wall.scope import ScopeNotOpen, open_scope
from tests.kernel.jobs import kinds

YANJIN, SECOND, VILLAGE = 410726000000, 410799000000, 410726101203


@pytest.fixture
def queued(appoint: Callable[..., User], acting: Callable[..., Any]) -> Callable[..., Job]:
    """A committed job of a county clerk."""

    def make(kind: str = "test.count", *, user: User | None = None, **params: Any) -> Job:
        user = user or appoint("clerk", YANJIN)
        with acting(user):
            return services.enqueue(kind, division=YANJIN, params=params)

    return make


def chunks(acting: Callable[..., Any], job: Job) -> list[int]:
    with acting():
        return list(
            Event.objects.filter(action="test.chunk", object_id=str(job.pk))
            .order_by("id")
            .values_list("rows", flat=True)
        )


def state(acting: Callable[..., Any], job: Job) -> Job:
    with acting():
        return Job.objects.get(pk=job.pk)


def test_runs_each_chunk_once_and_finishes(queued: Any, acting: Any) -> None:
    job = queued(chunks=3)
    assert runner.run(job.pk)
    found = state(acting, job)
    assert (found.state, found.done, found.total, found.lease_token) == ("done", 3, 3, None)
    assert chunks(acting, job) == [0, 1, 2]


def test_a_second_bell_finds_nothing(queued: Any, acting: Any) -> None:
    job = queued(chunks=2)
    assert runner.run(job.pk)
    assert not runner.run(job.pk)
    assert not runner.run(job.pk + 1_000_000)
    assert chunks(acting, job) == [0, 1]


def test_a_leased_job_is_not_claimed_again_until_the_lease_lapses(queued: Any, acting: Any) -> None:
    job = queued(chunks=1)
    assert leases.claim(job.pk, seconds=60) is not None
    assert leases.claim(job.pk, seconds=60) is None
    with acting():
        Job.objects.filter(pk=job.pk).update(lease_until="2000-01-01T00:00Z")
    again = leases.claim(job.pk, seconds=60)
    assert again is not None
    assert again.attempt == 2


def test_a_zombie_with_an_old_lease_writes_nothing(queued: Any, acting: Any) -> None:
    job = queued(chunks=3)
    kind = registry.kind_of("test.count")
    first = leases.claim(job.pk, seconds=0)
    assert first is not None
    second = leases.claim(job.pk, seconds=60)
    assert second is not None
    runner._work(kind, first)
    assert chunks(acting, job) == []
    assert state(acting, job).lease_token == second.token
    runner._work(kind, second)
    assert chunks(acting, job) == [0, 1, 2]


def test_a_lease_lost_inside_a_step_takes_the_step_with_it(queued: Any, acting: Any) -> None:
    job = queued(chunks=3)
    held = leases.claim(job.pk, seconds=60)
    assert held is not None
    with pytest.raises(runner.LeaseLost), acting():
        kinds.note(job, 9)
        Job.objects.filter(pk=job.pk).update(lease_token=uuid.uuid4())
        runner._progress(registry.kind_of("test.count"), held, Step(1, 3, 1))
    assert chunks(acting, job) == []


def test_resumes_at_the_cursor(queued: Any, acting: Any) -> None:
    job = queued(chunks=4)
    with acting():
        Job.objects.filter(pk=job.pk).update(cursor=3)
    runner.run(job.pk)
    assert chunks(acting, job) == [3]


def test_cancel_before_and_between_steps(queued: Any, acting: Any) -> None:
    job = queued(chunks=2)
    with acting():
        services.cancel(job=job)
    assert not runner.run(job.pk)
    assert state(acting, job).state == "cancelled"
    running = queued(chunks=5, name="other")
    held = leases.claim(running.pk, seconds=60)
    assert held is not None
    with acting():
        services.cancel(job=running)
    runner._work(registry.kind_of("test.count"), held)
    assert (state(acting, running).state, state(acting, running).message) == ("cancelled", "已取消")
    with acting(), pytest.raises(services.NotPossible):
        services.cancel(job=running)
    with acting():
        services.retry(job=running)
    runner.run(running.pk)
    assert chunks(acting, running) == [0, 1, 2, 3, 4]


def test_failure_keeps_finished_steps_and_tells_no_detail(queued: Any, acting: Any) -> None:
    kinds.stopped.clear()
    job = queued("test.fails")
    runner.run(job.pk)
    found = state(acting, job)
    assert found.state == "failed"
    assert "secret" not in found.message
    assert "410799" not in found.message
    assert "任务编号" in found.message
    assert chunks(acting, job) == [0]
    assert kinds.stopped == [job.pk]
    told = queued("test.fails", told=True)
    runner.run(told.pk)
    assert state(acting, told).message == "文件打不开"


def test_too_many_attempts_without_progress_fail(queued: Any, acting: Any) -> None:
    job = queued(chunks=1)
    with acting():
        Job.objects.filter(pk=job.pk).update(attempt=4)
    runner.run(job.pk)
    assert state(acting, job).state == "failed"
    assert chunks(acting, job) == []


@pytest.mark.parametrize("loss", ["ended", "disabled", "role"])
def test_the_right_is_asked_again_when_the_job_runs(queued: Any, appoint: Any, acting: Any, loss: str) -> None:
    user = appoint("clerk", YANJIN)
    job = queued("test.guarded", user=user)
    if loss == "ended":
        user.acting.valid_from = user.acting.valid_to = user.acting.valid_from.replace(year=2019, month=2)
        user.acting.save()
    elif loss == "disabled":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        type(user.acting).objects.filter(pk=user.acting.pk).update(role="finance")
    runner.run(job.pk)
    assert state(acting, job).state == "failed"
    assert chunks(acting, job) == []


def test_a_moved_appointment_does_not_reach_the_old_place(queued: Any, appoint: Any, acting: Any) -> None:
    user = appoint("clerk", YANJIN)
    job = queued("test.guarded", user=user)
    type(user.acting).objects.filter(pk=user.acting.pk).update(division_id=SECOND)
    runner.run(job.pk)
    assert state(acting, job).state == "failed"


def test_house_work_runs_without_anybody(acting: Any, db: None) -> None:
    with acting(YANJIN):
        job = services.enqueue("test.house", division=YANJIN)
    assert job.requested_by_id is None
    runner.run(job.pk)
    assert (state(acting, job).state, state(acting, job).message) == ("done", "好了")


def test_enqueue_needs_a_scope_that_covers_the_place(acting: Any, db: None) -> None:
    with pytest.raises(ScopeNotOpen):
        services.enqueue("test.house", division=YANJIN)
    with acting(SECOND), pytest.raises(Exception, match="row-level security"):
        services.enqueue("test.house", division=YANJIN)


def test_once_returns_the_queued_twin_and_another_after_it_started(queued: Any, appoint: Any) -> None:
    user = appoint("clerk", YANJIN)
    first = queued(user=user, chunks=1)
    assert queued(user=user, chunks=1).pk == first.pk
    assert queued(user=user, chunks=2).pk != first.pk
    leases.claim(first.pk, seconds=60)
    assert queued(user=user, chunks=1).pk != first.pk


def test_a_twin_just_asked_for_cannot_start_before_the_asker_commits(committed: User) -> None:
    scope = scope_for(committed.acting, write=True, source="command")
    with open_scope(scope):
        job = services.enqueue("test.house", division=YANJIN, params={"n": 77})
    found: list[Any] = []

    def claim_elsewhere() -> None:
        found.append(leases.claim(job.pk, seconds=60))
        connections.close_all()

    with open_scope(scope):
        assert services.enqueue("test.house", division=YANJIN, params={"n": 77}).pk == job.pk
        worker = threading.Thread(target=claim_elsewhere)
        worker.start()
        worker.join()
    assert found == [None]
    assert leases.claim(job.pk, seconds=60) is not None


def test_jobs_of_another_county_are_invisible(queued: Any, acting: Any) -> None:
    job = queued(chunks=1)
    with acting(SECOND):
        assert not Job.objects.filter(pk=job.pk).exists()
    with acting(VILLAGE):
        assert not Job.objects.filter(pk=job.pk).exists()


def test_claiming_leaves_the_callers_settings_alone(queued: Any, acting: Any) -> None:
    job = queued(chunks=1)
    with acting(SECOND, write=False):
        leases.claim(job.pk, seconds=60)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('app.write'), current_setting('app.act'), current_setting('app.lo')")
            assert cursor.fetchone() == ("off", "", str(SECOND))


def test_the_registry_refuses_what_it_cannot_explain() -> None:
    def nameless(job: Job) -> Iterator[Step]:
        yield Step()

    def other(job: Job) -> Iterator[Step]:
        """Another one."""
        yield Step()

    with pytest.raises(ImproperlyConfigured, match="docstring"):
        registry.kind("test.nameless", label="无")(nameless)
    with pytest.raises(ImproperlyConfigured, match="label"):
        registry.kind("test.nameless", label="")(other)
    with pytest.raises(ImproperlyConfigured, match="two kinds"):
        registry.kind("test.count", label="又一个")(other)
