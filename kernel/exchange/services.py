"""What people do with a workbook: hand it in, choose, commit, undo, cancel, get it back annotated."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from pathlib import PurePath

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kernel.accounts.roles import may
from kernel.audit.services import record
from kernel.divisions.models import Division
from kernel.exchange import storage, writing
from kernel.exchange.importer import Importer
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.preflight import examine
from kernel.exchange.reading import summary
from kernel.exchange.registry import importer_for
from kernel.exchange.writing import CommitRefused, UndoRefused
from kernel.identity.problems import Problem
from kernel.jobs import services as jobs
from kernel.wall.scope import required_scope, say_why

__all__ = [
    "CommitRefused",
    "NotNow",
    "UndoRefused",
    "UploadRefused",
    "cancel_upload",
    "choose_rows",
    "commit_upload",
    "discard_expired",
    "ignore_unknown_columns",
    "read_upload_later",
    "receive_upload",
    "request_commit",
    "request_undo",
    "undo_upload",
]

State = Upload.State


class UploadRefused(Exception):
    """The file is not taken; `problem` says what it is and the cure. Nothing was kept."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem.message))
        self.problem = problem


class NotNow(Exception):
    """The upload is in a state that does not allow this; the message says which."""


def permitted(importer: type[Importer]) -> bool:
    """Whether the acting role may import with this importer; the system itself may."""
    scope = required_scope()
    return not scope.role or may(scope.role, importer.permission)


@transaction.atomic
def receive_upload(
    *, content: bytes, file_name: str, importer: str, division: Division | int, read: bool = True
) -> Upload:
    """Keep a file (encrypted) and put its reading on the list of work. Raises UploadRefused, PermissionError, KeyError.

    `read=False` leaves the reading to the caller (`kernel.exchange.reading.read_upload`).
    """
    declared = importer_for(importer)
    if not permitted(declared):
        raise PermissionError(importer)
    name = PurePath(file_name.replace("\\", "/")).name[-200:] or "workbook.xlsx"
    problem = examine(content, name)
    if problem is not None:
        raise UploadRefused(problem)
    scope = required_scope()
    upload = Upload.objects.create(
        village_id=division if isinstance(division, int) else division.pk,
        importer=importer,
        file_name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        stored=storage.keep(content),
        created_by_id=scope.actor,
    )
    upload.refresh_from_db()
    record("import.receive", obj=upload, detail={"importer": importer, "sha256": upload.sha256, "bytes": upload.size})
    if read:
        read_upload_later(upload=upload)
    return upload


def read_upload_later(*, upload: Upload) -> Upload:
    """Put the reading on the list of work."""
    upload.job = jobs.enqueue("exchange.read", division=upload.village_id, params={"upload": upload.pk}, once=False)
    upload.save(update_fields=["job"])
    return upload


def _locked(upload: Upload, *states: str) -> Upload:
    current = Upload.objects.select_for_update().get(pk=upload.pk)
    if current.state not in states:
        raise NotNow(_("这份文件现在是“%(state)s”，不能进行这项操作") % {"state": current.get_state_display()})
    return current


@transaction.atomic
def ignore_unknown_columns(*, upload: Upload) -> Upload:
    """Agree to leave the columns out that the importer does not know."""
    current = _locked(upload, State.READY)
    current.unknown_ignored = True
    current.save(update_fields=["unknown_ignored"])
    return current


@transaction.atomic
def choose_rows(*, upload: Upload, numbers: Iterable[int], chosen: bool) -> int:
    """Take rows into the commit or leave them out; how many changed. Rows with errors cannot be chosen."""
    current = _locked(upload, State.READY)
    rows = StagedRow.objects.filter(upload_id=current.pk, number__in=list(numbers), verdict__in=["new", "changed"])
    return rows.exclude(chosen=chosen).update(chosen=chosen)


@transaction.atomic
def request_commit(*, upload: Upload) -> Upload:
    """Put the commit on the list of work. Raises NotNow or CommitRefused."""
    current = _locked(upload, State.READY)
    _demand_committable(current)
    current.state = State.COMMITTING
    current.job = jobs.enqueue(
        "exchange.commit", division=current.village_id, params={"upload": current.pk}, once=False
    )
    current.save(update_fields=["state", "job"])
    return current


def _demand_committable(upload: Upload) -> None:
    if upload.blocked_by_unknown:
        raise CommitRefused(_("有不认识的列，请先勾选“忽略此列”或改正标题"))
    if not StagedRow.objects.filter(upload_id=upload.pk, chosen=True, verdict__in=["new", "changed"]).exists():
        raise CommitRefused(_("没有需要写入的行"))


