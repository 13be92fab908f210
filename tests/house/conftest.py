"""The world that the walls are tried on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.house.world import Ledger, World, build, fill


@pytest.fixture
def world(acting: Callable[..., Any]) -> World:
    """Four people in four places of two counties."""
    return build(acting)


@pytest.fixture
def ledger(world: World, acting: Callable[..., Any], appoint: Callable[..., Any]) -> Ledger:
    """The same with awards, files and jobs."""
    return fill(world, acting, appoint)
