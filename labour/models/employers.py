"""Employers: enterprises, cooperatives and others that take on the county's labourers."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.identity.pinyin import initials_all
from kernel.identity.uscc import check_uscc, normalise_uscc
from kernel.records.models import Record
from labour.querysets import EmployerQuerySet


class Employer(Record):
    """One employer on the county's roll. Everybody in its county may read it; `village` is the place of registration."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("企业")
        COOPERATIVE = "cooperative", _("合作社")
        WORKSHOP = "workshop", _("帮扶车间")
        OTHER = "other", _("其他")

    name = models.CharField(_("名称"), max_length=120, db_collation="C")
    name_initials = models.CharField(_("拼音首字母"), max_length=120, blank=True, editable=False, db_collation="C")
    kind = models.CharField(_("类型"), max_length=12, choices=Kind.choices)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)

    objects = EmployerQuerySet.as_manager()

    class Meta:
        verbose_name = _("用工主体")
        verbose_name_plural = pgettext_lazy("plural", "用工主体")
        constraints = [
            models.UniqueConstraint(
                fields=["county", "name"],
                name="labour_employer_once",
                violation_error_message=_("本县已有同名用工主体"),
            )
        ]
        indexes = [
            models.Index(fields=["village", "id"], name="labour_employer_village"),
            models.Index(fields=["county", "updated_at", "id"], name="labour_employer_updated"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The credit code by its check digit; spaces around the name are nobody's name."""
        self.name = self.name.strip()
        self.credit_code = normalise_uscc(self.credit_code)
        problem = check_uscc(self.credit_code) if self.credit_code else None
        if problem is not None:
            raise ValidationError({"credit_code": ValidationError(problem.message, code=problem.code)})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_initials = "".join(initials_all(self.name)[:1])[:120]
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "name_initials"}
        super().save(*args, **kwargs)
