"""`Job`: the row is the work; the broker only rings."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.accounts.models import Appointment, User
from kernel.records.models import Placed

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class JobQuerySet(models.QuerySet["Job"]):
    """Named reads of jobs."""

    def open(self) -> JobQuerySet:
        """Not finished yet."""
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])

    def held(self, token: uuid.UUID) -> JobQuerySet:
        """Running under this lease; empty for a holder whose lease went to somebody else."""
        return self.filter(state=Job.State.RUNNING, lease_token=token)


class Job(Placed):
    """One piece of background work: what (kind, params), where (division), for whom, how far, with what result.

    Written in the transaction of its cause. `lease_token` says who works on it; only that holder may write progress.
    `attempt` counts claims without progress. `cursor` is where the next holder goes on.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("处理中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")
        CANCELLED = "cancelled", _("已取消")

    uid = models.UUIDField(_("编号"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("种类"), max_length=60)
    params = models.JSONField(_("参数"), default=dict, blank=True)
    params_hash = models.CharField(_("参数摘要"), max_length=64)
    once = models.BooleanField(_("排队时不重复"), default=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.QUEUED)
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发起人")
    )
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发起岗位")
    )
    lease_token = models.UUIDField(_("占用标记"), null=True, editable=False)
    lease_until = models.DateTimeField(_("占用至"), null=True, editable=False)
    attempt = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    cursor = models.JSONField(_("进度位置"), null=True, blank=True)
    done = models.PositiveIntegerField(_("已处理"), default=0)
    total = models.PositiveIntegerField(_("总数"), default=0)
    message = models.CharField(_("说明"), max_length=300, blank=True)
    result = models.JSONField(_("结果"), default=dict, blank=True)
    cancel_requested = models.BooleanField(_("已要求取消"), default=False)
    created_at = models.DateTimeField(_("建立时间"), default=timezone.now, db_default=Now())
    started_at = models.DateTimeField(_("开始时间"), null=True)
    finished_at = models.DateTimeField(_("结束时间"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("后台任务")
        verbose_name_plural = pgettext_lazy("plural", "后台任务")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "village", "params_hash"],
                condition=Q(state="queued", once=True),
                name="jobs_job_queued_once",
                violation_error_message=_("同样的任务已在排队"),
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_token__isnull=False, lease_until__isnull=False)
                | ~Q(state="running"),
                name="jobs_job_running_leased",
                violation_error_message=_("处理中的任务必须有占用标记"),
            ),
        ]
        indexes = [
            models.Index(fields=["village", "id"], name="jobs_job_village"),
            models.Index(fields=["id"], name="jobs_job_open", condition=Q(state__in=["queued", "running"])),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.get_state_display()}"

    @property
    def label(self) -> str | _StrPromise:
        """What the kind calls itself; its code when the kind no longer exists."""
        return label_of(self.kind)

    @property
    def is_open(self) -> bool:
        """Queued or running."""
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    @property
    def progress_text(self) -> str:
        """One line for a progress bar."""
        if self.state == self.State.RUNNING and self.total:
            return str(_("已处理 %(done)s / %(total)s")) % {"done": f"{self.done:,}", "total": f"{self.total:,}"}
        return self.message or str(self.get_state_display())


_labels: dict[str, Any] = {}


def label_of(kind: str) -> Any:
    """Label registered for a kind, else its code. Filled by the registry, which may import this module but not reverse."""
    return _labels.get(kind, kind)


def remember_label(kind: str, label: Any) -> None:
    """Called by the registry."""
    _labels[kind] = label
