"""What `web/table.html` prints: a real table with a caption, scoped headings and numbers on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `numeric` columns are right-aligned; `minor` ones are left out on phones."""

    label: Any
    numeric: bool = False
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: text or safe HTML, an optional link, an optional tone (`ok`, `warn`, `bad`) that never stands alone."""

    content: Any
    href: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, first cell of a row is its heading. `footer` holds totals, in the same columns."""

    caption: Any
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    footer: Sequence[Cell] = field(default=())

    def __post_init__(self) -> None:
        width = len(self.columns)
        for row in (*self.rows, *([self.footer] if self.footer else [])):
            if len(row) != width:
                raise ValueError(f"{self.caption}: a row has {len(row)} cells, the table {width} columns")

    @property
    def lines(self) -> list[list[tuple[Column, Cell]]]:
        """Rows as the template walks them: each cell with its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]

    @property
    def totals(self) -> list[tuple[Column, Cell]]:
        return list(zip(self.columns, self.footer, strict=True)) if self.footer else []
