"""The list of work and one job, as pages and in the terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kernel.jobs import runner, services
from kernel.jobs.models import Job
from kernel.jobs.terminal import JobUnfinished, bar, wait_for
from kernel.wall.scope import EVERYWHERE, Scope

YANJIN, SECOND, VILLAGE = 410726000000, 410799000000, 410726101203


@pytest.fixture
def job(appoint: Any, acting: Any) -> Job:
    with acting(appoint("clerk", YANJIN)):
        return services.enqueue("test.count", division=YANJIN, params={"chunks": 2})


def test_the_list_and_the_job_with_its_bar(job: Job, client_as: Any, acting: Any) -> None:
    client = client_as("clerk", YANJIN)
    text = client.get(reverse("jobs:list")).content.decode()
    assert "数数" in text
    assert str(job.uid) in text
    page = client.get(reverse("jobs:detail", args=[job.uid])).content.decode()
    assert f'data-poll="{reverse("jobs:progress", args=[job.uid])}"' in page
    assert "取消任务" in page
    state = client.get(reverse("jobs:progress", args=[job.uid])).json()
    assert (state["finished"], state["text"]) == (False, "排队中")
    runner.run(job.pk)
    state = client.get(reverse("jobs:progress", args=[job.uid])).json()
    assert (state["finished"], state["done"], state["total"]) == (True, 2, 2)
    assert state["url"] == reverse("jobs:detail", args=[job.uid])
    assert "data-poll" not in client.get(state["url"]).content.decode()


def test_cancel_and_retry_from_the_page(job: Job, client_as: Any, acting: Any) -> None:
    client = client_as("township", 410726101000)
    assert client.post(reverse("jobs:cancel", args=[job.uid])).status_code == 404
    client = client_as("clerk", YANJIN)
    assert client.get(reverse("jobs:cancel", args=[job.uid])).status_code == 405
    client.post(reverse("jobs:cancel", args=[job.uid]))
    with acting():
        assert Job.objects.get(pk=job.pk).state == "cancelled"
    again = client.post(reverse("jobs:cancel", args=[job.uid]), follow=True).content.decode()
    assert "任务已经结束，不能取消" in again
    client.post(reverse("jobs:retry", args=[job.uid]))
    with acting():
        assert Job.objects.get(pk=job.pk).state == "queued"


def test_who_may_look(job: Job, client_as: Any) -> None:
    detail = reverse("jobs:detail", args=[job.uid])
    assert client_as("clerk", SECOND).get(detail).status_code == 404
    assert client_as("village", VILLAGE).get(detail).status_code == 403
    auditor = client_as("auditor", YANJIN)
    assert "取消任务" not in auditor.get(detail).content.decode()
    assert auditor.post(reverse("jobs:cancel", args=[job.uid])).status_code == 403


def test_the_list_costs_the_same_for_more_rows(job: Job, client_as: Any, acting: Any, appoint: Any) -> None:
    client = client_as("clerk", YANJIN)
    client.get(reverse("jobs:list"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("jobs:list"))
    user = appoint("clerk", YANJIN)
    with acting(user):
        for number in range(10):
            services.enqueue("test.count", division=YANJIN, params={"chunks": number + 10})
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("jobs:list"))
    assert len(many) == len(few)


def test_the_terminal_waits_and_tells(job: Job, acting: Any) -> None:
    runner.run(job.pk)
    out = io.StringIO()
    done = wait_for(job, scope=Scope(*EVERYWHERE), stream=out)
    assert done.state == "done"
    assert "100%" in out.getvalue()
    with acting():
        failed = services.enqueue("test.fails", division=YANJIN, params={"told": True})
    runner.run(failed.pk)
    with pytest.raises(JobUnfinished, match="文件打不开"):
        wait_for(failed, scope=Scope(*EVERYWHERE), stream=io.StringIO())
    with acting():
        waiting = services.enqueue("test.count", division=YANJIN, params={"chunks": 5})
    with pytest.raises(JobUnfinished, match="排队中"):
        wait_for(waiting, scope=Scope(*EVERYWHERE), stream=io.StringIO(), timeout=0.1, every=0.05)


def test_the_bar_fits_its_line() -> None:
    job = Job(kind="test.count", state="running", done=1500, total=4064)
    assert "37%" in bar(job, 100)
    assert "已处理 1,500 / 4,064" in bar(job, 100)
    assert sum(1 if ord(each) < 0x2E80 else 2 for each in bar(job, 40)) <= 40
