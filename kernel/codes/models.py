"""Code lists with stable keys of our own; official labels come and go, keys stay."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Code(models.Model):
    """One entry of one list, with both labels and the dates between which it may be chosen."""

    list = models.CharField(_("代码表"), max_length=40)
    key = models.CharField(_("键"), max_length=40)
    label_zh = models.CharField(_("名称"), max_length=80)
    label_en = models.CharField(_("英文名称"), max_length=120)
    standard = models.CharField(_("依据标准"), max_length=80, blank=True)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)
    valid_from = models.DateField(_("启用日期"), null=True, blank=True)
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("代码")
        verbose_name_plural = pgettext_lazy("plural", "代码")
        ordering = ["list", "position", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "key"], name="codes_code_once", violation_error_message=_("代码表中已有这个键")
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="codes_code_dates",
                violation_error_message=_("停用日期不能早于启用日期"),
            ),
        ]

    def __str__(self) -> str:
        return self.label_zh


class CodeLabel(models.Model):
    """A label by which some workbook or system writes a code; import reads it, export never writes it."""

    code = models.ForeignKey(Code, models.CASCADE, related_name="labels", verbose_name=_("代码"))
    list = models.CharField(_("代码表"), max_length=40, editable=False)
    label = models.CharField(_("写法"), max_length=80)

    class Meta:
        verbose_name = _("导入写法")
        verbose_name_plural = pgettext_lazy("plural", "导入写法")
        constraints = [
            models.UniqueConstraint(
                fields=["list", "label"], name="codes_label_once", violation_error_message=_("这个写法已对应另一代码")
            )
        ]

    def __str__(self) -> str:
        return self.label

    def save(self, *args: object, **kwargs: object) -> None:
        self.list = self.code.list
        super().save(*args, **kwargs)  # type: ignore[arg-type]
