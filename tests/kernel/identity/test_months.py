from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.identity.months import mask_to_months, month_mask, parse_date, parse_month
from kernel.identity.problems import ProblemError

DAY = dt.date(2020, 6, 29)
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31))
SOME_YEARS = st.dates(dt.date(2017, 1, 1), dt.date(2022, 12, 31))


@pytest.mark.parametrize(
    "value",
    [
        "2020-06-29", "2020-6-29", "2020/6/29", "2020/06/29", "2020.6.29", "20200629", "2020年6月29日", "2020年06月29号",
        " 2020 年 6 月 29 日 ", "２０２０－０６－２９", "2020-06-29 00:00:00", "2020/6/29 0:00", "2020-06-29T08:30:00",
        "44011", 44011, 44011.0, 44011.75, 20200629, 20200629.0, DAY, dt.datetime.combine(DAY, dt.time(8, 30)), "\ufeff2020-06-29",
    ],
)  # fmt: skip
def test_listed_forms_are_one_day(value: object) -> None:
    assert parse_date(value) == DAY


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "date.blank"),
        ("", "date.blank"),
        (" \u3000", "date.blank"),
        ("2020年6月", "date.month_only"),
        ("2020.6", "date.month_only"),
        (2020.6, "date.month_only"),
        ("202006", "date.month_only"),
        ("6/29/2020", "date.ambiguous"),
        ("29.6.2020", "date.ambiguous"),
        ("20-6-29", "date.ambiguous"),
        ("810629", "date.ambiguous"),
        ("20206", "date.ambiguous"),
        (20206, "date.ambiguous"),
        ("2020-02-30", "date.calendar"),
        ("20201301", "date.calendar"),
        ("2020-0-1", "date.calendar"),
        ("1899-12-31", "date.year_range"),
        ("2100-01-01", "date.year_range"),
        (dt.date(1583, 1, 1), "date.year_range"),
        ("2020-06/29", "date.form"),
        ("二〇二〇年六月", "date.form"),
        ("①2020-06-29", "date.form"),
        ("长期", "date.form"),
        ("99999", "date.form"),
        (99999, "date.form"),
        (True, "date.form"),
        (float("nan"), "date.form"),
        (float("inf"), "date.form"),
        ("２０²０-06-29", "date.form"),
        ([], "date.form"),
    ],
)
def test_every_date_problem_has_its_code(value: object, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_date(value)
    assert caught.value.problem.code == code


@pytest.mark.parametrize(
    "value",
    [
        "2020-06", "2020-6", "2020/6", "2020.6", "2020.06", "202006", "2020年6月", "2020年06月", "2020年6月份", 2020.6, 202006,
        202006.0, "2020-06-29", "20200629", 44011, DAY, dt.datetime.combine(DAY, dt.time()), "２０２０年０６月",
    ],
)  # fmt: skip
def test_listed_forms_are_one_month(value: object) -> None:
    assert parse_month(value) == dt.date(2020, 6, 1)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "date.blank"),
        ("2020.13", "date.calendar"),
        ("2020年0月", "date.calendar"),
        (2020.1, "date.ambiguous"),
        ("200601", "date.ambiguous"),
        ("20206", "date.ambiguous"),
        ("6月", "month.form"),
        ("2020", "month.form"),
        (2020, "month.form"),
        (0.5, "month.form"),
        ("至今", "month.form"),
    ],
)
def test_every_month_problem_has_its_code(value: object, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_month(value)
    assert caught.value.problem.code == code


def test_a_text_month_keeps_its_zero() -> None:
    assert parse_month("2020.1") == dt.date(2020, 1, 1)
    assert parse_month("2020.10") == dt.date(2020, 10, 1)


def test_old_macintosh_serials() -> None:
    assert parse_date(44011 - 1462, base_1904=True) == DAY


@given(DAYS)
def test_what_is_written_is_read(day: dt.date) -> None:
    forms = [
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
    ]
    assert {parse_date(form) for form in forms} == {day}
    assert parse_month(f"{day.year}年{day.month:02d}月") == day.replace(day=1)


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.none(), st.booleans()))
def test_any_cell_gives_a_day_or_a_problem(value: object) -> None:
    for parse in (parse_date, parse_month):
        day = None
        with suppress(ProblemError):
            day = parse(value)
        assert day is None or 1900 <= day.year <= 2099


@given(SOME_YEARS, st.none() | SOME_YEARS, st.integers(2018, 2021))
def test_the_mask_is_the_set_of_touched_months(start: dt.date, end: dt.date | None, year: int) -> None:
    last = end or dt.date(year, 12, 31)
    first_of = [dt.date(year, month, 1) for month in range(1, 13)]
    touched = {day.month for day in first_of if start.replace(day=1) <= day <= last and start <= last}
    assert set(mask_to_months(month_mask(start, end, year))) == touched


def test_masks_of_the_year() -> None:
    assert month_mask(dt.date(2019, 3, 1), dt.date(2019, 5, 31), 2019) == 0b000000011100
    assert month_mask(dt.date(2018, 1, 1), None, 2019) == 0b111111111111
    assert mask_to_months(0b100000000001) == (1, 12)
    with pytest.raises(ValueError, match="12 bits"):
        mask_to_months(1 << 12)
