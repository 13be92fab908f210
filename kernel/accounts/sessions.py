"""How long a session lives: idle and absolute limits, and when a password has to be changed."""

from __future__ import annotations

import datetime as dt

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel.accounts.models import SecurityPolicy, User

STARTED = "accounts.started"
SEEN = "accounts.seen"
APPOINTMENT = "accounts.appointment"
PENDING = "accounts.pending"
WRITE_EVERY = 30
"""Seconds between two notes of "seen": a session row is not rewritten at every click."""


def now() -> dt.datetime:
    """The moment; tests travel by replacing this function."""
    return timezone.now()


def check_limits(session: SessionBase, policy: SecurityPolicy) -> Promise | None:
    """Note that the session is in use; the reason, when it has outlived a limit."""
    moment = int(now().timestamp())
    started = session.get(STARTED)
    seen = session.get(SEEN)
    if started is None or seen is None:
        session[STARTED] = session[SEEN] = moment
        return None
    if moment - started >= policy.session_hours * 3600:
        return _("本次登录已到最长在线时间，请重新登录")
    if moment - seen >= policy.idle_minutes * 60:
        return _("长时间没有操作，已自动退出，请重新登录")
    if moment - seen >= WRITE_EVERY:
        session[SEEN] = moment
    return None


def must_change_password(user: User, policy: SecurityPolicy) -> bool:
    """First login, a reset, or a password older than the policy allows."""
    if user.must_change_password:
        return True
    return bool(policy.password_days) and now() - user.password_changed_at >= dt.timedelta(days=policy.password_days)
