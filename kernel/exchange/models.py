"""`Upload`: one file on its way in. `StagedRow`: one of its rows, cleaned, judged, not yet written anywhere else."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.accounts.models import User
from kernel.divisions.models import Division
from kernel.jobs.models import Job
from kernel.records.models import Placed


class UploadQuerySet(models.QuerySet["Upload"]):
    """Named reads of uploads."""

    def newest(self) -> UploadQuerySet:
        """Newest first."""
        return self.order_by("-pk")


class Upload(Placed):
    """One workbook handed in for one importer, lying in the division of who sent it. Legal basis: the importer's own.

    The file rests encrypted under `stored`; nothing of it is written to business tables before `committed`.
    `committed_act` is the act of the committing transaction: history and `act` columns tell exactly what it wrote.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("已接收")
        READING = "reading", _("检查中")
        READY = "ready", _("待提交")
        COMMITTING = "committing", _("提交中")
        COMMITTED = "committed", _("已提交")
        UNDONE = "undone", _("已撤销")
        FAILED = "failed", _("未通过")
        CANCELLED = "cancelled", _("已取消")

    uid = models.UUIDField(_("编号"), default=uuid.uuid4, unique=True, editable=False)
    importer = models.CharField(_("模板"), max_length=60)
    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(_("文件摘要"), max_length=64)
    size = models.PositiveIntegerField(_("字节数"))
    stored = models.CharField(_("存放处"), max_length=100, editable=False)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.RECEIVED)
    sheet = models.CharField(_("工作表"), max_length=100, blank=True)
    heading_row = models.PositiveIntegerField(_("标题行"), default=0)
    columns = models.JSONField(_("各列"), default=list, blank=True)
    unknown = models.JSONField(_("不认识的列"), default=list, blank=True)
    unknown_ignored = models.BooleanField(_("已同意忽略不认识的列"), default=False)
    problems = models.JSONField(_("文件问题"), default=list, blank=True)
    rows = models.PositiveIntegerField(_("行数"), default=0)
    new = models.PositiveIntegerField(_("新增"), default=0)
    changed = models.PositiveIntegerField(_("更新"), default=0)
    same = models.PositiveIntegerField(_("无变化"), default=0)
    error = models.PositiveIntegerField(_("错误"), default=0)
    stale = models.PositiveIntegerField(_("预览后已变"), default=0)
    hidden_rows = models.PositiveIntegerField(_("隐藏行"), default=0)
    written = models.PositiveIntegerField(_("写入行数"), default=0)
    message = models.CharField(_("说明"), max_length=300, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("上传人"))
    created_at = models.DateTimeField(_("上传时间"), default=timezone.now)
    committed_at = models.DateTimeField(_("提交时间"), null=True)
    committed_act = models.BigIntegerField(_("提交操作"), null=True, editable=False)
    job = models.ForeignKey(
        Job, models.PROTECT, null=True, db_constraint=False, related_name="+", verbose_name=_("后台任务")
    )

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("导入文件")
        verbose_name_plural = pgettext_lazy("plural", "导入文件")
        default_permissions = ("view", "add", "commit", "undo")
        indexes = [models.Index(fields=["village", "id"], name="exchange_upload_village")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        """Whether it may still be cancelled: nothing has been written."""
        return self.state in {self.State.RECEIVED, self.State.READING, self.State.READY}

    @property
    def blocked_by_unknown(self) -> bool:
        """Whether somebody must first agree to leave columns out."""
        return bool(self.unknown) and not self.unknown_ignored

    @property
    def may_commit(self) -> bool:
        """Whether there is something to write and nothing in the way."""
        return self.state == self.State.READY and not self.blocked_by_unknown and self.new + self.changed > 0


class StagedRow(Placed):
    """One row of an upload: cleaned values (sealed ones as ciphertext), verdict, targets and their versions at that time."""

    class Verdict(models.TextChoices):
        NEW = "new", _("新增")
        CHANGED = "changed", _("更新")
        SAME = "same", _("无变化")
        ERROR = "error", _("错误")
        STALE = "stale", _("预览后已变")

    # A key check a row would cost as much as the row: a statement trigger (migration 0002) checks each batch against
    # the uploads, place included, so no staged row can hang on another division's upload.
    village = models.ForeignKey(
        Division, models.PROTECT, related_name="+", verbose_name=_("所属区划"), db_index=False, db_constraint=False
    )
    upload_id = models.BigIntegerField(_("导入文件"))
    number = models.PositiveIntegerField(_("行号"))
    verdict = models.CharField(_("结论"), max_length=8, choices=Verdict.choices)
    data = models.JSONField(_("内容"), default=dict)
    target_ids = ArrayField(models.BigIntegerField(null=True), verbose_name=_("对应记录"), default=list)
    target_versions = ArrayField(models.IntegerField(null=True), verbose_name=_("对应版本"), default=list)
    diff = models.JSONField(_("变化"), null=True)
    problems = models.JSONField(_("问题"), null=True)
    chosen = models.BooleanField(_("选中"), default=True, db_default=True)

    class Meta:
        verbose_name = _("待导入行")
        verbose_name_plural = pgettext_lazy("plural", "待导入行")
        default_permissions = ()
        indexes = [models.Index(fields=["upload_id", "number"], name="exchange_stagedrow_upload")]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.number}"
