"""What day it is. The demo and the tests live on a fixed day; production on the real one."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone


def today() -> dt.date:
    """The business day: `DEMO_TODAY` when set, else today in the county's time zone."""
    if settings.DEMO_TODAY:
        return dt.date.fromisoformat(settings.DEMO_TODAY)
    return timezone.localdate()


def default_year() -> int:
    """The last full calendar year: what a dashboard shows when nobody asked for a period."""
    return today().year - 1
