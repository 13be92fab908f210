"""Named writes of the registry, and the upkeep of its year rows."""

from labour.services.county import (
    load_code_lists,
    set_up_county,
)
from labour.services.employers import (
    change_employer,
    link_employers,
    register_employer,
    save_employer,
)
from labour.services.employment import (
    change_spell,
    correct_spell,
    end_spell,
    record_spell,
    save_spell,
)
from labour.services.people import (
    change_household,
    change_person,
    register_household,
    register_person,
    registered_elsewhere,
    save_household,
    save_person,
)
from labour.services.years import (
    YearDifference,
    advance_register,
    compare_years,
    open_register,
    rebuild_years,
    refresh_years,
    register_years,
)

__all__ = [
    "YearDifference",
    "advance_register",
    "change_employer",
    "change_household",
    "change_person",
    "change_spell",
    "compare_years",
    "correct_spell",
    "end_spell",
    "link_employers",
    "load_code_lists",
    "open_register",
    "rebuild_years",
    "record_spell",
    "refresh_years",
    "register_employer",
    "register_household",
    "register_person",
    "register_years",
    "registered_elsewhere",
    "save_employer",
    "save_household",
    "save_person",
    "save_spell",
    "set_up_county",
]
