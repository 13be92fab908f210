"""Named writes of the registry, and the upkeep of its year rows."""

from labour.services.county import load_code_lists, set_up_county
from labour.services.years import (
    YearDifference,
    advance_register,
    compare_years,
    open_register,
    rebuild_years,
    refresh_years,
)

__all__ = [
    "YearDifference",
    "advance_register",
    "compare_years",
    "load_code_lists",
    "open_register",
    "rebuild_years",
    "refresh_years",
    "set_up_county",
]
