"""Setting up a county: code lists, the default standard of who is a labourer, the register of year rows."""

from __future__ import annotations

import datetime as dt
from itertools import chain
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kernel.clock import default_year
from kernel.codes.services import load_codes, read_code_file
from kernel.divisions.models import Division
from labour.models import LabourStandard
from labour.services.years import open_register

CODE_LISTS = Path(__file__).resolve().parent.parent / "codelists"


def load_code_lists() -> dict[str, int]:
    """The lists that ship with the product (`labour/codelists/*.csv`); rerunnable. Returns `new`, `changed`, `same`."""
    files = sorted(CODE_LISTS.glob("*.csv"))
    return load_codes(rows=chain.from_iterable(map(read_code_file, files)))


@transaction.atomic
def set_up_county(*, division: Division, first_year: int | None = None) -> LabourStandard:
    """Make a county ready for its first import; rerunnable, and what the county has changed meanwhile stays.

    Loads the code lists; gives the county a standard (16 to 60 for both sexes, ordinary, skilled and weak ability,
    students not counted, from 2016) if it has none; opens its register from `first_year` (default: last year).
    Needs a writing scope that covers the county. Raises ValidationError for anything but a county.
    """
    if division.level != Division.Level.COUNTY:
        raise ValidationError(_("只有县级区划可以建立台账，%(name)s 不是") % {"name": division.name})
    load_code_lists()
    standard = LabourStandard.objects.filter(county=division).order_by("valid_from").last()
    if standard is None:
        standard = LabourStandard.objects.create(
            county=division,
            valid_from=dt.date(2016, 1, 1),
            age_from=16,
            age_to_men=60,
            age_to_women=60,
            abilities=["ordinary", "skilled", "weak"],
            basis=_("系统默认，请按本县文件核定"),
        )
    open_register(county=division, first_year=default_year() if first_year is None else first_year)
    return standard
