"""The Celery app of the test worker: the project's, with the test kinds known."""

from yanjin.celery import app  # isort: skip

import django

django.setup()

from tests.kernel.jobs import kinds  # noqa: E402, F401 -- intended: registers after Django is ready

__all__ = ["app"]
