"""Writes of this room: recalculation, settling, terms."""

from subsidies.services.recalculation import Changes, prove_entitlements, recalculate
from subsidies.services.settling import enqueue_waiting, settle, settle_township, waiting_townships
from subsidies.services.terms import Preview, activate_terms, close_terms, preview_terms, recheck_terms, withdraw_terms

__all__ = [
    "Changes",
    "Preview",
    "activate_terms",
    "close_terms",
    "enqueue_waiting",
    "preview_terms",
    "prove_entitlements",
    "recalculate",
    "recheck_terms",
    "settle",
    "settle_township",
    "waiting_townships",
    "withdraw_terms",
]
