"""Bearer tokens: from the header to the service user, its client and the scopes it may use now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.utils import timezone
from oauth2_provider.models import AccessToken

from kernel.accounts.models import DepartmentClient, User
from kernel.clock import today


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that is good at this moment. `scopes` = asked for and still granted to the client."""

    token: AccessToken
    client: DepartmentClient
    user: User
    scopes: frozenset[str]


def read_bearer(header: str, address: str) -> Bearer | None:
    """The bearer of an `Authorization` header; None when anything about it is no longer good."""
    kind, _, text = header.partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        return None
    checksum = hashlib.sha256(text.strip().encode()).hexdigest()
    token = (
        AccessToken.objects.select_related("application__department_client__user")
        .filter(token_checksum=checksum, expires__gt=timezone.now(), application__department_client__isnull=False)
        .first()
    )
    if token is None or token.application is None:
        return None
    client: DepartmentClient = token.application.department_client
    if not client.is_open(today(), address):
        return None
    return Bearer(token, client, client.user, frozenset(token.scope.split()) & frozenset(client.scopes))
