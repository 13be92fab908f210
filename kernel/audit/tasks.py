"""Celery's door to the chain."""

from __future__ import annotations

from celery import shared_task

from kernel.audit.chain import make_seal


@shared_task(name="audit.seal")
def seal() -> None:
    """Seal what was written since the last link."""
    make_seal()
