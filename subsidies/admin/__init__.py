"""Schemes, terms and computed entitlements in the ledger room."""

from subsidies.admin import entitlements, schemes

__all__ = ["entitlements", "schemes"]
