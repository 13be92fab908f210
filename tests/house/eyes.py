"""Who looks: one login of each kind, and what lies within each one's range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models
from django.test import Client

from kernel.accounts.roles import may
from kernel.divisions.codes import Range, level_of, range_of
from kernel.records.models import Placed
from kernel.wall.operations import is_shared
from kernel.wall.scope import EVERYWHERE, Scope, open_scope
from tests.conftest import SECOND, YANJIN
from tests.factories.departments import department
from tests.house.world import HERE, NEIGHBOUR, SECOND_TOWNSHIP, TOWNSHIP

MISSING = 999_999_999
NOBODY = "00000000-0000-4000-8000-000000000000"
PLACED = [model for model in apps.get_models() if issubclass(model, Placed)]


@dataclass(frozen=True)
class Eye:
    """A role at a place."""

    role: str
    place: int

    @property
    def span(self) -> Range:
        """Codes at or under the place."""
        return range_of(self.place, level_of(self.place))

    @property
    def county(self) -> Range:
        """Codes of the county the place lies in."""
        first = self.place - self.place % 1_000_000
        return Range(first, first + 1_000_000)

    def sees(self, code: int, *, shared: bool = False) -> bool:
        """Whether a row at `code` is visible; shared rows are visible in the whole county."""
        span = self.county if shared else self.span
        return span.lo <= code < span.hi

    def may(self, permission: str) -> bool:
        """The verb."""
        return may(self.role, permission)

    def __str__(self) -> str:
        return f"{self.role}-{self.place}"


EYES = (
    Eye("clerk", YANJIN),
    Eye("auditor", YANJIN),
    Eye("township", TOWNSHIP),
    Eye("township", SECOND_TOWNSHIP),
    Eye("village", HERE),
    Eye("village", NEIGHBOUR),
    Eye("clerk", SECOND),
)
DEPARTMENTS = (Eye("department", YANJIN), Eye("department", SECOND))


def looking(eye: Eye, client_as: Callable[..., Client]) -> Client:
    """The browser of a login, or the system of a department."""
    return department(eye.place) if eye.role == "department" else client_as(eye.role, eye.place)


def shared(model: type[models.Model]) -> bool:
    """Whether a whole county reads the table."""
    with connection.cursor() as cursor:
        return is_shared(cursor, model._meta.db_table)


def rows_of(model: type[models.Model], column: str = "village_id") -> dict[int, int]:
    """Primary key → place of every row there is."""
    with open_scope(Scope(*EVERYWHERE)):
        return dict(model._default_manager.values_list("pk", column))


def answer_of(client: Client, address: str) -> tuple[int, bytes]:
    """Status and body: what outside and missing must have in common."""
    response = client.get(address)
    return response.status_code, response.content
