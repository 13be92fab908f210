"""A department's system with a token in its hand, without the second that hashing its secret takes."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from itertools import count

from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from kernel.accounts.models import Appointment, DepartmentClient, User
from kernel.accounts.roles import Role

_numbers = count(1)
READ = ("labour:read", "subsidies:read", "figures:read", "codelists:read")


def department(division: int, scopes: Sequence[str] = READ, *, asked: Sequence[str] | None = None) -> Client:
    """A client whose every request carries a good token for one division. `asked`: scopes of the token, if fewer."""
    number = next(_numbers)
    application = Application(
        name=f"部门{number}",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        hash_client_secret=False,
    )
    application.save()
    user = User.objects.create_user(f"api-{number}", None, full_name=f"部门{number}", home_id=division, is_service=True)
    Appointment.objects.create(user=user, role=Role.DEPARTMENT, division_id=division, valid_from=dt.date(2019, 1, 1))
    DepartmentClient.objects.create(
        name=f"部门{number}",
        owner="县农业农村局",
        purpose="核对防返贫监测对象就业情况",
        legal_basis="测试",
        division_id=division,
        scopes=sorted(scopes),
        valid_to=dt.date(2030, 1, 1),
        application=application,
        user=user,
    )
    text = secrets.token_urlsafe(24)
    AccessToken.objects.create(
        application=application,
        token=text,
        scope=" ".join(scopes if asked is None else asked),
        expires=timezone.now() + dt.timedelta(hours=1),
    )
    return Client(headers={"authorization": f"Bearer {text}"})
