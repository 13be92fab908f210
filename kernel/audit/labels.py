"""Words for what the log stores as codes. Upper floors name their own actions and roles when they start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = Mapping[str, str | _StrPromise]

_actions: dict[str, str | _StrPromise] = {
    "login": _("登录"),
    "login.failed": _("登录失败"),
    "login.locked": _("登录锁定"),
    "logout": _("退出"),
    "log.exported": _("导出审计记录"),
    "chain.verified": _("核验封存链"),
    "access.refused": _("越权被拒"),
}
_roles: dict[str, str | _StrPromise] = {}
SOURCES: dict[str, str | _StrPromise] = {
    "page": _("页面"),
    "admin": _("台账"),
    "api": _("接口"),
    "job": _("后台任务"),
    "command": _("命令"),
}


def name_actions(words: Words) -> None:
    """Give words to action codes; raises ValueError when two apps claim the same code with different words."""
    _claim(_actions, words)


def name_roles(words: Words) -> None:
    """Give words to role codes."""
    _claim(_roles, words)


def action_label(action: str) -> str:
    """The words of an action; the code itself when nobody named it."""
    return str(_actions.get(action, action))


def role_label(role: str) -> str:
    """The words of a role; empty for the system itself."""
    return str(_roles.get(role, role))


def source_label(source: str) -> str:
    """Where an act came from."""
    return str(SOURCES.get(source, source))


def _claim(known: dict[str, str | _StrPromise], words: Words) -> None:
    for code, label in words.items():
        if str(known.setdefault(code, label)) != str(label):
            raise ValueError(f"{code} has two labels")
