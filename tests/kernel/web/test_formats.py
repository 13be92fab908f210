"""How numbers, shares, ages and places are written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from kernel.web.templatetags import formats
from tests.kernel.web.site import Place


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("{{ 123450|fen }}", "1,234.50"),
        ("{{ 76930000|wan }}", "76.93"),
        ("{{ 187700000|wan }}", "187.7"),
        ("{{ 4064|people }}", "4,064 人"),
        ("{{ 4707|times }}", "4,707 人次"),
        ("{{ 4707|percent1:4064 }}", "115.8%"),
        ("{{ 0|percent1:0 }}", "—"),
        ("{{ None|fen }}{{ None|wan }}{{ None|count }}{{ None|people }}{{ None|times }}{{ None|percent1 }}", "—" * 6),
    ],
)
def test_filters_in_a_template(shown: str, expected: str) -> None:
    assert Template("{% load formats %}" + shown).render(Context()) == expected


def test_a_ratio_alone_is_a_share_and_halves_go_up() -> None:
    assert formats.percent1(Fraction(1, 8)) == "12.5%"
    assert formats.percent1(Decimal("0.0005")) == "0.1%"
    assert formats.percent1(1) == "100.0%"
    assert formats.percent1(12, 1) == "1,200.0%"


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_shares_are_exact_to_half_a_tenth(numerator: int, denominator: int) -> None:
    shown = Fraction(formats.percent1(numerator, denominator).rstrip("%").replace(",", ""))
    assert abs(shown - Fraction(numerator * 100, denominator)) <= Fraction(1, 20)


def test_ages_turn_on_the_birthday() -> None:
    born = dt.date(1968, 2, 29)
    assert formats.age(born, dt.date(2020, 2, 28)) == "51"
    assert formats.age(born, dt.date(2020, 2, 29)) == "52"
    assert formats.age(born, dt.date(2019, 3, 1)) == "51"
    assert formats.age(None) == "—"


def test_age_by_default_is_on_the_business_day() -> None:
    assert formats.age(dt.date(1960, 6, 29)) == "60"
    assert formats.age(dt.date(1960, 6, 30)) == "59"


def test_a_place_is_called_by_its_short_name() -> None:
    class Short(Place):
        short_name = "东屯"

    assert formats.division_name(Short(1, "东屯镇")) == "东屯"
    assert formats.division_name(Place(1, "东屯镇")) == "东屯镇"
    assert formats.division_name(None) == "—"
