"""Who calls: what the accounts middleware found out, in the form REST views ask for it."""

from __future__ import annotations

from dataclasses import dataclass

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from kernel.accounts.models import User
from kernel.accounts.tokens import Bearer
from kernel.rest.problems import Fault, Problem


@dataclass(frozen=True)
class Caller:
    """An official in a session (`scopes` is None), or a department's client with the scopes of its token."""

    user: User
    client: str = ""
    scopes: frozenset[str] | None = None

    @property
    def key(self) -> str:
        """Names the caller in throttles and in the keyed person tokens; the same for all tokens of one client."""
        return f"client:{self.client}" if self.client else f"user:{self.user.pk}"

    def may(self, permission: str) -> bool:
        """The verb, from the role table."""
        return self.user.has_perm(permission)

    def holds(self, scope: str) -> bool:
        """The OAuth scope. A session has no scopes: there the role decides alone."""
        return self.scopes is None or scope in self.scopes


class ActingAuthentication(BaseAuthentication):
    """Reads `request.user` (with `.acting`) and `request.bearer` as the middleware left them; opens nothing itself.

    The wall was opened by the middleware for the same user, so the two cannot differ. Sessions need the CSRF token
    for anything but reading; bearer tokens do not travel by themselves and need none.
    """

    www_authenticate_realm = "yanjin"

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        django = request._request
        trouble = getattr(django, "auth_problem", "")
        if trouble:
            raise Problem(401, Fault("Authorization", "invalid_token", trouble))
        user = getattr(django, "user", None)
        if not isinstance(user, User) or not user.is_active or user.acting is None:
            return None
        bearer: Bearer | None = getattr(django, "bearer", None)
        if bearer is None:
            SessionAuthentication().enforce_csrf(request)
            return user, Caller(user)
        return user, Caller(user, client=str(bearer.client.pk), scopes=bearer.scopes)

    def authenticate_header(self, request: Request) -> str:
        """Said with every 401; RFC 6750 wants the error named when a token came along."""
        problem = ', error="invalid_token"' if getattr(request._request, "auth_problem", "") else ""
        return f'Bearer realm="{self.www_authenticate_realm}"{problem}'
