"""Reading one upload to the end: pre-flight, child, headings, cleaning, staging, judging. A generator of progress."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.divisions.codes import Range
from kernel.exchange import staging, storage
from kernel.exchange.cleaning import Cleaner
from kernel.exchange.headings import Headings, cell_problem, find_headings, letter
from kernel.exchange.importer import Importer
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.parsing import FileRefused, parsed
from kernel.exchange.plan import Plan
from kernel.exchange.preflight import examine
from kernel.exchange.registry import importer_for
from kernel.identity.problems import Problem
from kernel.jobs.registry import Step
from kernel.wall.scope import required_scope

State = Upload.State
NO_ROWS = Problem("file.no_rows", gettext_lazy("标题行下面没有数据"))


def read_upload(upload: Upload, *, resume_at: int = 0) -> Iterator[Step]:
    """Stage an upload and judge it against the registry; ends in state ready or failed.

    Runs inside the uploader's writing scope; between two steps the caller commits. `resume_at` is the cursor of the last
    committed step: parsed rows before it are staged already.
    """
    upload.state = State.READING
    upload.save(update_fields=["state"])
    if resume_at == 0:
        StagedRow.objects.filter(upload_id=upload.pk).delete()
    try:
        content = storage.fetch(upload.stored)
        problem = examine(content, upload.file_name)
        if problem is not None:
            raise FileRefused(problem)
        yield Step(0, 0, resume_at, _("正在读取文件"))
        with parsed(content, sheet=importer_for(upload.importer).sheet) as frames:
            yield from _stage_frames(upload, frames, resume_at)
    except FileRefused as refusal:
        _fail(upload, [_file_problem(upload, refusal.problem)])
    except FileNotFoundError:
        _fail(upload, [_file_problem(upload, Problem("file.gone", _("文件已过期清除，请重新上传")))])


def _stage_frames(upload: Upload, frames: Iterator[dict[str, Any]], resume_at: int) -> Iterator[Step]:
    book, scan = next(frames)["book"], next(frames)["scan"]
    first = next(frames, None)
    declared = importer_for(upload.importer)
    if first is None:
        raise FileRefused(NO_ROWS)
    top_rows = list(zip(*(column[:20] for column in first["rows"][1]), strict=True))
    headings = find_headings(declared, top_rows, sheet=book["sheet"], top=book["top"], left=book["left"])
    upload.sheet, upload.hidden_rows = book["sheet"], scan["hidden"]
    upload.heading_row = book["top"] + headings.row + 1
    upload.unknown = headings.unknown
    upload.columns = _columns(declared, headings, book["left"])
    if headings.problems:
        _fail(upload, headings.problems)
        return
    upload.save()
    importer = _opened(upload, declared)
    cleaner = Cleaner(importer, headings, sheet=book["sheet"], top=book["top"], left=book["left"], scan=scan)
    if resume_at:
        cleaner.seen = staging.staged_keys(upload, declared)
    plan = Plan(declared, cleaner.present)
    rest = (frame["rows"] for frame in chain([first], frames) if _end(frame["rows"]) > resume_at)
    for end in _overlap(cleaner, staging.Stager(upload, plan), rest):
        done = max(0, end - headings.row - 1)
        yield Step(done, max(done, book["height"] - headings.row - 1), end, _("正在检查"))
    _conclude(upload, importer, plan)


def _end(rows: list[Any]) -> int:
    """Number of the first parsed row after a frame."""
    return int(rows[0]) + len(rows[1][0])


def _overlap(cleaner: Cleaner, stager: staging.Stager, frames: Iterator[list[Any]]) -> Iterator[int]:
    """Clean one frame while the database takes the one before; the end of each frame once it is staged.

    The other thread is idle whenever this generator is: the caller may commit. Cleaning makes no queries.
    """
    with ThreadPoolExecutor(1) as other:
        staged: Future[None] | None = None
        end = 0
        for frame in frames:
            lines, _count = cleaner.lines(*frame)
            if staged is not None:
                staged.result()
                yield end
            end = _end(frame)
            staged = other.submit(stager.stage, connection.cursor(), lines)
        if staged is not None:
            staged.result()
            yield end


def _opened(upload: Upload, declared: type[Importer]) -> Importer:
    scope = required_scope()
    importer = declared(Range(scope.lo, scope.hi), upload.county)
    importer.prepare(upload)
    return importer


def _columns(declared: type[Importer], headings: Headings, left: int) -> list[dict[str, str]]:
    known = sorted(headings.known.items(), key=lambda pair: pair[1])
    return [{"field": name, "letter": letter(left + at), "title": declared.column(name).title} for name, at in known]


def _conclude(upload: Upload, importer: Importer, plan: Plan) -> None:
    """After the last row: parents that are missing, the importer's own checks, the counts."""
    staging.refuse_orphans(upload, plan)
    staging.refuse_outdated(upload, plan)
    importer.after_staging(upload)
    counts = staging.count_verdicts(upload)
    upload.rows = sum(counts.values())
    if not upload.rows:
        _fail(upload, [_file_problem(upload, NO_ROWS)])
        return
    upload.new, upload.changed = counts["new"], counts["changed"]
    upload.same, upload.error = counts["same"], counts["error"]
    upload.state = State.READY
    upload.message = summary(upload)
    upload.save()


def summary(upload: Upload) -> str:
    """新增 4 · 更新 2 · 无变化 1 · 错误 3."""
    text = _("新增 %(new)s · 更新 %(changed)s · 无变化 %(same)s · 错误 %(error)s")
    return text % {
        "new": f"{upload.new:,}",
        "changed": f"{upload.changed:,}",
        "same": f"{upload.same:,}",
        "error": f"{upload.error:,}",
    }


def _file_problem(upload: Upload, problem: Problem) -> dict[str, str]:
    return cell_problem(sheet=upload.sheet, cell="", column="", code=problem.code, message=problem.message)


def _fail(upload: Upload, problems: list[dict[str, str]]) -> None:
    upload.state = State.FAILED
    upload.problems = problems
    upload.message = problems[0]["message"][:300]
    upload.save()
