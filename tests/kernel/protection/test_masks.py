from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.identity.id_number import check_digit
from kernel.protection.masks import MASKS, MINIMUM_CANDIDATES, MaskKind, mask

DISTRICT = "410799"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("id", "410799198102240017", "****************17"),
        ("id", "41079919810224001X", "****************1X"),
        ("id", "410799810224001", "*************01"),
        ("id", "4107", "******"),
        ("phone", "19900000017", "199****0017"),
        ("phone", "03737690000", "037****0000"),
        ("phone", "110", "******"),
        ("card", "6217990000000000017", "***************0017"),
        ("card", "0017", "******"),
        ("name", "张三丰", "张**"),
        ("name", "张三", "张**"),
        ("name", "𠮷田", "𠮷**"),
        ("name", "买买提·吐尔逊", "买**"),
        ("hidden", "anything", "******"),
    ],
)
def test_one_mask_for_each_datum(kind: MaskKind, value: str, shown: str) -> None:
    assert mask(kind, value) == shown


def test_nothing_is_masked_as_nothing_and_unknown_kinds_raise() -> None:
    assert {mask(kind, "") for kind in MASKS} == {""}
    with pytest.raises(KeyError):
        mask("address", "延津县")  # type: ignore[arg-type]


@given(st.sampled_from(sorted(MASKS)), st.text(max_size=24))
def test_a_mask_never_shows_more_than_it_hides(kind: MaskKind, value: str) -> None:
    shown = mask(kind, value)
    assert len(shown.replace("*", "")) <= 7
    assert shown != value or set(value) <= {"*"}


def candidates_of_one_year(first_day: dt.date) -> Counter[str]:
    """Every number of one district whose owner has one age in years, counted by its mask (sex is in the 17th digit)."""
    found: Counter[str] = Counter()
    for day in range(365):
        born = first_day + dt.timedelta(days=day)
        for sequence in range(1000):
            first_17 = f"{DISTRICT}{born:%Y%m%d}{sequence:03d}"
            found[mask("id", first_17 + check_digit(first_17))] += 1
    return found


def test_district_age_and_sex_leave_thousands_of_identity_numbers() -> None:
    found = candidates_of_one_year(dt.date(1980, 6, 30))
    assert len(found) == 10 * 11
    assert min(found.values()) >= 3_200 > MINIMUM_CANDIDATES
    assert sum(found.values()) == 365_000


def test_the_birth_date_beside_the_mask_breaks_the_rule() -> None:
    born = "19810224"
    found: Counter[str] = Counter()
    for sequence in range(1000):
        first_17 = f"{DISTRICT}{born}{sequence:03d}"
        found[mask("id", first_17 + check_digit(first_17))] += 1
    # Hence pages show an age: the birth date belongs to unmasking.
    assert max(found.values()) < 20 < MINIMUM_CANDIDATES


def test_a_masked_phone_leaves_ten_thousand() -> None:
    assert (
        len(
            {
                f"199{middle:04d}0017"
                for middle in range(10_000)
                if mask("phone", f"199{middle:04d}0017") == "199****0017"
            }
        )
        == 10_000
    )
