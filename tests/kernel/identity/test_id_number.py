from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from kernel.identity.id_number import (
    birth_date,
    cell_problem,
    check_digit,
    check_id,
    county_hint,
    normalise_id,
    propose_upgrade,
    sex,
    validate_id_number,
)
from tests.kernel.identity.numbers import FIRST_DAY, LAST_DAY, id_numbers, number_for

TODAY = LAST_DAY
GOOD = number_for(dt.date(1981, 2, 24), 1)


@given(id_numbers())
def test_generated_numbers_pass(number: str) -> None:
    assert check_id(number, today=TODAY) is None


@given(id_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_changed_character_fails(number: str, at: int, other: str) -> None:
    changed = number[:at] + other + number[at + 1 :]
    assert (check_id(changed, today=TODAY) is None) == (changed == number)


@given(id_numbers(), st.integers(0, 15))
def test_two_neighbours_swapped_fail(number: str, at: int) -> None:
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert (check_id(swapped, today=TODAY) is None) == (swapped == number)


@given(st.dates(FIRST_DAY, LAST_DAY), st.integers(0, 999))
def test_birth_date_and_sex_are_read_back(day: dt.date, sequence: int) -> None:
    number = number_for(day, sequence)
    assert (birth_date(number), sex(number)) == (day, "1" if sequence % 2 else "2")


@given(st.dates(dt.date(1900, 1, 1), dt.date(1999, 12, 31)), st.integers(0, 995))
def test_fifteen_digits_are_upgraded_to_the_number_of_the_same_person(day: dt.date, sequence: int) -> None:
    old = f"410799{day:%y%m%d}{sequence:03d}"
    problem = check_id(old)
    assert problem is not None
    assert problem.code == "id.old_15"
    assert propose_upgrade(old) == number_for(day, sequence)


@pytest.mark.parametrize("text", ["410799810230001", "410799810224996", "410799", GOOD, "", "41079981022400X"])
def test_no_upgrade_is_proposed_without_a_safe_one(text: str) -> None:
    assert propose_upgrade(text) is None


@pytest.mark.parametrize("county", ["410726", "511521", "000000", "110000", "830000"])
def test_the_county_code_never_refuses(county: str) -> None:
    number = number_for(dt.date(1950, 1, 31), 12, county)
    assert check_id(number, today=TODAY) is None
    assert county_hint(number) == int(county)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "id.blank"),
        (" \u3000", "id.blank"),
        ("无", "id.placeholder"),
        ("0", "id.placeholder"),
        ("1" * 18, "id.placeholder"),
        ("1" * 15, "id.placeholder"),
        ("123456789012345678", "id.placeholder"),
        (number_for(dt.date(1981, 2, 24), 1, "999999"), "id.placeholder"),
        ("410799" * 3, "id.placeholder"),
        (GOOD[:17], "id.length"),
        (GOOD + "1", "id.length"),
        ("张三", "id.length"),
        ("41O799" + GOOD[6:], "id.alphabet"),
        (GOOD[:17] + "A", "id.alphabet"),
        ("²" * 3 + "三" + GOOD[4:], "id.alphabet"),
        ("410799198113010017", "id.calendar"),
        ("410799198102300017", "id.calendar"),
        ("410799198102290017", "id.calendar"),
        ("410799000001010017", "id.calendar"),
        (number_for(dt.date(1899, 12, 31), 1), "id.birth_range"),
        (number_for(TODAY + dt.timedelta(days=1), 1), "id.future"),
        (number_for(dt.date(2099, 1, 1), 1), "id.future"),
        ("4.1079919810224E+17", "id.numeric_cell"),
        ("410799198102240000.0", "id.numeric_cell"),
        ("4.1079919810224E+1", "id.numeric_cell"),
    ],
)
def test_every_problem_has_its_code(text: str, code: str) -> None:
    problem = check_id(text, today=TODAY)
    assert problem is not None
    assert problem.code == code
    assert str(problem).endswith(("。", "重填"))


def test_the_real_day_bounds_births_when_none_is_given() -> None:
    tomorrow = dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=2)
    problem = check_id(number_for(tomorrow, 1))
    assert problem is not None
    assert problem.code == "id.future"


def test_leap_day_is_a_birthday_only_in_leap_years() -> None:
    assert check_id(number_for(dt.date(2000, 2, 29), 1), today=TODAY) is None
    first_17 = "41079919000229001"
    problem = check_id(first_17 + check_digit(first_17), today=TODAY)
    assert problem is not None
    assert problem.code == "id.calendar"


@pytest.mark.parametrize("written", ["{}", " {} ", "\u200b{}\ufeff", "\u3000{}\u00a0"])
def test_noise_around_a_number_is_removed(written: str) -> None:
    assert normalise_id(written.format(GOOD)) == GOOD
    assert check_id(written.format(GOOD), today=TODAY) is None


def test_full_width_and_small_x_are_unified() -> None:
    number = next(each for n in range(100) if (each := number_for(dt.date(1975, 8, 29), n)).endswith("X"))
    full_width = "".join(chr(ord(each) + 0xFEE0) for each in number.lower())
    assert normalise_id(full_width) == number
    assert check_id(number[:6] + " " + number[6:14] + " " + number[14:].lower(), today=TODAY) is None


@pytest.mark.parametrize("value", [4.1079919810224e17, 410799198102240017, Decimal(1), "4.10799E+17", " 4.1e17 ", True])
def test_numeric_cells_are_refused_with_the_cure(value: object) -> None:
    problem = cell_problem(value)
    assert problem is not None
    assert str(problem) == "身份证号被存成数字，末尾已丢失，请将该列设为文本后重填"


@pytest.mark.parametrize("value", [GOOD, "", None, "无"])
def test_text_cells_are_left_to_the_check(value: object) -> None:
    assert cell_problem(value) is None


def test_validator_carries_the_code() -> None:
    validate_id_number(GOOD)
    with pytest.raises(ValidationError) as caught:
        validate_id_number(GOOD[:-1])
    assert caught.value.code == "id.length"


@given(st.text(max_size=30))
def test_any_text_gets_an_answer_without_an_exception(text: str) -> None:
    problem = check_id(text, today=TODAY)
    assert problem is None or problem.code.startswith("id.")


def test_a_hundred_thousand_numbers_are_quick() -> None:
    numbers = [number_for(FIRST_DAY + dt.timedelta(days=n % 40_000), n % 1000) for n in range(100_000)]
    start = time.process_time()
    assert not any(check_id(number, today=TODAY) for number in numbers)
    # 0.15 s measured; the bound only catches a return to loops or to a library (4.7 s).
    assert time.process_time() - start < 1.0
