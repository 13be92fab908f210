"""Where an appointment looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kernel.accounts.models import User
from kernel.accounts.roles import ADMINISTRATORS, READERS, Role
from kernel.accounts.scopes import scope_for

YANJIN = 410726000000


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_looks_nowhere(role: str, appoint: Callable[..., User]) -> None:
    scope = scope_for(appoint(role).acting, write=True, source="page")
    assert (scope.lo, scope.hi) == (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(set(Role.values) - ADMINISTRATORS))
def test_only_readers_never_write(role: str, appoint: Callable[..., User]) -> None:
    scope = scope_for(appoint(role).acting, write=True, source="page")
    assert scope.write == (role not in READERS)
    assert (scope.lo, scope.hi) == (YANJIN, YANJIN + 1_000_000)


@pytest.mark.django_db
def test_a_village_is_one_code(appoint: Callable[..., User]) -> None:
    scope = scope_for(appoint("village", 410726101203).acting, write=True, source="page", request_id="r", address="::1")
    assert (scope.lo, scope.hi) == (410726101203, 410726101204)
    assert (scope.request_id, scope.address, scope.role) == ("r", "::1", "village")
