"""A few thousand rows of a file, column by column: what `Importer.finish` works on. Plaintext lives here only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kernel.identity.problems import Problem
from kernel.protection.provider import blind_index_many

KEPT_HASHES = 20_000
"""Last four digits of a number repeat; whole numbers do not."""


class Chunk:
    """Rows `numbers` (as counted by the workbook, from 1) with one list per field; a refused or blank cell is None.

    Values of sealed columns are plain here and are replaced by token and index afterwards.
    """

    def __init__(
        self,
        numbers: Sequence[int],
        columns: dict[str, list[Any]],
        county: int,
        hashes: dict[str, dict[str | None, bytes | None]] | None = None,
    ) -> None:
        self.numbers = numbers
        self._hashes = {} if hashes is None else hashes
        self.county = county
        self.problems: dict[int, list[tuple[str, Problem]]] = {}
        self._columns = columns

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, field: str) -> bool:
        return field in self._columns

    def values(self, field: str) -> list[Any]:
        """The column of a field; all None when its heading is not in the file."""
        found = self._columns.get(field)
        return [None] * len(self.numbers) if found is None else found

    def put(self, field: str, values: Iterable[Any]) -> None:
        """Fill a derived field: one value a row (str, int, bool, date, list of str, None)."""
        column = list(values)
        if len(column) != len(self.numbers):
            raise ValueError(f"{field}: {len(column)} values for {len(self.numbers)} rows")
        self._columns[field] = column

    def put_hash(self, field: str, texts: Sequence[str | None], *, context: str) -> None:
        """Fill a derived hash field with blind indexes of `texts` under `context`; None stays None."""
        known = self._hashes.setdefault(context, {None: None, "": None})
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            known.update(
                zip(
                    fresh,
                    blind_index_many([text for text in fresh if text], context=context, county=self.county),
                    strict=True,
                )
            )
        self.put(field, map(known.__getitem__, texts))
        if len(known) > KEPT_HASHES:
            known.clear()
            known.update({None: None, "": None})

    def refuse(self, at: int, field: str, problem: Problem) -> None:
        """Refuse row `at` (position in this chunk) because of `field`."""
        self.problems.setdefault(at, []).append((field, problem))
