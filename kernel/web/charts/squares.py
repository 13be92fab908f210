"""Squarified treemap layout (Bruls, Huizing and van Wijk, 2000): rectangles of given areas, as square as possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float


def squarify(sizes: Sequence[float], box: Box) -> list[Box]:
    """One box per size, in the order given, filling `box` exactly in proportion.

    Sizes must be zero or more; zero gets an empty box. Largest are laid first, which is what makes them square.
    """
    if any(size < 0 for size in sizes):
        raise ValueError("a treemap cannot show negative sizes")
    total = float(sum(sizes))
    laid = [Box(box.x, box.y, 0, 0)] * len(sizes)
    if total == 0 or box.width <= 0 or box.height <= 0:
        return laid
    scale = box.width * box.height / total
    order = sorted((index for index, size in enumerate(sizes) if size > 0), key=lambda index: -sizes[index])
    areas = [float(sizes[index]) * scale for index in order]
    start = 0
    while start < len(areas):
        end = _row_end(areas, start, min(box.width, box.height))
        last = end == len(areas)
        placed, box = _place(areas[start:end], box, last=last)
        for index, rectangle in zip(order[start:end], placed, strict=True):
            laid[index] = rectangle
        start = end
    return laid


def _row_end(areas: Sequence[float], start: int, side: float) -> int:
    """Grow the row while its worst proportion gets better; areas fall, so first and last are the extremes."""
    end, row = start + 1, areas[start]
    worst = _worst(areas[start], areas[start], row, side)
    while end < len(areas):
        grown = row + areas[end]
        next_worst = _worst(areas[start], areas[end], grown, side)
        if next_worst > worst:
            break
        worst, row, end = next_worst, grown, end + 1
    return end


def _worst(largest: float, smallest: float, row: float, side: float) -> float:
    return max(side * side * largest / (row * row), row * row / (side * side * smallest))


def _place(areas: Sequence[float], box: Box, *, last: bool) -> tuple[list[Box], Box]:
    """Lay one row along the shorter side; returns its boxes and what is left of the space."""
    row = sum(areas)
    upright = box.width >= box.height
    side = box.height if upright else box.width
    # The last row takes all that is left, so that rounding never leaves a strip.
    depth = (box.width if upright else box.height) if last else row / side
    placed, offset = [], 0.0
    for area in areas:
        length = side * area / row
        placed.append(
            Box(box.x, box.y + offset, depth, length) if upright else Box(box.x + offset, box.y, length, depth)
        )
        offset += length
    if upright:
        return placed, Box(box.x + depth, box.y, box.width - depth, box.height)
    return placed, Box(box.x, box.y + depth, box.width, box.height - depth)
