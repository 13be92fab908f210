"""Filling a county the way a county fills itself: set-up, workbooks through the importers, terms, Celery's recalculation."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kernel.accounts.models import User
from kernel.accounts.scopes import scope_for
from kernel.clock import default_year
from kernel.divisions.models import Division
from kernel.exchange.models import Upload
from kernel.exchange.services import preview, receive_upload, request_commit
from kernel.jobs.models import Job
from kernel.jobs.terminal import JobUnfinished, wait_for
from kernel.wall.scope import Scope, open_scope
from labour.models import StaleMark
from labour.services.county import set_up_county
from subsidies.loading import load_schemes

WORKBOOKS = {"用工主体.xlsx": "labour.employers", "人员信息.xlsx": "labour.people", "务工月监测.xlsx": "labour.spells"}
"""File name -> importer, in the order that each finds what it refers to."""
SETTLE_SECONDS = 180.0


@dataclass(frozen=True)
class Filler:
    """Fills one county under its clerk's own appointment; `out` gets the progress."""

    county: Division
    clerk: User
    out: TextIO

    def _scope(self, *, write: bool) -> Scope:
        appointment = self.clerk.appointments.select_related("division").get()
        return scope_for(appointment, write=write, source="command", reason="demo")

    def set_up(self) -> None:
        """Standards, code lists, the register from last year on, and the two award schemes."""
        with open_scope(self._scope(write=True)):
            set_up_county(division=self.county, first_year=default_year())
            load_schemes(county=self.county)

    def take_in(self, workbooks: Mapping[str, Path]) -> None:
        """Every workbook through its importer: received, read by the worker, committed by the worker, then settled."""
        for name, importer in WORKBOOKS.items():
            if not self._done(importer):
                self._take_in(workbooks[name], importer)
        self._wait_until_settled()

    def _done(self, importer: str) -> bool:
        with open_scope(self._scope(write=False)):
            return Upload.objects.filter(importer=importer, state=Upload.State.COMMITTED).exists()

    def _take_in(self, path: Path, importer: str) -> None:
        with open_scope(self._scope(write=True)):
            upload = receive_upload(
                content=path.read_bytes(), file_name=path.name, importer=importer, division=self.county
            )
        self._wait(upload)
        with open_scope(self._scope(write=True)):
            upload.refresh_from_db()
            if upload.state != Upload.State.READY or upload.error:
                raise JobUnfinished(f"{path.name}: {upload.message or preview(upload)}")
            self.out.write(f"    {self.county} {path.name}: {preview(upload)}\n")
            upload = request_commit(upload=upload)
        self._wait(upload)

    def _wait(self, upload: Upload) -> None:
        if upload.job is not None:
            wait_for(upload.job, scope=self._scope(write=False), stream=self.out)

    def _wait_until_settled(self) -> None:
        end = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end:
            with open_scope(self._scope(write=False)):
                waiting = StaleMark.objects.exists()
                job = Job.objects.filter(kind__startswith="subsidies.").open().first()
            if job is not None:
                wait_for(job, scope=self._scope(write=False), stream=self.out)
            elif not waiting:
                return
            else:
                time.sleep(0.3)
        raise JobUnfinished("subsidies.settle")
