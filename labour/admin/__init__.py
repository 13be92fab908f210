"""The registry in the ledger room: households, people, employers, employment, the standard, and the year rows."""

from labour.admin import employment, people, standards

__all__ = ["employment", "people", "standards"]
