from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from kernel.wall.history import mirror_histories
from kernel.wall.posture import check_posture
from kernel.wall.scope import translate_refusals


def watch(connection: Any, **_: Any) -> None:
    """Every new connection speaks of scopes in our words."""
    if translate_refusals not in connection.execute_wrappers:
        connection.execute_wrappers.append(translate_refusals)


class WallConfig(AppConfig):
    """Registers the start-up refusal and keeps history tables the shape of their tables after a migration."""

    name = "kernel.wall"
    label = "wall"

    def ready(self) -> None:
        register(Tags.database)(check_posture)
        connection_created.connect(watch, dispatch_uid="wall.watch")
        post_migrate.connect(mirror_histories, sender=self, dispatch_uid="wall.mirror_histories")
