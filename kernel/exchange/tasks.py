"""Celery's doorway: clearing what is no longer needed."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from kernel.exchange.services import discard_expired
from kernel.wall.scope import everywhere

KEEP_DAYS = 30


@shared_task(name="exchange.discard_expired")
def discard_old_files() -> int:
    """Uploaded files hold identity numbers: they go after `settings.EXCHANGE_KEEP_DAYS` (30) days."""
    days = getattr(settings, "EXCHANGE_KEEP_DAYS", KEEP_DAYS)
    with everywhere(reason="exchange.discard_expired", write=True):
        return discard_expired(before=timezone.now() - timedelta(days=days))
