"""The vocabulary refuses faulty declarations at start-up, and says what it knows."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import F

from subsidies.facts import registry
from subsidies.facts.registry import Fact, Parameter, all_facts, get_fact, register
from subsidies.facts.values import parse_value, show_value


def plain() -> Any:
    """一个说明。"""
    return F("months")


def silent() -> Any:
    return F("months")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"code": "wages"}, "registered twice"),
        ({"label": " "}, "no label"),
        ({"unit": ""}, "no unit"),
        ({"expression": silent}, "no docstring"),
        ({"kind": "choice"}, "no choices"),
        ({"subject": "horse"}, "unknown subject"),
    ],
)
def test_faulty_facts_stop_the_start(monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], words: str) -> None:
    monkeypatch.setattr(registry, "_facts", dict(registry._facts))
    given = {"code": "new", "subject": "person", "label": "新", "unit": "个", "kind": "count", "expression": plain}
    with pytest.raises(ImproperlyConfigured, match=words):
        register(Fact(**{**given, **fields}))


def test_every_shipped_fact_speaks() -> None:
    for fact in all_facts():
        assert fact.definition
        assert fact.title({})
        assert fact.measure({}) is not None
    assert {fact.subject for fact in all_facts()} == {"person", "employer"}


def test_keys_carry_parameters() -> None:
    heads = get_fact("heads")
    assert heads.key({}) == "heads(min_months=6)"
    assert heads.title({"min_months": 3}) == "就业满 3 个月的登记劳动力人数"
    assert Parameter("n", "数", 1, 1, 2).clean(2) == 2


@pytest.mark.parametrize(
    ("code", "operator", "text", "value", "shown"),
    [
        ("months_outside", "gte", "6", 6, "6"),
        ("months_outside", "gte", "6个月", 6, "6"),
        ("months_outside", "between", "3、6", [3, 6], "3、6"),
        ("wages", "gte", "15000元", 1_500_000, "15,000.00"),
        ("labourer", "eq", "是", True, "是"),
        ("employer_kind", "in", "企业，合作社", ["enterprise", "cooperative"], "企业、合作社"),
    ],
)
def test_officers_words_become_values_and_back(code: str, operator: str, text: str, value: Any, shown: str) -> None:
    fact = get_fact(code)
    assert parse_value(fact, operator, text) == value
    assert show_value(fact, value) == shown


@pytest.mark.parametrize(
    ("code", "operator", "text", "words"),
    [
        ("months_outside", "gte", "6元", "单位是“个月”，不能填“元”"),
        ("months_outside", "gte", "六", "应为整数"),
        ("wages", "gte", "1.5万", "以元为单位"),
        ("labourer", "eq", "也许", "“是”或“否”"),
        ("employer_kind", "in", "", "至少一个选项"),
    ],
)
def test_wrong_words_get_an_answer(code: str, operator: str, text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        parse_value(get_fact(code), operator, text)
