"""Work on uploads that may take longer than a request."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.exchange import services
from kernel.exchange.models import Upload
from kernel.exchange.reading import read_upload
from kernel.exchange.registry import importer_for
from kernel.jobs.models import Job
from kernel.jobs.registry import JobFailed, Step, kind

State = Upload.State


def _upload_of(job: Job) -> Upload:
    upload = Upload.objects.filter(pk=job.params["upload"]).first()
    if upload is None:
        raise JobFailed(_("上传的文件已不在"))
    if not services.permitted(importer_for(upload.importer)):
        raise JobFailed(_("您的岗位已不能使用这个导入模板"))
    return upload


def _reading_stopped(job: Job) -> None:
    """Cancelled or failed while reading: nothing was written, nothing stays staged."""
    upload = Upload.objects.filter(pk=job.params["upload"]).first()
    if upload is None or upload.state not in {State.RECEIVED, State.READING}:
        return
    if job.state == Job.State.CANCELLED:
        services.close_upload(upload, State.CANCELLED, _("已取消，未写入任何数据"))
    else:
        services.close_upload(upload, State.FAILED, job.message)


def _commit_stopped(job: Job) -> None:
    """A commit that did not happen leaves the upload ready, with the reason."""
    message = _("已取消，未写入任何数据") if job.state == Job.State.CANCELLED else job.message
    Upload.objects.filter(pk=job.params["upload"], state=State.COMMITTING).update(state=State.READY, message=message)


def _undo_stopped(job: Job) -> None:
    """An undo that did not happen leaves the import as it is, with the reason."""
    Upload.objects.filter(pk=job.params["upload"], state=State.COMMITTED).update(message=job.message)


@kind("exchange.read", label=gettext_lazy("检查导入文件"), permission="exchange.add_upload", stopped=_reading_stopped)
def read(job: Job) -> Generator[Step, None, dict[str, Any]]:
    """Parse, clean, stage and judge an uploaded workbook."""
    upload = _upload_of(job)
    if upload.state not in {State.RECEIVED, State.READING}:
        return {"message": upload.message}
    yield from read_upload(upload, resume_at=job.cursor or 0)
    return {"message": upload.message}


@kind(
    "exchange.commit",
    label=gettext_lazy("写入导入数据"),
    permission="exchange.commit_upload",
    lease=600,
    stopped=_commit_stopped,
)
def commit(job: Job) -> Generator[Step, None, dict[str, Any]]:
    """Write an upload's chosen rows, all or nothing, in one step."""
    upload = _upload_of(job)
    yield Step(0, 1, None, _("正在写入"))
    try:
        upload = services.commit_upload(upload=upload)
    except (services.CommitRefused, services.NotNow) as refusal:
        raise JobFailed(str(refusal)) from refusal
    return {"message": upload.message, "rows": upload.written}


@kind(
    "exchange.undo", label=gettext_lazy("撤销导入"), permission="exchange.undo_upload", lease=600, stopped=_undo_stopped
)
def undo(job: Job) -> Iterator[Step]:
    """Take an import back, all or nothing, in one step."""
    upload = _upload_of(job)
    yield Step(0, 1, None, _("正在撤销"))
    try:
        services.undo_upload(upload=upload)
    except (services.UndoRefused, services.NotNow) as refusal:
        raise JobFailed(str(refusal)) from refusal
