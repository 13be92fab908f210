"""Employment spells: who worked where, for whom, in which months, for what wage."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.records.models import Record
from labour.models.employers import Employer
from labour.models.people import Person
from labour.querysets import SpellQuerySet


class EmploymentSpell(Record):
    """One uninterrupted job of one person, by month. `wage_fen` is the monthly wage in fen."""

    class Area(models.TextChoices):
        COUNTY = "county", _("县内")
        PROVINCE = "province", _("省内县外")
        OUTSIDE = "outside", _("省外")
        ABROAD = "abroad", _("境外")

    person = models.ForeignKey(
        Person, models.PROTECT, db_constraint=False, related_name="spells", verbose_name=_("人员")
    )
    start = models.DateField(_("开始月份"), help_text=_("取当月 1 日"))
    end = models.DateField(_("结束月份"), null=True, blank=True, help_text=_("取当月 1 日，含当月；在岗留空"))
    area = models.CharField(_("务工区域"), max_length=8, choices=Area.choices)
    place_province = models.CharField(_("务工所在省"), max_length=40)
    place_city = models.CharField(_("务工所在市"), max_length=40, blank=True)
    place_county = models.CharField(_("务工所在县"), max_length=40, blank=True)
    wage_fen = models.PositiveBigIntegerField(_("月收入（分）"))
    employer = models.ForeignKey(
        Employer,
        models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="spells",
        verbose_name=_("用工主体"),
    )
    employer_name = models.CharField(_("务工企业名称"), max_length=120, blank=True)
    industry = models.CharField(_("所属行业"), max_length=40, blank=True)
    channel = models.CharField(_("就业渠道"), max_length=40, blank=True)
    point_to_point = models.BooleanField(_("是否点对点输送"), default=False)

    objects = SpellQuerySet.as_manager()

    class Meta:
        verbose_name = _("务工记录")
        verbose_name_plural = pgettext_lazy("plural", "务工记录")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "start", "employer_name"],
                name="labour_spell_once",
                violation_error_message=_("该人员在这个月已有同一单位的务工记录"),
            ),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")),
                name="labour_spell_dates",
                violation_error_message=_("结束月份不能早于开始月份"),
            ),
            models.CheckConstraint(
                condition=Q(start__day=1) & (Q(end__isnull=True) | Q(end__day=1)),
                name="labour_spell_months",
                violation_error_message=_("务工起止按月记录，请取当月 1 日"),
            ),
        ]
        indexes = [
            models.Index(fields=["village", "id"], name="labour_spell_village"),
            models.Index(fields=["county", "updated_at", "id"], name="labour_spell_updated"),
            models.Index(fields=["employer"], name="labour_spell_employer", condition=Q(employer__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m} {self.employer_name or self.place_county}"
