"""How numbers, money, ages and places are written on every page: one filter each, so that no page differs."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django import template
from django.utils.translation import gettext as _

from kernel.clock import today
from kernel.identity.money import fen_to_wan_text, fen_to_yuan_text

register = template.Library()

NOTHING = "—"


@register.filter
def fen(value: int | None) -> str:
    """Fen as exact yuan with grouped digits: 123450 → 1,234.50."""
    return NOTHING if value is None else fen_to_yuan_text(value)


@register.filter
def wan(value: int | None) -> str:
    """Fen in 万元, at most two decimals, no trailing zeros: 76930000 → 76.93."""
    return NOTHING if value is None else fen_to_wan_text(value)


@register.filter
def count(value: int | None) -> str:
    """A whole number with grouped digits: 4,064."""
    return NOTHING if value is None else f"{value:,}"


@register.filter
def people(value: int | None) -> str:
    """A number of distinct people: 4,064 人."""
    return NOTHING if value is None else _("%(count)s 人") % {"count": count(value)}


@register.filter
def times(value: int | None) -> str:
    """A number of person-times, which may exceed the number of people: 4,707 人次."""
    return NOTHING if value is None else _("%(count)s 人次") % {"count": count(value)}


@register.filter
def percent1(value: int | float | Decimal | Fraction | None, denominator: int | None = None) -> str:
    """A share with one decimal, halves up: `{{ 4707|percent1:4064 }}` → 115.8%; without a denominator a ratio is meant."""
    if value is None or denominator == 0:
        return NOTHING
    ratio = Fraction(value) / (denominator if denominator is not None else 1)
    # Exact until the last step: binary floats would turn 0.25 % now up, now down.
    exact = Decimal(ratio.numerator) * 100 / Decimal(ratio.denominator)
    return f"{exact.quantize(Decimal('0.1'), ROUND_HALF_UP):,}%"


@register.filter
def division_name(division: Any) -> str:
    """The short name of a place where it has one, else its full name."""
    if division is None:
        return NOTHING
    return str(getattr(division, "short_name", "") or division.name)


@register.filter
def age(birth: dt.date | None, on: dt.date | None = None) -> str:
    """Full years on a day (the business day by default); shown instead of the birth date, which identifies a person."""
    if birth is None:
        return NOTHING
    day = on or today()
    return str(day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)))
