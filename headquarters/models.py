"""Stored figures: one generic table for every figure, division and period."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.records.models import Placed


class FigureValue(Placed):
    """Numerator and denominator of one figure in one village (or county, for county-only figures) and period.

    Townships and counties are range sums, so no hot county row exists that every clerk would lock. Money in fen.
    """

    figure = models.CharField(_("指标"), max_length=40)
    period = models.CharField(_("期间"), max_length=7, help_text=_("年度，如 2019"))
    numerator = models.BigIntegerField(_("分子"))
    denominator = models.BigIntegerField(_("分母"), default=0)
    as_of = models.DateTimeField(_("数据截至"), default=timezone.now)

    class Meta:
        verbose_name = _("指标值")
        verbose_name_plural = pgettext_lazy("plural", "指标值")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["village", "period", "figure"], name="headquarters_figure_once")]

    def __str__(self) -> str:
        return f"{self.figure} {self.village_id} {self.period}"
