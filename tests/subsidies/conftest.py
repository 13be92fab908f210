"""A county's clerk at work, and only this room's settler: figures have their own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from kernel.wall.scope import Scope
from tests.factories.subsidies import COUNTY


@pytest.fixture(autouse=True)
def own_settler(settings: pytest.FixtureRequest) -> None:
    settings.SETTLERS = ["subsidies.services.settle"]  # type: ignore[attr-defined]


@pytest.fixture
def county(acting: Callable[..., AbstractContextManager[Scope]]) -> Iterator[Scope]:
    """A writing scope over Yanjin."""
    with acting(COUNTY) as scope:
        yield scope
