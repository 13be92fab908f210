"""Hypothesis strategies for synthetic identity numbers, all under the unallocated county code 410799."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from kernel.identity.id_number import check_digit

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2020, 6, 29)


def number_for(day: dt.date, sequence: int, county: str = "410799") -> str:
    """A valid number of one day and sequence."""
    first_17 = f"{county}{day:%Y%m%d}{sequence:03d}"
    return first_17 + check_digit(first_17)


def id_numbers() -> st.SearchStrategy[str]:
    """Any valid number under 410799."""
    return st.builds(number_for, st.dates(FIRST_DAY, LAST_DAY), st.integers(0, 999))
