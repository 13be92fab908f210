"""`manage.py load_demo`: the demo's counties, logins and API client; finished steps are not done again."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kernel.accounts.models import User
from kernel.divisions.models import Division
from kernel.divisions.services import load_divisions, read_division_file
from kernel.jobs.terminal import JobUnfinished
from kernel.wall.scope import EVERYWHERE, Scope, open_scope
from yanjin.demo.county import WORKBOOKS, Filler
from yanjin.demo.logins import COUNTY, SECOND_COUNTY, make_client, make_logins
from yanjin.demo.second_county import write_workbooks

DATA = Path(__file__).resolve().parents[2] / "data"


class Command(BaseCommand):
    help = "Loads the demo counties through the importers and services that a county uses (needs a running worker)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        port = os.environ.get("YANJIN_PORT", "8000")
        parser.add_argument("--url", default=f"http://127.0.0.1:{port}", help="address that scripts will use")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.YANJIN_MODE == "production":
            raise CommandError("load_demo is for demo and test systems; YANJIN_MODE is production")
        with open_scope(Scope(*EVERYWHERE, write=True, source="command", reason="demo")):
            for name in ("divisions_410726.csv", "divisions_410799.csv"):
                load_divisions(rows=read_division_file(DATA / name))
            logins = make_logins()
            client = make_client(settings.YANJIN_VAR / "demo-client.json", options["url"])
        second = write_workbooks(settings.YANJIN_VAR / "demo-workbooks")
        yanjin = {name: DATA / "yanjin_2019" / name for name in WORKBOOKS}
        try:
            for code, clerk, workbooks in ((COUNTY, "clerk", yanjin), (SECOND_COUNTY, "second", second)):
                filler = Filler(
                    Division.objects.get(pk=code),
                    User.objects.get(username=clerk),
                    sys.stdout,
                )
                filler.set_up()
                filler.take_in(workbooks)
        except JobUnfinished as error:
            raise CommandError(str(error)) from error
        self._write({"url": options["url"], "logins": logins, "api": client})

    def _write(self, demo: dict[str, Any]) -> None:
        path = settings.YANJIN_VAR / "demo.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(demo, ensure_ascii=False, indent=1), encoding="utf-8")
