"""Entitlements: who may receive how much under which terms, computed from the facts and kept with a snapshot of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.records.models import Record
from labour.models import Employer, Person
from subsidies.models.schemes import Scheme
from subsidies.models.terms import Terms
from subsidies.querysets import EntitlementQuerySet


class Entitlement(Record):
    """One person or employer who meets one scheme's terms in one year. Exists only while the conditions are met.

    `facts` holds every measured value that decided, money in fen, so that the amount can be recomputed for ever.
    `digest` is the database's hash of the same values, so that a recheck of everybody can leave out comparing JSON; it is
    null as soon as somebody changes `facts` without it, and proves nothing: the nightly proof compares `facts`.
    `village` is the person's village or the employer's place of registration. Cases and payments will refer to
    (scheme, year, beneficiary, instalment).
    """

    scheme = models.ForeignKey(
        Scheme,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="entitlements",
        verbose_name=_("奖补项目"),
    )
    terms = models.ForeignKey(
        Terms,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="entitlements",
        verbose_name=_("办法条款"),
    )
    year = models.SmallIntegerField(_("年度"))
    instalment = models.PositiveSmallIntegerField(_("期次"), default=1, db_default=1)
    person = models.ForeignKey(
        Person,
        models.CASCADE,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="entitlements",
        verbose_name=_("人员"),
    )
    employer = models.ForeignKey(
        Employer,
        models.CASCADE,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="entitlements",
        verbose_name=_("用工主体"),
    )
    amount_fen = models.BigIntegerField(_("金额（分）"))
    facts = models.JSONField(_("测算依据"))
    digest = models.BigIntegerField(_("测算依据摘要"), null=True, editable=False)

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("奖补测算")
        verbose_name_plural = pgettext_lazy("plural", "奖补测算")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, employer__isnull=True)
                | Q(person__isnull=True, employer__isnull=False),
                name="subsidies_entitlement_beneficiary",
                violation_error_message=_("测算结果应属于一个人或一个用工主体"),
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="subsidies_entitlement_amount",
                violation_error_message=_("金额应大于 0"),
            ),
            models.UniqueConstraint(
                fields=["person", "year", "scheme", "instalment"],
                condition=Q(person__isnull=False),
                name="subsidies_entitlement_person_once",
                violation_error_message=_("该人员本年度本项目已有测算结果"),
            ),
            models.UniqueConstraint(
                fields=["employer", "year", "scheme", "instalment"],
                condition=Q(employer__isnull=False),
                name="subsidies_entitlement_employer_once",
                violation_error_message=_("该用工主体本年度本项目已有测算结果"),
            ),
        ]
        indexes = [
            models.Index(fields=["scheme", "year", "village", "id"], name="subsidies_entitlement_list"),
            models.Index(fields=["village", "id"], name="subsidies_entitlement_village"),
            models.Index(fields=["county", "updated_at", "id"], name="subsidies_entitlement_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.year}"

    @property
    def beneficiary(self) -> Person | Employer | None:
        """The person or employer; None when out of sight."""
        return self.person or self.employer
