"""Named writes on department clients: register, renew the secret, close."""

from __future__ import annotations

import datetime as dt
import ipaddress
import secrets

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from oauth2_provider.models import AccessToken, Application

from kernel.accounts.authority import require_authority, working
from kernel.accounts.models import DepartmentClient, User
from kernel.accounts.roles import Role
from kernel.accounts.services import appoint, create_user
from kernel.audit.services import record
from kernel.divisions.models import Division


def register_client(
    *,
    name: str,
    owner: str,
    purpose: str,
    legal_basis: str,
    division: Division,
    scopes: list[str],
    valid_to: dt.date,
    addresses: list[str] | None = None,
    by: User | None = None,
) -> tuple[str, str]:
    """A department system that may pull data: `(client_id, secret)`; the secret is stored hashed and shown only now."""
    require_authority(by, "accounts.add_departmentclient", division.pk)
    networks = check_networks(addresses or [])
    secret = secrets.token_urlsafe(48)
    with working(by):
        application = Application.objects.create(
            name=name,
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
            client_secret=secret,
        )
        user = create_user(
            username=f"api-{application.client_id[:16]}", full_name=name, home=division, password="", is_service=True
        )
        appoint(user=user, role=Role.DEPARTMENT, division=division)
        client = DepartmentClient(
            name=name,
            owner=owner,
            purpose=purpose,
            legal_basis=legal_basis,
            division=division,
            scopes=sorted(set(scopes)),
            valid_to=valid_to,
            addresses=networks,
            application=application,
            user=user,
        )
        client.full_clean()
        client.save()
        record("client.registered", obj=client, purpose=purpose, detail={"scopes": client.scopes})
    return application.client_id, secret


def renew_secret(*, client: DepartmentClient, by: User | None = None) -> str:
    """A new secret, shown only now; the old one and every token given out for it end."""
    require_authority(by, "accounts.change_departmentclient", client.division_id)
    secret = secrets.token_urlsafe(48)
    with working(by):
        application = Application.objects.select_for_update().get(pk=client.application_id)
        application.client_secret = secret
        application.save(update_fields=["client_secret", "updated"])
        AccessToken.objects.filter(application=application).delete()
        record("client.secret_renewed", obj=client)
    return secret


def update_client(
    *,
    client: DepartmentClient,
    scopes: list[str],
    valid_to: dt.date,
    addresses: list[str],
    is_active: bool,
    by: User | None = None,
) -> DepartmentClient:
    """Narrow, widen, prolong or close a client; counts from its next request."""
    require_authority(by, "accounts.change_departmentclient", client.division_id)
    with working(by):
        row = DepartmentClient.objects.select_for_update().get(pk=client.pk)
        row.scopes, row.valid_to, row.is_active = sorted(set(scopes)), valid_to, is_active
        row.addresses = check_networks(addresses)
        row.full_clean()
        row.save(update_fields=["scopes", "valid_to", "is_active", "addresses"])
        record("client.changed", obj=row, detail={"scopes": row.scopes, "active": is_active})
    return row


def check_networks(addresses: list[str]) -> list[str]:
    """Addresses or networks in one spelling; a ValidationError names the wrong one."""
    checked = []
    for text in addresses:
        try:
            checked.append(str(ipaddress.ip_network(str(text).strip(), strict=False)))
        except ValueError as error:
            raise ValidationError(_("%(text)s 不是网络地址") % {"text": text}) from error
    return checked
