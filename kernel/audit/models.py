"""Acts (who wrote), events (what was done or refused), seals (the chain). Append-only; record ids, never values."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.audit.querysets import ActQuerySet, EventQuerySet


class Act(models.Model):
    """One scope and transaction that wrote something. Written by the database (`wall_act`), never by Python."""

    at = models.DateTimeField(_("时间"))
    txid = models.BigIntegerField(_("事务号"))
    actor_id = models.BigIntegerField(_("操作人"), null=True)
    appointment_id = models.BigIntegerField(_("任职"), null=True)
    role = models.CharField(_("角色"), max_length=12, blank=True)
    lo = models.BigIntegerField(_("范围起"))
    hi = models.BigIntegerField(_("范围止"))
    source = models.CharField(_("来源"), max_length=10)
    request_id = models.CharField(_("请求号"), max_length=64, blank=True)
    reason = models.TextField(_("原因"), blank=True)
    address = models.CharField(_("地址"), max_length=45, blank=True)

    objects = ActQuerySet.as_manager()

    class Meta:
        db_table = "audit_act"
        verbose_name = _("操作")
        verbose_name_plural = pgettext_lazy("plural", "操作")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["txid"], name="audit_act_txid"),
            models.Index(fields=["lo", "id"], name="audit_act_place"),
            models.Index(fields=["actor_id", "id"], name="audit_act_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.source}"


class Event(models.Model):
    """Something worth a line even when no row changed: login, refusal, unmask, export, import, bulk list, API pull."""

    class Result(models.TextChoices):
        SUCCESS = "success", _("成功")
        REFUSED = "refused", _("拒绝")
        ERROR = "error", _("出错")

    act = models.ForeignKey(Act, models.PROTECT, related_name="events", verbose_name=_("操作"))
    at = models.DateTimeField(_("时间"))
    action = models.CharField(_("动作"), max_length=40)
    result = models.CharField(_("结果"), max_length=8, choices=Result.choices)
    division = models.BigIntegerField(_("区划"), null=True)
    object_type = models.CharField(_("对象类型"), max_length=60, blank=True)
    object_id = models.CharField(_("对象编号"), max_length=64, blank=True)
    rows = models.PositiveIntegerField(_("行数"), default=0)
    purpose = models.TextField(_("用途"), blank=True)
    detail = models.JSONField(_("说明"), default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        db_table = "audit_event"
        verbose_name = _("审计记录")
        verbose_name_plural = pgettext_lazy("plural", "审计记录")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["division", "id"], name="audit_event_place"),
            models.Index(fields=["object_type", "object_id"], name="audit_event_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.result}"


class Seal(models.Model):
    """One link of the chain: the digest of every act, event and history row up to a transaction, and the last hash."""

    at = models.DateTimeField(_("时间"), default=timezone.now)
    from_txid = models.BigIntegerField(_("起事务号"))
    upto_txid = models.BigIntegerField(_("止事务号"))
    rows = models.BigIntegerField(_("行数"))
    digest = models.CharField(_("摘要"), max_length=64)
    previous = models.CharField(_("前一环"), max_length=64)
    hash = models.CharField(_("本环"), max_length=64, unique=True)

    class Meta:
        db_table = "audit_seal"
        verbose_name = _("封存链")
        verbose_name_plural = pgettext_lazy("plural", "封存链")
        ordering = ["id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.hash[:12]
