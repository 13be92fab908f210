"""What the form shows of a threshold, it takes back: in Chinese and in English."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from subsidies.facts.registry import Fact, all_facts
from subsidies.facts.values import parse_value, show_value


def samples(fact: Fact) -> list[Any]:
    if fact.kind == "flag":
        return [True, False]
    if fact.kind == "choice":
        return [key for key, _label in fact.choices]
    return [0, 6, 500_000]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_shown_value_is_read_back(language: str) -> None:
    with translation.override(language):
        for fact in all_facts():
            for value in samples(fact):
                assert parse_value(fact, "eq", show_value(fact, value)) == value, (fact.code, value)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_list_of_choices_is_read_back(language: str) -> None:
    with translation.override(language):
        for fact in all_facts():
            if fact.kind == "choice":
                values = samples(fact)
                assert parse_value(fact, "in", show_value(fact, values)) == values, fact.code
