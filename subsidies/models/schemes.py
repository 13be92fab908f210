"""Schemes: the named purposes for which a county pays."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Mod
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.divisions.models import Division
from kernel.records.models import Record
from subsidies.querysets import SchemeQuerySet


class CountyRecord(Record):
    """A record of a whole county: townships and villages read it, only the county writes it."""

    village = models.ForeignKey(
        Division,
        models.PROTECT,
        related_name="+",
        verbose_name=_("适用县"),
        db_index=False,
        limit_choices_to={"level": "county"},
    )

    class Meta:
        abstract = True


def of_a_county(name: str) -> models.CheckConstraint:
    """The division of a county record is a county."""
    return models.CheckConstraint(
        condition=Q(village=F("village") - Mod(F("village"), 1_000_000)),
        name=name,
        violation_error_message=_("适用县应选县级区划"),
    )


class Scheme(CountyRecord):
    """One purpose of payment in one county, such as the outside-county worker award. Its rules are its terms."""

    class Subject(models.TextChoices):
        PERSON = "person", _("个人")
        EMPLOYER = "employer", _("用工主体")

    code = models.SlugField(_("代码"), max_length=40, help_text=_("小写字母、数字和下划线，建立后不再更改"))
    name = models.CharField(_("名称"), max_length=80)
    subject = models.CharField(_("发放对象"), max_length=8, choices=Subject.choices)
    purpose = models.CharField(_("用途说明"), max_length=200, blank=True)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("奖补项目")
        verbose_name_plural = pgettext_lazy("plural", "奖补项目")
        ordering = ["village", "code"]
        constraints = [
            of_a_county("subsidies_scheme_county_level"),
            models.UniqueConstraint(
                fields=["village", "code"],
                name="subsidies_scheme_once",
                violation_error_message=_("本县已有这个项目代码"),
            ),
        ]

    def __str__(self) -> str:
        return self.name
