"""`person_token`: lets one department join its own pulls, and keeps two departments from joining theirs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kernel.protection.provider import blind_index_many
from kernel.rest.authentication import Caller

EVERY_COUNTY = 0


def person_tokens(uids: Sequence[UUID], caller: Caller) -> list[str]:
    """The keyed hash of each person for this caller, in order: equal in every pull of one client, unequal between two."""
    hashes = blind_index_many([uid.hex for uid in uids], context=f"rest.person.{caller.key}", county=EVERY_COUNTY)
    return [f"h:{each.hex()}" for each in hashes]
