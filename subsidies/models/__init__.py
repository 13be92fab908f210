"""Schemes, their dated terms and conditions, and the entitlements computed from them."""

from subsidies.models.entitlements import Entitlement
from subsidies.models.schemes import Scheme
from subsidies.models.terms import Condition, Terms

__all__ = ["Condition", "Entitlement", "Scheme", "Terms"]
