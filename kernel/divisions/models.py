"""Divisions by their 12-digit statistical code; a subtree is one integer range."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.divisions.codes import Range, range_of
from kernel.divisions.querysets import DivisionQuerySet


class Division(models.Model):
    """One administrative or statistical unit, from province to village. Source: the published national list."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省")
        CITY = "city", _("市")
        COUNTY = "county", _("县")
        TOWNSHIP = "township", _("乡镇")
        VILLAGE = "village", _("村")

    code = models.BigIntegerField(_("区划代码"), primary_key=True)
    name = models.CharField(_("名称"), max_length=80)
    short_name = models.CharField(_("简称"), max_length=80)
    pinyin = models.CharField(_("拼音"), max_length=200, blank=True, editable=False)
    level = models.CharField(_("级别"), max_length=10, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级")
    )
    is_statistical = models.BooleanField(
        _("统计用单位"), default=False, help_text=_("农场、园区等统计用虚拟单位，不是行政区划")
    )
    valid_from = models.DateField(_("启用日期"), null=True, blank=True)
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name=_("并入或更名为")
    )

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("区划")
        verbose_name_plural = pgettext_lazy("plural", "区划")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code__gte=10_000_000_000, code__lt=1_000_000_000_000),
                name="divisions_division_code_digits",
                violation_error_message=_("区划代码应为 12 位数字"),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="divisions_division_dates",
                violation_error_message=_("停用日期不能早于启用日期"),
            ),
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def range(self) -> Range:
        """The half-open range of codes at or under this division."""
        return range_of(self.code, self.level)

    @property
    def county_code(self) -> int:
        """Code of the county it lies in (of itself for a county)."""
        return self.code - self.code % 1_000_000


class DivisionAlias(models.Model):
    """Another name by which workbooks call a division, unique under its parent."""

    division = models.ForeignKey(Division, models.CASCADE, related_name="aliases", verbose_name=_("区划"))
    parent = models.ForeignKey(Division, models.CASCADE, related_name="+", verbose_name=_("上级"), editable=False)
    name = models.CharField(_("别名"), max_length=80)
    source = models.CharField(_("来源"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("区划别名")
        verbose_name_plural = pgettext_lazy("plural", "区划别名")
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"],
                name="divisions_alias_once",
                violation_error_message=_("同一上级下已有这个别名"),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.parent_id = self.division.parent_id or self.division.pk
        super().save(*args, **kwargs)  # type: ignore[arg-type]
