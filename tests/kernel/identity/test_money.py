from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.identity.money import MAX_FEN, fen_to_wan_text, fen_to_yuan_text, yuan_to_fen
from kernel.identity.problems import ProblemError

FEN = st.integers(0, MAX_FEN)


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        ("1234.5", 123450),
        ("1,234.50", 123450),
        ("１，２３４．５０", 123450),
        ("1234.50元", 123450),
        (" ¥1,234.50 ", 123450),
        ("￥1234.5 元", 123450),
        ("1234.5000", 123450),
        ("0", 0),
        ("+3", 300),
        (1575.59, 157559),
        (0.1 + 0.2, 30),
        (1575.5900000000001, 157559),
        (900.0, 90000),
        (5000, 500000),
        (Decimal("0.01"), 1),
        (Decimal("1E+3"), 100000),
        (Decimal("12.3400"), 1234),
    ],
)
def test_amounts_are_exact(value: object, fen: int) -> None:
    assert yuan_to_fen(value) == fen


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "money.blank"),
        ("", "money.blank"),
        (" \u3000", "money.blank"),
        ("12.345", "money.decimals"),
        (12.345, "money.decimals"),
        (0.001, "money.decimals"),
        (Decimal("0.005"), "money.decimals"),
        (Decimal("1E-1000000"), "money.decimals"),
        ("1.2万", "money.unit"),
        ("三百元", "money.unit"),
        ("1E+3", "money.form"),
        ("12,34", "money.form"),
        ("1.2.3", "money.form"),
        ("元", "money.form"),
        ("100²", "money.form"),
        ("①100", "money.form"),
        (True, "money.form"),
        (float("nan"), "money.form"),
        (Decimal("Infinity"), "money.form"),
        ([], "money.form"),
        ("-1", "money.negative"),
        (-0.01, "money.negative"),
        (10**12, "money.too_large"),
        ("9" * 30, "money.too_large"),
        (Decimal("1E+1000000"), "money.too_large"),
        (1e300, "money.too_large"),
    ],
)
def test_every_money_problem_has_its_code(value: object, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        yuan_to_fen(value)
    assert caught.value.problem.code == code


def test_negative_amounts_on_request() -> None:
    assert yuan_to_fen("-1,000.01", allow_negative=True) == -100001


@given(FEN)
def test_text_decimal_and_cell_give_the_same_fen(fen: int) -> None:
    exact = Decimal(fen).scaleb(-2)
    assert yuan_to_fen(fen_to_yuan_text(fen)) == yuan_to_fen(exact) == yuan_to_fen(fen / 100) == fen


@given(st.one_of(st.text(max_size=20), st.floats(), st.decimals(), st.integers()))
def test_any_cell_gives_fen_or_a_problem(value: object) -> None:
    fen = 0
    with suppress(ProblemError):
        fen = yuan_to_fen(value)
    assert 0 <= fen <= MAX_FEN


@pytest.mark.parametrize(
    ("fen", "text"),
    [(123450, "1,234.50"), (0, "0.00"), (5, "0.05"), (-123456789, "-1,234,567.89"), (76930000, "769,300.00")],
)
def test_yuan_texts(fen: int, text: str) -> None:
    assert fen_to_yuan_text(fen) == text


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (187_700_000, "187.7"),
        (76_930_000, "76.93"),
        (31_440_000, "31.44"),
        (30_500_000, "30.5"),
        (1_330_000, "1.33"),
        (0, "0"),
        (100_000_000, "100"),
        (4_999, "0"),
        (5_000, "0.01"),
        (-1_005_000, "-1.01"),
        (-4_999, "0"),
    ],
)
def test_wan_texts(fen: int, text: str) -> None:
    assert fen_to_wan_text(fen) == text
