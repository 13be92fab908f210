"""Households and their members; which members count as labourers is dated configuration."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.divisions.models import Division
from kernel.identity.id_number import birth_date as birth_of
from kernel.identity.id_number import check_id, normalise_id, validate_id_number
from kernel.identity.id_number import sex as sex_of
from kernel.identity.names import normalise_name
from kernel.identity.phone import normalise_phone, validate_phone
from kernel.identity.pinyin import full_pinyin, initials_all
from kernel.identity.problems import Problem
from kernel.protection.fields import BlindIndexField, SealedTextField
from kernel.protection.provider import blind_index
from kernel.records.models import Record
from labour.querysets import HouseholdQuerySet, PersonQuerySet

ID_CONTEXT = "labour.person.id_number"
BIRTH_DISAGREES = Problem("id.birth_disagrees", _("出生日期与身份证号中的不一致，请对照证件改正。"))
SEX_DISAGREES = Problem("id.sex_disagrees", _("性别与身份证号中的不一致，请对照证件改正。"))
TAIL_CONTEXT = "labour.person.id_tail"
PHONE_CONTEXT = "labour.person.phone"


def pinyin_of(name: str) -> tuple[str, list[str]]:
    """What a search by pinyin finds a name by: the usual full spelling, and every set of initials."""
    return full_pinyin(name).replace(" ", "")[:200], [each[:60] for each in initials_all(name)]


def id_faults(number: str, *, birth_date: dt.date | None, sex: str) -> dict[str, str]:
    """Field -> what disagrees with a valid identity number; nothing when the number itself is wrong."""
    if check_id(number) is not None:
        return {}
    faults = {}
    if birth_date is not None and birth_of(number) != birth_date:
        faults["birth_date"] = str(BIRTH_DISAGREES)
    if sex and sex_of(number) != sex:
        faults["sex"] = str(SEX_DISAGREES)
    return faults


class Household(Record):
    """One registered household (户), by the number the national system gives it."""

    number = models.CharField(_("户编号"), max_length=20)
    category = models.CharField(_("户类别"), max_length=40, blank=True)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("户")
        verbose_name_plural = pgettext_lazy("plural", "户")
        constraints = [
            models.UniqueConstraint(
                fields=["county", "number"],
                name="labour_household_once",
                violation_error_message=_("本县已有这个户编号"),
            )
        ]
        indexes = [
            models.Index(fields=["village", "id"], name="labour_household_village"),
            models.Index(fields=["county", "id"], name="labour_household_county"),
        ]

    def __str__(self) -> str:
        return self.number


class Person(Record):
    """One member of a household. A labourer is a person who meets the county's standard on a day."""

    class Sex(models.TextChoices):
        MALE = "1", _("男")
        FEMALE = "2", _("女")

    class Wish(models.TextChoices):
        UNKNOWN = "", _("未问")
        YES = "yes", _("有")
        NO = "no", _("无")

    household = models.ForeignKey(
        Household, models.PROTECT, db_constraint=False, related_name="members", verbose_name=_("户")
    )
    number = models.CharField(_("人口编号"), max_length=20, blank=True)
    name = models.CharField(_("姓名"), max_length=50, db_collation="C")
    name_pinyin = models.CharField(_("姓名拼音"), max_length=200, blank=True, editable=False, db_collation="C")
    name_initials = ArrayField(
        models.CharField(max_length=60), verbose_name=_("拼音首字母"), default=list, blank=True, editable=False
    )
    sex = models.CharField(_("性别"), max_length=1, choices=Sex.choices)
    birth_date = models.DateField(_("出生日期"))
    id_number = SealedTextField(
        _("证件号码"), mask="id", normalise=normalise_id, validators=[validate_id_number], null=True, blank=True
    )
    id_index = BlindIndexField(_("证件号码索引"), null=True, editable=False)
    id_tail_index = BlindIndexField(_("证件尾号索引"), null=True, editable=False)
    phone = SealedTextField(
        _("联系电话"), mask="phone", normalise=normalise_phone, validators=[validate_phone], null=True, blank=True
    )
    phone_index = BlindIndexField(_("电话索引"), null=True, editable=False)
    relation = models.CharField(_("与户主关系"), max_length=40)
    ethnicity = models.CharField(_("民族"), max_length=40, blank=True)
    education = models.CharField(_("文化程度"), max_length=40, blank=True)
    student = models.CharField(_("在校生状况"), max_length=40, blank=True)
    ability = models.CharField(_("劳动技能"), max_length=40)
    health = models.CharField(_("健康状况"), max_length=40, blank=True)
    politics = models.CharField(_("政治面貌"), max_length=40, blank=True)
    low_income = models.BooleanField(_("是否享受低保"), default=False)
    job_wish = models.CharField(_("就业愿望"), max_length=3, choices=Wish.choices, blank=True, default="")

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("人员")
        verbose_name_plural = pgettext_lazy("plural", "人员")
        constraints = [
            models.UniqueConstraint(
                fields=["county", "id_index"],
                name="labour_person_id_once",
                violation_error_message=_("该证件号码已在本县登记"),
            ),
        ]
        indexes = [
            models.Index(fields=["village", "id"], name="labour_person_village"),
            models.Index(fields=["county", "id"], name="labour_person_county"),
            models.Index(fields=["name"], name="labour_person_name"),
            models.Index(fields=["name_pinyin"], name="labour_person_pinyin"),
            models.Index(fields=["id_tail_index"], name="labour_person_tail"),
            models.Index(fields=["county", "updated_at", "id"], name="labour_person_updated"),
            models.Index(fields=["household"], name="labour_person_household"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Name, and that sex and birth date agree with the identity number where it is at hand."""
        cleaned = normalise_name(self.name)
        self.name = cleaned.cleaned
        faults = {} if cleaned.problem is None else {"name": str(cleaned.problem)}
        if self.id_number is not None and self.id_number.is_new:
            faults |= id_faults(self.id_number.reveal(), birth_date=self.birth_date, sex=self.sex)
        if faults:
            raise ValidationError(faults)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Derives what searching needs; a caller that names `update_fields` has derived it or changed nothing of it."""
        if kwargs.get("update_fields") is None:
            self.derive()
        super().save(*args, **kwargs)

    def derive(self) -> None:
        """Pinyin from the name, look-up hashes from the sealed values that were typed anew."""
        self.name_pinyin, self.name_initials = pinyin_of(self.name)
        county = self.village_id - self.village_id % 1_000_000
        if self.id_number is None:
            self.id_index = self.id_tail_index = None
        elif self.id_number.is_new or self.id_index is None:
            number = self.id_number.reveal()
            self.id_index = blind_index(number, context=ID_CONTEXT, county=county)
            self.id_tail_index = blind_index(number[-4:], context=TAIL_CONTEXT, county=county)
        if self.phone is None:
            self.phone_index = None
        elif self.phone.is_new or self.phone_index is None:
            self.phone_index = blind_index(self.phone.reveal(), context=PHONE_CONTEXT, county=county)

    def age_on(self, day: dt.date) -> int:
        """Completed years on a day."""
        return day.year - self.birth_date.year - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))


class LabourStandard(models.Model):
    """Who counts as a labourer in a county between two dates: age band by sex, labour abilities, students or not."""

    county = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("县"))
    valid_from = models.DateField(_("自"))
    valid_to = models.DateField(_("至"), null=True, blank=True)
    age_from = models.PositiveSmallIntegerField(_("年龄下限"), default=16)
    age_to_men = models.PositiveSmallIntegerField(_("男性年龄上限"), default=60)
    age_to_women = models.PositiveSmallIntegerField(_("女性年龄上限"), default=60)
    abilities = ArrayField(models.CharField(max_length=40), verbose_name=_("计入的劳动技能"))
    students_count = models.BooleanField(_("在校生是否计入"), default=False)
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("劳动力认定标准")
        verbose_name_plural = pgettext_lazy("plural", "劳动力认定标准")
        ordering = ["county", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "valid_from"],
                name="labour_standard_once",
                violation_error_message=_("该日期已有标准"),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="labour_standard_dates",
                violation_error_message=_("止期不能早于起期"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.county} {self.valid_from:%Y-%m-%d}"
