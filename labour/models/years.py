"""Year rows: narrow, derived, rebuilt every night and compared. Rules and figures read these, never the raw rows."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.divisions.models import Division
from kernel.records.models import Placed
from labour.models.employers import Employer
from labour.models.people import Person


class CountyRegister(models.Model):
    """From which year a county's year rows exist, and the day they speak of.

    A county without one has no year rows. `as_of` moves only by `advance_register`, so that time passing is never
    mistaken for a defect: no month after it is counted, and ages are taken on it or on 31 December, whichever is earlier.
    """

    county = models.OneToOneField(Division, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("县"))
    first_year = models.SmallIntegerField(_("台账起始年度"))
    as_of = models.DateField(_("数据截至"))

    class Meta:
        verbose_name = _("县级台账")
        verbose_name_plural = pgettext_lazy("plural", "县级台账")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.county} {self.first_year}"


class PersonYear(Placed):
    """One person in one calendar year. Masks have bit 0 for January. Money in fen.

    There is one for every person and every year from the county's first year to the year of its `as_of`, worked or not.
    """

    person = models.ForeignKey(
        Person, models.CASCADE, db_constraint=False, related_name="years", verbose_name=_("人员")
    )
    year = models.SmallIntegerField(_("年度"))
    labourer = models.BooleanField(_("计为劳动力"))
    willing = models.BooleanField(_("有就业愿望"))
    months = models.SmallIntegerField(_("就业月份"), default=0)
    outside_months = models.SmallIntegerField(_("县外就业月份"), default=0)
    wages_fen = models.BigIntegerField(_("全年务工收入（分）"), default=0)
    outside_wages_fen = models.BigIntegerField(_("县外务工收入（分）"), default=0)
    spells = models.SmallIntegerField(_("就业人次"), default=0)
    county_spells = models.SmallIntegerField(_("县内就业人次"), default=0)

    class Meta:
        verbose_name = _("个人年度")
        verbose_name_plural = pgettext_lazy("plural", "个人年度")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["person", "year"], name="labour_personyear_once")]
        indexes = [models.Index(fields=["village", "year"], name="labour_personyear_village")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.year}"


class WorkerYear(Placed):
    """One person at one employer in one calendar year; `village` is the person's."""

    employer = models.ForeignKey(
        Employer, models.CASCADE, db_constraint=False, related_name="workers", verbose_name=_("用工主体")
    )
    person = models.ForeignKey(
        Person, models.CASCADE, db_constraint=False, related_name="employer_years", verbose_name=_("人员")
    )
    year = models.SmallIntegerField(_("年度"))
    labourer = models.BooleanField(_("计为劳动力"))
    months = models.SmallIntegerField(_("就业月份"))
    wages_fen = models.BigIntegerField(_("工资（分）"))

    class Meta:
        verbose_name = _("主体用工年度")
        verbose_name_plural = pgettext_lazy("plural", "主体用工年度")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["employer", "year", "person"], name="labour_workeryear_once")]
        indexes = [
            models.Index(fields=["person", "year"], name="labour_workeryear_person"),
            models.Index(fields=["village", "year"], name="labour_workeryear_village"),
        ]

    def __str__(self) -> str:
        return f"{self.employer_id} {self.person_id} {self.year}"


class StaleMark(Placed):
    """Something changed under a derived row. `person` for a few, a whole village (person NULL) for a bulk write."""

    person_id = models.BigIntegerField(_("人员"), null=True)
    year = models.SmallIntegerField(_("年度"), null=True, help_text=_("空为所有年度"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("待重算标记")
        verbose_name_plural = pgettext_lazy("plural", "待重算标记")
        default_permissions = ()
        indexes = [models.Index(fields=["village", "id"], name="labour_stalemark_village")]

    def __str__(self) -> str:
        return f"{self.village_id} {self.person_id} {self.year}"
