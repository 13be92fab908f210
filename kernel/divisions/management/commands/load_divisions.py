"""`manage.py load_divisions FILE`: the published list of divisions, a county's or the whole country's."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from kernel.divisions.services import load_divisions, read_division_file


class Command(BaseCommand):
    help = "Loads divisions from a UTF-8 CSV with the columns code, name[, level, parent_code]; rerunnable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--valid-from", type=date.fromisoformat, help="first day of the new divisions, YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"{path}: no such file")
        try:
            counts = load_divisions(rows=read_division_file(path), valid_from=options["valid_from"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write("  ".join(f"{name} {count}" for name, count in counts.items()))
