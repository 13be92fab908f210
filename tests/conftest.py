"""Fixtures shared by all tests: the plain role's database, two counties, people with appointments, clients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client

from kernel.accounts.models import Appointment, User
from kernel.accounts.policy import forget_policy
from kernel.accounts.scopes import scope_for
from kernel.divisions.codes import level_of, range_of
from kernel.divisions.models import Division
from kernel.divisions.services import load_divisions, read_division_file
from kernel.wall.scope import EVERYWHERE, Scope, open_scope
from tests.plugin import DATABASE, SERVERS
from yanjin.embedded.roles import prepare_database, with_database

DATA = Path(__file__).parent.parent / "yanjin" / "demo" / "data"
YANJIN, SECOND = 410726000000, 410799000000
_numbers = count(1)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """A database of this worker's own, migrated by the owner role, with the divisions of both counties committed."""
    prepare_database(SERVERS["superuser"], DATABASE, replace=True)
    with django_db_blocker.unblock():
        call_command("migrate", database="owner", verbosity=0)
        connections["owner"].close()
        load_divisions(rows=read_division_file(DATA / "divisions_410726.csv"))
        load_divisions(rows=read_division_file(DATA / "divisions_410799.csv"))
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def _fresh_policy() -> None:
    """The security policy is remembered for seconds; no test may see another's."""
    forget_policy()


@dataclass(frozen=True)
class CommittedDatabase:
    """A throw-away database in which transactions really commit, and its addresses for other processes."""

    name: str
    app_url: str
    owner_url: str
    superuser_url: str


@pytest.fixture
def committed_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[CommittedDatabase]:
    """For what a rolled-back test cannot show: sealing, several connections, workers, kill -9.

    Clones the worker's pristine database (about 0.2 s), points the connections `default` and `owner` at the clone and
    drops it afterwards, so nothing has to be cleaned up and append-only tables stay append-only. Not together with the
    `db` fixture or `django_db`; `appoint`, `client_as` and `acting` ask for `db`, so create users by the services or
    factories. To tamper behind the application's back connect to `superuser_url` with psycopg; give child processes
    `DATABASE_URL=app_url`.
    """
    aliases = [connections["default"], connections["owner"]]
    name = f"{DATABASE}_{next(_numbers)}"
    superuser = with_database(SERVERS["superuser"], "postgres")
    for each in aliases:
        each.close()
    with psycopg.connect(superuser, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{DATABASE}" OWNER yanjin_owner')
        server.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        server.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO yanjin_app')
    for each in aliases:
        each.settings_dict["NAME"] = name
    try:
        with django_db_blocker.unblock():
            yield CommittedDatabase(
                name, *(with_database(SERVERS[role], name) for role in ("app", "owner", "superuser"))
            )
    finally:
        for each in aliases:
            each.close()
            each.settings_dict["NAME"] = DATABASE
        with psycopg.connect(superuser, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def yanjin(db: None) -> Division:
    """Yanjin county, 410726."""
    return Division.objects.get(pk=YANJIN)


@pytest.fixture
def second_county(db: None) -> Division:
    """The small second county, 410799 (unallocated code)."""
    return Division.objects.get(pk=SECOND)


@pytest.fixture
def appoint(db: None) -> Callable[..., User]:
    """`appoint("clerk", 410726000000)` -> a user acting under that appointment; password `Yanjin-2020!`."""

    def make(role: str, division: int = YANJIN, *, username: str | None = None, user: User | None = None) -> User:
        if user is None:
            name = username or f"{role}{next(_numbers)}"
            user = User.objects.create_user(name, "Yanjin-2020!", full_name=f"测试{name}", home_id=division)
        user.acting = Appointment.objects.create(
            user=user, role=role, division_id=division, valid_from=dt.date(2019, 1, 1)
        )
        return user

    return make


@pytest.fixture
def acting(db: None) -> Callable[..., AbstractContextManager[Scope]]:
    """`with acting(user_or_division_code, write=True):` opens that scope."""

    @contextmanager
    def open_for(who: User | int | None = None, *, write: bool = True) -> Iterator[Scope]:
        if isinstance(who, User):
            assert who.acting is not None
            scope = scope_for(who.acting, write=write, source="command")
        elif who is None:
            scope = Scope(*EVERYWHERE, write=write, source="command", reason="test")
        else:
            scope = Scope(*range_of(who, level_of(who)), write=write, source="command", reason="test")
        with open_scope(scope):
            yield scope

    return open_for


@pytest.fixture
def client_as(appoint: Callable[..., User]) -> Callable[..., Client]:
    """`client_as("village", 410726101203)` -> a browser logged in under that appointment; `.user` is the user."""

    def make(role: str, division: int = YANJIN, *, user: User | None = None) -> Client:
        user = user or appoint(role, division)
        client = Client()
        client.force_login(user, backend="kernel.accounts.backends.RoleBackend")
        client.user = user  # type: ignore[attr-defined]
        return client

    return make
