"""The main navigation, once for everybody; each role sees what its permissions open."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.web.navigation import NavItem

NAVIGATION: tuple[NavItem, ...] = (
    NavItem(_("一览"), "headquarters:home", "web.view_dashboard", phone=True),
    NavItem(_("名册"), "labour:roster", "labour.view_person", phone=True),
    NavItem(pgettext_lazy("plural", "用工主体"), "labour:employers", "labour.view_employer"),
    NavItem(_("奖补"), "subsidies:entitlements", "subsidies.view_entitlement", phone=True),
    NavItem(_("导入导出"), "exchange:list", "exchange.view_upload"),
    NavItem(pgettext_lazy("plural", "任务"), "jobs:list", "jobs.view_job"),
    NavItem(_("审计"), "audit:events", "audit.view_event"),
    NavItem(_("台账"), "admin:index", "web.enter_admin"),
)
