"""The admin site is ours: scoped, branded, without superusers."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig as StockAdminConfig


class AdminConfig(StockAdminConfig):
    """Stock Django admin on `kernel.web`'s site class."""

    default_site = "kernel.web.site.LedgerRoom"