@transaction.atomic
def commit_upload(*, upload: Upload, chosen: Iterable[int] | None = None) -> Upload:
    """Write the chosen rows (all new and changed ones by default; `chosen` names row numbers), in this transaction.

    Raises NotNow, CommitRefused (nothing written), PermissionError. Rows that moved on since the preview are left out
    and counted in `stale`.
    """
    current = _locked(upload, State.READY, State.COMMITTING)
    importer = importer_for(current.importer)
    if not permitted(importer):
        raise PermissionError(importer.code)
    if chosen is not None:
        numbers = set(chosen)
        rows = StagedRow.objects.filter(upload_id=current.pk, verdict__in=["new", "changed"])
        rows.exclude(number__in=numbers).update(chosen=False)
        rows.filter(number__in=numbers).update(chosen=True)
    _demand_committable(current)
    # An act of its own, so that undoing finds exactly what this commit wrote.
    say_why(f"import.commit {importer.code} {current.uid}")
    current.written = writing.write_rows(current, importer)
    current.stale = StagedRow.objects.filter(upload_id=current.pk, verdict=StagedRow.Verdict.STALE).count()
    current.committed_act = writing.current_act()
    current.committed_at = timezone.now()
    current.state = State.COMMITTED
    text = _("已写入 %(n)s 行") % {"n": f"{current.written:,}"}
    if current.stale:
        text += _("；%(n)s 行在预览后已被他人修改，未写入") % {"n": f"{current.stale:,}"}
    current.message = text
    importer_span(current, importer).after_commit(current)
    current.save()
    record(
        "import.commit",
        obj=current,
        rows=current.written,
        detail={"importer": importer.code, "sha256": current.sha256, "stale": current.stale},
    )
    return current


def importer_span(upload: Upload, importer: type[Importer]) -> Importer:
    """An importer opened on the present scope."""
    scope = required_scope()
    return importer((scope.lo, scope.hi), upload.county)  # type: ignore[arg-type]


@transaction.atomic
def request_undo(*, upload: Upload) -> Upload:
    """Put the undo on the list of work."""
    current = _locked(upload, State.COMMITTED)
    current.job = jobs.enqueue("exchange.undo", division=current.village_id, params={"upload": current.pk})
    current.save(update_fields=["job"])
    return current


@transaction.atomic
def undo_upload(*, upload: Upload) -> Upload:
    """Take a committed import back as a whole. Raises NotNow, UndoRefused (nothing changed), PermissionError."""
    current = _locked(upload, State.COMMITTED)
    importer = importer_for(current.importer)
    if not permitted(importer):
        raise PermissionError(importer.code)
    say_why(f"import.undo {importer.code} {current.uid}")
    touched = writing.undo_rows(current, importer)
    current.state = State.UNDONE
    current.message = _("已撤销，恢复 %(n)s 条记录") % {"n": f"{touched:,}"}
    current.save()
    record("import.undo", obj=current, rows=touched, detail={"importer": importer.code})
    return current


@transaction.atomic
def cancel_upload(*, upload: Upload) -> Upload:
    """Give an upload up before it is written: staged rows and file are discarded. Raises NotNow.

    While a worker reads it, it is closed as soon as the worker has finished its present step.
    """
    current = _locked(upload, State.RECEIVED, State.READING, State.READY)
    if current.job is not None and current.job.is_open:
        jobs.cancel(job=current.job)
        current.refresh_from_db()
        if current.state == State.CANCELLED or current.job.is_open:
            return current
    return close_upload(current, State.CANCELLED, _("已取消，未写入任何数据"))


def close_upload(upload: Upload, state: str, message: str) -> Upload:
    """Discard what was staged and the file, and say why."""
    StagedRow.objects.filter(upload_id=upload.pk).delete()
    name = upload.stored
    transaction.on_commit(lambda: storage.discard(name))
    upload.state, upload.message = state, message
    upload.save(update_fields=["state", "message"])
    record("import.close", obj=upload, detail={"state": str(state)})
    return upload


@transaction.atomic
def discard_expired(*, before: dt.datetime) -> int:
    """Clear files and staged rows of uploads older than a moment; how many. The upload's line and its counts stay."""
    expired = list(Upload.objects.select_for_update().filter(created_at__lt=before).exclude(stored=""))
    names = [upload.stored for upload in expired]
    StagedRow.objects.filter(upload_id__in=[upload.pk for upload in expired]).delete()
    for upload in expired:
        upload.stored = ""
        if upload.is_open:
            upload.state, upload.message = State.CANCELLED, _("已取消，未写入任何数据")
    Upload.objects.bulk_update(expired, ["stored", "state", "message"])

    def discard() -> None:
        for name in names:
            storage.discard(name)

    transaction.on_commit(discard)
    return len(expired)


def preview(upload: Upload) -> str:
    """The counts as one line: 新增 4 · 更新 2 · 无变化 1 · 错误 3."""
    return summary(upload)
