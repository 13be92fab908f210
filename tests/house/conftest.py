"""The world that the walls are tried on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.house.world import World, build


@pytest.fixture
def world(acting: Callable[..., Any]) -> World:
    """Four people in four places of two counties."""
    return build(acting)
