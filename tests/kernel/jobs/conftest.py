"""The test-only kinds are registered before any job test runs, and tests with a real worker commit for real."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from kernel.accounts.models import Appointment, User
from kernel.jobs.models import Job
from kernel.wall.scope import EVERYWHERE, Scope, open_scope
from tests.kernel.jobs import kinds  # noqa: F401 -- intended: registers

YANJIN = 410726000000


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    """A clerk whose work is really committed, for tests with a second connection or process; cleaned up afterwards."""
    with django_db_blocker.unblock():
        user = User.objects.create_user("jobs-clerk", "Yanjin-2020!", full_name="测试经办", home_id=YANJIN)
        user.acting = Appointment.objects.create(
            user=user, role="clerk", division_id=YANJIN, valid_from=dt.date(2019, 1, 1)
        )
        yield user
        with open_scope(Scope(*EVERYWHERE, write=True, source="command")):
            Job.objects.all().delete()
            user.appointments.all().delete()
            user.delete()
