"""Thresholds: typed values of a condition, checked against their fact, read from and shown to an officer."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kernel.identity.money import fen_to_yuan_text, yuan_to_fen
from kernel.identity.problems import ProblemError
from subsidies.facts.registry import Fact

NUMBER_OPERATORS = ("gte", "gt", "lte", "lt", "eq", "ne", "between")
OPERATORS_OF = {
    "count": NUMBER_OPERATORS,
    "money": NUMBER_OPERATORS,
    "flag": ("eq",),
    "choice": ("eq", "ne", "in", "not_in"),
}
LARGEST = 10**15
_WHOLE = re.compile(r"(-?\d{1,15})\s*(\D*)", re.ASCII)
_SEPARATORS = re.compile(r"[,，、;；~～至]+")
_TRUE, _FALSE = {"是", "有", "yes", "true", "1"}, {"否", "无", "no", "false", "0"}


def check_operator(fact: Fact, operator: str) -> None:
    """Raises ValidationError when a fact of this kind cannot be compared so."""
    allowed = OPERATORS_OF[fact.kind]
    if operator not in allowed:
        raise ValidationError(
            _("指标“%(fact)s”不能用比较方式“%(operator)s”，请改用：%(allowed)s")
            % {"fact": fact.label, "operator": operator, "allowed": "、".join(allowed)}
        )


def clean_value(fact: Fact, operator: str, value: Any) -> Any:
    """The value when its type fits fact and operator; raises ValidationError saying what is expected."""
    check_operator(fact, operator)
    if operator == "between":
        if not isinstance(value, list) or len(value) != 2:
            raise ValidationError(_("比较方式“介于”需要两个数，例如 16、60"))
        low, high = (_clean_one(fact, item) for item in value)
        if low > high:
            raise ValidationError(_("“介于”的第一个数不能大于第二个数"))
        return [low, high]
    if operator in {"in", "not_in"}:
        if not isinstance(value, list) or not value:
            raise ValidationError(_("比较方式“属于”“不属于”需要至少一个选项"))
        return [_clean_one(fact, item) for item in value]
    return _clean_one(fact, value)


def _clean_one(fact: Fact, value: Any) -> Any:
    if fact.kind == "flag":
        if not isinstance(value, bool):
            raise ValidationError(_("指标“%(fact)s”的值应为“是”或“否”") % {"fact": fact.label})
        return value
    if fact.kind == "choice":
        if value not in dict(fact.choices):
            known = "、".join(str(label) for _key, label in fact.choices)
            raise ValidationError(
                _("指标“%(fact)s”没有选项“%(value)s”，可选：%(known)s")
                % {"fact": fact.label, "value": value, "known": known}
            )
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not -LARGEST <= value <= LARGEST:
        raise ValidationError(
            _("指标“%(fact)s”的值应为整数（单位：%(unit)s），现为“%(value)s”")
            % {"fact": fact.label, "unit": _("分") if fact.kind == "money" else fact.unit, "value": value}
        )
    return value


def parse_value(fact: Fact, operator: str, text: str) -> Any:
    """What an officer typed (`6`, `6个月`, `5000元`, `是`, `企业、合作社`) as a typed value; raises ValidationError."""
    check_operator(fact, operator)
    plain = text.strip()
    if operator in {"between", "in", "not_in"}:
        parts = [part.strip() for part in _SEPARATORS.split(plain) if part.strip()]
        return clean_value(fact, operator, [_parse_one(fact, part) for part in parts])
    return clean_value(fact, operator, _parse_one(fact, plain))


def _parse_one(fact: Fact, text: str) -> Any:
    if fact.kind == "flag":
        return _parse_flag(fact, text)
    if fact.kind == "choice":
        labels = {str(label): key for key, label in fact.choices}
        return labels.get(text, text)
    if fact.kind == "money":
        try:
            return yuan_to_fen(text)
        except ProblemError as problem:
            raise ValidationError(
                _("指标“%(fact)s”：%(problem)s") % {"fact": fact.label, "problem": problem.problem}
            ) from problem
    return _parse_count(fact, text)


def _parse_flag(fact: Fact, text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValidationError(_("指标“%(fact)s”的值应为“是”或“否”，现为“%(value)s”") % {"fact": fact.label, "value": text})


def _parse_count(fact: Fact, text: str) -> int:
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise ValidationError(
            _("指标“%(fact)s”的值应为整数（单位：%(unit)s），现为“%(value)s”")
            % {"fact": fact.label, "unit": fact.unit, "value": text}
        )
    if found[2] and found[2] != str(fact.unit):
        raise ValidationError(
            _("指标“%(fact)s”的单位是“%(unit)s”，不能填“%(given)s”")
            % {"fact": fact.label, "unit": fact.unit, "given": found[2]}
        )
    return int(found[1])


def show_value(fact: Fact, value: Any) -> str:
    """A threshold or measured value as text, without its unit; money in yuan, a list joined."""
    if isinstance(value, list):
        return "、".join(show_value(fact, item) for item in value)
    if value is None:
        return _("无记录")
    if fact.kind == "flag":
        return _("是") if value else _("否")
    if fact.kind == "choice":
        return str(dict(fact.choices).get(value, value))
    if fact.kind == "money":
        return fen_to_yuan_text(value)
    return str(value)
