"""The demo's people: one login per role in Yanjin, and a clerk of a second county to show the wall."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from kernel.accounts.models import User
from kernel.accounts.registration import register_client
from kernel.accounts.roles import Role
from kernel.accounts.services import appoint, create_user
from kernel.divisions.models import Division

PASSWORD = "Yanjin-2020"  # noqa: S105 -- intended: printed on the login page of the demo, never used elsewhere
COUNTY, SECOND_COUNTY = 410726000000, 410799000000
TOWNSHIP, VILLAGE = 410726205000, 410726205222
SINCE = dt.date(2019, 1, 1)


@dataclass(frozen=True)
class Login:
    """One demo account: what it may try first is told in `hint`."""

    username: str
    full_name: str
    role: str
    division: int
    hint: str


LOGINS = (
    Login("leader", "示例领导", Role.LEADER, COUNTY, "看全县一览，点任一数字看到人"),
    Login("clerk", "示例王姐", Role.CLERK, COUNTY, "导入工作簿，改一条务工记录"),
    Login("approver", "示例审核", Role.APPROVER, COUNTY, "看奖补测算与条件"),
    Login("finance", "示例财政", Role.FINANCE, COUNTY, "看奖补名单与金额"),
    Login("township", "示例小李", Role.TOWNSHIP, TOWNSHIP, "只看到马庄乡"),
    Login("village", "示例老周", Role.VILLAGE, VILLAGE, "只看到本村的人"),
    Login("auditor", "示例审计", Role.AUDITOR, COUNTY, "只读，查看留痕"),
    Login("system", "示例系统管理", Role.SYSTEM, COUNTY, "管账号，看不到个人信息"),
    Login("security", "示例安全管理", Role.SECURITY, COUNTY, "授权与安全策略"),
    Login("logkeeper", "示例审计管理", Role.LOGKEEPER, COUNTY, "查审计记录"),
    Login("second", "示范县经办", Role.CLERK, SECOND_COUNTY, "另一个县：看不到延津一行"),
)


def make_logins() -> list[dict[str, str]]:
    """Create the accounts that are missing; returns one line per login for the terminal, the login page and scripts."""
    lines = []
    for login in LOGINS:
        division = Division.objects.get(pk=login.division)
        user = User.objects.filter(username=login.username).first()
        if user is None:
            user = create_user(
                username=login.username,
                full_name=login.full_name,
                home=division,
                password=PASSWORD,
                must_change_password=False,
            )
            appoint(user=user, role=login.role, division=division, valid_from=SINCE)
        else:
            # The demo's clocks stand still, the password's does not: it must not expire on a demo kept for months.
            User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now())
        lines.append(
            {
                "role": str(login.role),
                "label": str(Role(login.role).label),
                "username": login.username,
                "password": PASSWORD,
                "division": str(division.pk),
                "place": division.short_name,
                "hint": login.hint,
            }
        )
    return lines


def make_client(kept: Path, url: str) -> dict[str, Any]:
    """The demo's department system. Its secret is stored hashed, so the first run keeps it in `kept` (0600)."""
    if kept.exists():
        known: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    else:
        scopes = ["labour:read", "labour:pii", "subsidies:read", "figures:read", "codelists:read"]
        client_id, secret = register_client(
            name="示例民政系统",
            owner="示例民政局",
            purpose="演示：按月比对就业与低保",
            legal_basis="演示数据，无真实个人信息",
            division=Division.objects.get(pk=COUNTY),
            scopes=scopes,
            valid_to=dt.date(2030, 12, 31),
        )
        known = {"client_id": client_id, "client_secret": secret, "scopes": scopes}
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(known), encoding="utf-8")
    return {"token_url": f"{url}/api/v1/oauth/token/", **known}
