"""Terms: the rules of a scheme between two dates. Rows, not code; frozen in the database once activated."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kernel.divisions.models import Division
from subsidies.facts.registry import Fact, get_fact
from subsidies.facts.values import clean_value, show_value
from subsidies.models.schemes import CountyRecord, Scheme, of_a_county
from subsidies.querysets import ConditionQuerySet, TermsQuerySet

BASIS_POINTS = 10_000


class Terms(CountyRecord):
    """One dated version of a scheme's rules: conditions, amount, cap. Money in fen, rate in basis points."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        ACTIVE = "active", _("启用")
        CLOSED = "closed", _("停用")

    class Window(models.TextChoices):
        CALENDAR = "calendar", _("自然年")

    class AmountKind(models.TextChoices):
        FIXED = "fixed", _("定额")
        PER_UNIT = "per_unit", _("按数量计")
        PERCENTAGE = "percentage", _("按比例计")

    scheme = models.ForeignKey(
        Scheme, models.PROTECT, db_constraint=False, related_name="terms", verbose_name=_("奖补项目")
    )
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True, help_text=_("含当日；长期有效留空"))
    state = models.CharField(_("状态"), max_length=6, choices=State.choices, default=State.DRAFT, editable=False)
    window = models.CharField(_("计算周期"), max_length=10, choices=Window.choices, default=Window.CALENDAR)
    amount_kind = models.CharField(_("金额计算方式"), max_length=10, choices=AmountKind.choices)
    unit_fen = models.BigIntegerField(
        _("定额或单价（分）"), null=True, blank=True, help_text=_("定额的总额，或每一单位的金额")
    )
    amount_fact = models.CharField(
        _("计算基数"), max_length=40, blank=True, help_text=_("按数量、按比例计时所用的指标")
    )
    amount_parameters = models.JSONField(_("计算基数的参数"), default=dict, blank=True)
    rate_bp = models.PositiveIntegerField(_("比例（万分之几）"), null=True, blank=True, help_text=_("1000 即 10%"))
    cap_fen = models.BigIntegerField(_("每个对象的上限（分）"), null=True, blank=True)
    source = models.CharField(_("依据"), max_length=400, help_text=_("文件名称、文号或来源"))
    demonstration = models.BooleanField(_("演示数据"), default=False, help_text=_("本县正式文本未知，数值仅供演示"))

    objects = TermsQuerySet.as_manager()

    class Meta:
        verbose_name = _("办法条款")
        verbose_name_plural = pgettext_lazy("plural", "办法条款")
        ordering = ["village", "scheme", "-valid_from"]
        constraints = [
            of_a_county("subsidies_terms_county_level"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="subsidies_terms_dates",
                violation_error_message=_("失效日期不能早于生效日期"),
            ),
            models.CheckConstraint(
                condition=(
                    Q(amount_kind="fixed", unit_fen__gt=0, rate_bp__isnull=True, amount_fact="")
                    | (Q(amount_kind="per_unit", unit_fen__gt=0, rate_bp__isnull=True) & ~Q(amount_fact=""))
                    | (Q(amount_kind="percentage", unit_fen__isnull=True, rate_bp__gt=0) & ~Q(amount_fact=""))
                ),
                name="subsidies_terms_amount",
                violation_error_message=_("金额设置不完整：定额填单价；按数量填单价和基数；按比例填比例和基数"),
            ),
            models.CheckConstraint(
                condition=Q(cap_fen__isnull=True) | Q(cap_fen__gt=0),
                name="subsidies_terms_cap",
                violation_error_message=_("上限应大于 0；没有上限请留空"),
            ),
            # Two ranges of one element stand for equality of the scheme, so that no extension is needed.
            ExclusionConstraint(
                name="subsidies_terms_overlap",
                expressions=[
                    (Func(F("scheme"), F("scheme"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange"), "&&"),
                ],
                condition=~Q(state="draft"),
                violation_error_message=_("与本项目已启用的条款日期重叠，请先为原条款填写失效日期"),
            ),
        ]
        permissions = [("activate_terms", _("启用或停用办法条款")), ("recalculate", _("重新测算奖补"))]

    def __str__(self) -> str:
        return f"{self.scheme} {self.valid_from:%Y-%m-%d}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.full_clean(validate_constraints=False)
        super().save(*args, **kwargs)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """No form shows the state or the county, and yet constraints read them."""
        super().validate_constraints(exclude=set(exclude or ()) - {"state", "village"})

    def clean(self) -> None:
        """Chinese messages by field: what is missing, what does not fit, and the cure."""
        errors: dict[str, str | ValidationError] = {}
        if self.scheme_id and self.village_id and self.scheme.village_id != self.village_id:
            errors["scheme"] = gettext("该项目不属于所选的县")
        if self.amount_kind == self.AmountKind.FIXED:
            errors |= self._fixed_errors()
        elif self.amount_kind in self.AmountKind.values:
            errors |= self._measured_errors()
        if errors:
            raise ValidationError(errors)

    def _fixed_errors(self) -> dict[str, str | ValidationError]:
        errors: dict[str, str | ValidationError] = {}
        if not self.unit_fen or self.unit_fen <= 0:
            errors["unit_fen"] = gettext("按定额计须填写金额，且大于 0")
        if self.amount_fact:
            errors["amount_fact"] = gettext("按定额计不用计算基数，请清空")
        if self.rate_bp is not None:
            errors["rate_bp"] = gettext("按定额计不用比例，请清空")
        return errors

    def _measured_errors(self) -> dict[str, str | ValidationError]:
        percentage = self.amount_kind == self.AmountKind.PERCENTAGE
        errors: dict[str, str | ValidationError] = {}
        if percentage:
            if not self.rate_bp:
                errors["rate_bp"] = gettext("按比例计须填写比例，且大于 0；1000 即 10%")
            if self.unit_fen is not None:
                errors["unit_fen"] = gettext("按比例计不用单价，请清空")
        else:
            if not self.unit_fen or self.unit_fen <= 0:
                errors["unit_fen"] = gettext("按数量计须填写单价，且大于 0")
            if self.rate_bp is not None:
                errors["rate_bp"] = gettext("按数量计不用比例，请清空")
        return errors | self._fact_errors("money" if percentage else "count")

    def _fact_errors(self, kind: str) -> dict[str, str | ValidationError]:
        if not self.amount_fact:
            return {"amount_fact": gettext("须选择计算基数")}
        try:
            found = get_fact(self.amount_fact)
        except ValidationError as error:
            return {"amount_fact": error}
        if self.scheme_id and found.subject != self.scheme.subject:
            return {"amount_fact": gettext("该指标不是“%s”的指标，请另选") % self.scheme.get_subject_display()}
        if found.kind != kind:
            wanted = gettext("以元计的指标") if kind == "money" else gettext("以数量计的指标")
            return {"amount_fact": gettext("计算基数的单位不符：此处须用%s") % wanted}
        try:
            self.amount_parameters = found.clean_parameters(self.amount_parameters or {})
        except ValidationError as error:
            return {"amount_parameters": error}
        return {}

    @property
    def frozen(self) -> bool:
        """Whether the rules may no longer change: from activation on."""
        return self.state != self.State.DRAFT

    @property
    def base(self) -> Fact | None:
        """The fact that the amount is measured by; None for a fixed amount."""
        return get_fact(self.amount_fact) if self.amount_fact else None


class Condition(CountyRecord):
    """One comparison of a fact with a threshold. Conditions of one group are alternatives; all groups must be met."""

    class Operator(models.TextChoices):
        GTE = "gte", _("不少于")
        GT = "gt", _("多于")
        LTE = "lte", _("不超过")
        LT = "lt", _("少于")
        EQ = "eq", _("等于")
        NE = "ne", _("不等于")
        BETWEEN = "between", _("介于")
        IN = "in", _("属于")
        NOT_IN = "not_in", _("不属于")

    terms = models.ForeignKey(
        Terms, models.CASCADE, db_constraint=False, related_name="conditions", verbose_name=_("办法条款")
    )
    group = models.PositiveSmallIntegerField(_("组"), default=1, help_text=_("同组满足其一即可，各组须全部满足"))
    fact = models.CharField(_("指标"), max_length=40)
    parameters = models.JSONField(_("参数"), default=dict, blank=True)
    operator = models.CharField(_("比较"), max_length=8, choices=Operator.choices, default=Operator.GTE)
    value = models.JSONField(_("门槛值"))

    objects = ConditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("条件")
        verbose_name_plural = pgettext_lazy("plural", "条件")
        ordering = ["terms", "group", "id"]
        constraints = [of_a_county("subsidies_condition_county_level")]
        indexes = [models.Index(fields=["terms", "group"], name="subsidies_condition_terms")]

    def __str__(self) -> str:
        found = self.measured
        unit = found.unit if found.kind in {"count", "money"} else ""
        return f"{found.title(self.parameters)}{self.get_operator_display()}{show_value(found, self.value)}{unit}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.terms_id and self.village_id is None:
            self.village = Division(pk=self.terms.village_id)
        self.full_clean(validate_constraints=False, exclude=["village", "terms"])
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Chinese messages by field; parameters are completed by their defaults."""
        try:
            found = get_fact(self.fact)
        except ValidationError as error:
            raise ValidationError({"fact": error}) from error
        terms = self._state.fields_cache.get("terms") or (self.terms if self.terms_id else None)
        if terms is not None and terms.scheme_id and found.subject != terms.scheme.subject:
            wanted = terms.scheme.get_subject_display()
            raise ValidationError({"fact": gettext("该指标不是“%s”的指标，请另选") % wanted})
        try:
            self.parameters = found.clean_parameters(self.parameters or {})
        except ValidationError as error:
            raise ValidationError({"parameters": error}) from error
        try:
            self.value = clean_value(found, self.operator, self.value)
        except ValidationError as error:
            raise ValidationError({"value": error}) from error

    @property
    def measured(self) -> Fact:
        """The fact compared."""
        return get_fact(self.fact)

    @property
    def key(self) -> str:
        """The fact with its parameters, as a snapshot names it."""
        return self.measured.key(self.parameters)
