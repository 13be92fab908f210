"""Every REST view says which verb and which OAuth scope it needs. Saying nothing means nobody may."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from kernel.rest.authentication import Caller
from kernel.rest.problems import Problem

PUBLIC = "public"
"""Open to everybody: the description of the interface. Both `permission` and `scope` must say so."""
READ_API = "web.read_api"
"""Needed by every caller besides the view's own permission."""


class DeclaredPermission(BasePermission):
    """`permission = "labour.view_person"` (the role table) and `scope = "labour:read"` (OAuth) on the view.

    An official needs the permission; a department's client needs the permission of its role and the scope in its
    token. Anonymous: 401. Missing right: 403. Missing declaration: 403 for everybody, and a system check fails.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        permission, scope = getattr(view, "permission", ""), getattr(view, "scope", "")
        if permission == PUBLIC and scope == PUBLIC:
            return True
        caller = request.auth
        if not isinstance(caller, Caller):
            raise NotAuthenticated
        if not permission or not scope:
            raise Problem(403, code="undeclared")
        return caller.may(READ_API) and caller.may(permission) and caller.holds(scope)
