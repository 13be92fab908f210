"""The one mask of each datum, the same on every screen, export, notice and log, so that masks cannot be intersected.

The rule (SECURITY I14): whatever is shown together must leave at least 1,000 candidates. An identity number shows
only its last two characters: with the district, the age in years and the sex known, about 3,300 numbers remain.
Its usual mask, first six and last four, leaves 33 as soon as the birth year is known, and one with the birth date;
and with the birth date even the last two leave about nine, so the birth date itself belongs to unmasking and pages
show an age. A phone shows first three and last four (10,000 remain), a bank card its last four (with the bank known,
10^5 or more remain). A name is shown in full inside the county; the REST default is its first character and two stars.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

MaskKind = Literal["id", "phone", "card", "name", "hidden"]

MINIMUM_CANDIDATES = 1_000
STAR = "*"
HIDDEN = STAR * 6
_ID_SHOWN = 2
_ID_LENGTHS = (15, 18)
_PHONE_LENGTH = 11
_CARD_SHOWN = 4
_CARD_SHORTEST = 12


def mask_id(value: str) -> str:
    """`****************17`: the last two characters. A text that is no identity number shows nothing."""
    if len(value) not in _ID_LENGTHS:
        return mask_hidden(value)
    return STAR * (len(value) - _ID_SHOWN) + value[-_ID_SHOWN:]


def mask_phone(value: str) -> str:
    """`199****0017`: first three and last four of a mobile number. Any other number shows nothing."""
    if len(value) != _PHONE_LENGTH:
        return mask_hidden(value)
    return f"{value[:3]}{STAR * 4}{value[-4:]}"


def mask_card(value: str) -> str:
    """`***************0017`: the last four of a bank card, as its own bank prints it on a receipt."""
    if len(value) < _CARD_SHORTEST:
        return mask_hidden(value)
    return STAR * (len(value) - _CARD_SHOWN) + value[-_CARD_SHOWN:]


def mask_name(value: str) -> str:
    """`张**`: the first character and always two stars, so that the length says nothing."""
    return f"{value[0]}{STAR * 2}" if value else ""


def mask_hidden(value: str) -> str:
    """Six stars for anything, nothing for nothing."""
    return HIDDEN if value else ""


MASKS: dict[MaskKind, Callable[[str], str]] = {
    "id": mask_id,
    "phone": mask_phone,
    "card": mask_card,
    "name": mask_name,
    "hidden": mask_hidden,
}


def mask(kind: MaskKind, value: str) -> str:
    """The value as anybody without the right to unmask sees it. An unknown kind raises KeyError: no mask, no value."""
    return MASKS[kind](value)
