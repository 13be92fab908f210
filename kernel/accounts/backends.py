"""Who is this? Username and password only; rights come from the acting appointment, never from a backend."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from kernel.accounts.models import User


class RoleBackend(BaseBackend):
    """Checks a password; refuses disabled accounts and the accounts of department systems."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        if not username or not password:
            return None
        user = User.objects.filter(username=User.normalize_username(username)).first()
        if user is None:
            # Spend the same time as for a known account, so that the answer's delay tells nothing.
            User().set_password(password)
            return None
        known = user.check_password(password)
        return user if known and user.is_active and not user.is_service else None

    def get_user(self, user_id: int) -> User | None:
        """The user of a session; None once the account is disabled, so that a session ends with it."""
        return User.objects.select_related("home").filter(pk=user_id, is_active=True).first()
