"""`manage.py texts`: collect message ids into locale/en, keep translations, compile; says what is untranslated."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from kernel.web.texts import update


class Command(BaseCommand):
    help = "Updates and compiles the English catalogue from code and templates (developers; needs Babel)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        ids, missing = update()
        self.stdout.write(f"{ids} texts, {missing} without English")
