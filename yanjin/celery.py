"""Celery: the bell. The list of work is in the database (`kernel.jobs`)."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yanjin.settings")

app = Celery("yanjin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["kernel.jobs", "kernel.exchange", "kernel.audit", "labour", "subsidies", "headquarters"])

app.conf.beat_schedule = {
    "jobs.sweep": {"task": "jobs.sweep", "schedule": 30.0},
    "subsidies.settle_marks": {"task": "subsidies.settle_marks", "schedule": 20.0},
    "audit.seal": {"task": "audit.seal", "schedule": 60.0},
    "exchange.discard_expired": {"task": "exchange.discard_expired", "schedule": crontab(hour=3, minute=40)},
    "headquarters.nightly": {"task": "headquarters.nightly", "schedule": crontab(hour=2, minute=10)},
}
