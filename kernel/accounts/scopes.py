"""From an appointment to a scope: where it looks, and whether it may write."""

from __future__ import annotations

from kernel.accounts.models import Appointment
from kernel.accounts.roles import ADMINISTRATORS, READERS
from kernel.divisions.codes import level_of, range_of
from kernel.wall.scope import NOWHERE, Scope


def scope_for(
    appointment: Appointment,
    *,
    write: bool,
    source: str,
    request_id: str = "",
    reason: str = "",
    address: str = "",
) -> Scope:
    """The scope of one appointment: its division's subtree; nowhere for the three administrators; readers never write.

    `source` is page, admin, api, job or command. Whether the appointment is in force is the caller's question.
    """
    code = appointment.division_id
    low, high = NOWHERE if appointment.role in ADMINISTRATORS else range_of(code, level_of(code))
    return Scope(
        lo=low,
        hi=high,
        write=write and appointment.role not in READERS,
        actor=appointment.user_id,
        appointment=appointment.pk,
        role=appointment.role,
        source=source,
        request_id=request_id,
        reason=reason,
        address=address,
    )
