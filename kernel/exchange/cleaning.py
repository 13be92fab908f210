"""From parsed columns to staged lines: memo per column, refusals per cell, sealing in batches, text blocks for COPY."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from kernel.exchange.chunks import Chunk
from kernel.exchange.headings import Headings, cell_problem, letter
from kernel.exchange.importer import ROUND_TRIP, Column, Importer
from kernel.identity import id_number, phone
from kernel.identity.problems import Problem, ProblemError
from kernel.protection.provider import blind_index_many, seal_many

FORMULA = Problem("cell.formula", _("这一格是公式，请复制后“选择性粘贴”为数值再导入"))
ERROR_VALUE = Problem("cell.error", _("这一格是错误值（如 #N/A），请改正公式或直接填写"))
MISSING = Problem("cell.blank", _("必填，请补上"))
NUMERIC = Problem("cell.numeric", _("被存成数字，请将该列设为文本后重填"))
NUMERIC_OF = {"id": id_number.NUMERIC_CELL, "phone": phone.NUMERIC_CELL}
OUTSIDE = Problem("place.outside", _("这一行的村不在您的管辖范围内"))
NO_PLACE = Problem("place.none", _("没有可识别的村，请核对乡镇与村名"))
APART = Problem("row.apart", _("与第 %(n)s 行是同一户（或同一上级），村却不同，请统一"))
MASKED = Problem("cell.masked", _("这一格是遮盖过的号码，不能导入；请用系统导出的原文件（保留隐藏列）"))
REPEATED = Problem("row.repeated", _("与第 %(n)s 行重复，请只留一行"))
MEMO_LIMIT = 30_000
SAMPLE = 2_000


class Refused:
    """Stands where a value would: the cell was refused."""

    __slots__ = ("problem",)

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class Memo(dict[Any, Any]):
    """Cell -> value or Refused, computed once for each distinct cell. A county's column has few distinct cells."""

    def __init__(self, column: Column, *, returned: bool = False) -> None:
        super().__init__({"": None})
        self.clean = column.clean
        self.numeric: Problem | None = None
        if column.sealed is not None:
            self.numeric = NUMERIC_OF.get(column.sealed.mask, NUMERIC)
        elif column.text_only:
            self.numeric = NUMERIC
        self.refusing = False
        self.sealed, self.returned = column.sealed is not None, returned
        self.unique = False

    def __missing__(self, cell: Any) -> Any:
        value = self[cell] = self._careful(cell)
        return value

    def each(self, cells: Sequence[Any]) -> list[Any]:
        """The values of a column whose cells hardly repeat, without remembering them."""
        clean, careful = self.clean, self._careful
        values = []
        for cell in cells:
            if type(cell) is str and cell:
                try:
                    values.append(clean(cell))
                except ProblemError:
                    values.append(careful(cell))
            else:
                values.append(careful(cell))
        return values

    def _careful(self, cell: Any) -> Any:
        value = self._value(cell)
        if type(value) is Refused:
            self.refusing = True
        return value

    def _value(self, cell: Any) -> Any:
        if self.numeric is not None and isinstance(cell, (int, float)):
            return Refused(self.numeric)
        if isinstance(cell, str) and not cell.strip("\u3000\xa0\u200b\ufeff \t\r\n"):
            return None
        if self.sealed and "*" in str(cell):
            # An export came back: its mask means "as it was". Anywhere else a mask is no number.
            return None if self.returned else Refused(MASKED)
        try:
            return self.clean(cell)
        except ProblemError as error:
            return Refused(error.problem)


class Fragments(dict[Any, str]):
    """Value -> its JSON inside a COPY line: backslashes doubled once more."""

    def __missing__(self, value: Any) -> str:
        made = fragment(value)
        self[value] = made
        return made


def fragment(value: Any) -> str:
    """JSON of one value, ready for a COPY text line. Lists become PostgreSQL array literals, bytes hex."""
    if isinstance(value, str):
        return f'"{value}"' if value.isalnum() else json.dumps(value, ensure_ascii=False).replace("\\", "\\\\")
    if value is None or isinstance(value, (bool, int)):
        return _WORDS.get(value, str(value)) if value is None or isinstance(value, bool) else str(value)
    if isinstance(value, bytes):
        return f'"{value.hex()}"'
    if isinstance(value, dt.date):
        return f'"{value.isoformat()}"'
    if isinstance(value, tuple):
        return fragment("{" + ",".join(map(_array_element, value)) + "}")
    raise TypeError(f"a staged value cannot be {type(value).__name__}")


_WORDS = {None: "null", True: "true", False: "false"}


def _array_element(text: str) -> str:
    return text if text.isalnum() else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Cleaner:
    """Turns the parsed columns of one upload into staged lines, chunk by chunk."""

    def __init__(self, importer: Importer, headings: Headings, *, sheet: str, top: int, left: int, scan: Any) -> None:
        self.importer, self.headings, self.sheet, self.left = importer, headings, sheet, left
        self.first_line = top + 1
        self.columns = [each for each in (*ROUND_TRIP, *importer.columns) if each.field in headings.known]
        self.returned = "_id" in headings.known
        self.memos = {each.field: Memo(each, returned=self.returned) for each in self.columns}
        self.fragments: dict[str, Fragments] = {}
        self.hashes: dict[str, dict[str | None, bytes | None]] = {}
        self.marked = _marked(scan)
        self.seen: dict[Any, int] = {}
        self.rows_read = 0
        self.key = importer.targets[-1].staged_key()
        indexes = {each.sealed.index for each in self.columns if each.sealed}
        self.parents: list[tuple[tuple[str, ...], dict[Any, tuple[int, Any]]]] = [
            (tuple(each.key.values()), {}) for each in importer.targets if each.repeated
        ]
        self.present = {each.field for each in self.columns} | indexes | {*importer.derived, *importer.hashes}

    def lines(self, first: int, raw: list[Sequence[Any]], dates: list[list[Any]]) -> tuple[str, int]:
        """COPY text of one frame and the number of rows in it. `first` counts parsed rows from 0."""
        columns = self._dated(raw, dates)
        skip = max(0, self.headings.row + 1 - first)
        height = len(columns[0]) if columns else 0
        kept = self._kept(columns, skip, height)
        if not kept:
            return "", 0
        every = len(kept) == height
        numbers = [self.first_line + first + at for at in kept]
        cells: dict[str, Any] = {}
        for each in self.columns:
            cells[each.field] = columns[self.headings.known[each.field]]
            if not every:
                column = cells[each.field]
                cells[each.field] = [column[at] for at in kept]
        chunk = Chunk(numbers, {}, self.importer.county, self.hashes)
        for each in self.columns:
            self._clean(chunk, each, cells[each.field])
        self.rows_read = min(self.rows_read + len(numbers), MEMO_LIMIT)
        self._mark(chunk)
        self.importer.finish(chunk)
        self._seal(chunk)
        self._judge(chunk)
        return self._text(chunk), len(numbers)

    def _dated(self, raw: list[Sequence[Any]], dates: list[list[Any]]) -> list[Sequence[Any]]:
        columns: list[Sequence[Any]] = list(raw)
        for column, at, kind in dates:
            if not isinstance(columns[column], list):
                columns[column] = list(columns[column])
            value = dt.datetime.fromisoformat(columns[column][at])
            columns[column][at] = value if kind == "datetime" else value.date()
        return columns

    def _kept(self, columns: list[Sequence[Any]], skip: int, height: int) -> list[int]:
        """Positions of rows that hold anything; phantom blank rows are common and mean nothing."""
        places = [self.headings.known[each.field] for each in self.columns]
        lead = columns[places[0]]
        kept = []
        for at in range(skip, height):
            if lead[at] != "" or any(_filled(columns[place][at]) for place in places):
                kept.append(at)
        return kept

    def _clean(self, chunk: Chunk, column: Column, cells: Sequence[Any]) -> None:
        memo = self.memos[column.field]
        if memo.unique or len(memo) * 2 > self.rows_read > SAMPLE:
            # Hardly a cell comes twice: looking each up costs more than it saves.
            memo.unique = True
            memo.clear()
            values = memo.each(cells)
        else:
            values = list(map(memo.__getitem__, cells))
        if memo.refusing:
            for at, value in enumerate(values):
                if type(value) is Refused:
                    chunk.refuse(at, column.field, value.problem)
                    values[at] = None
        if column.filled and None in values:
            known = chunk.values("_id") if column.sealed is not None else ()
            for at, value in enumerate(values):
                if known and known[at] is not None:
                    continue
                if value is None and column.field not in {field for field, _ in chunk.problems.get(at, ())}:
                    chunk.refuse(at, column.field, MISSING)
        chunk.put(column.field, values)

    def _mark(self, chunk: Chunk) -> None:
        """Formula and error cells, which the parser hides, refuse their rows."""
        if not self.marked:
            return
        at_line = {number: at for at, number in enumerate(chunk.numbers)}
        for each in self.columns:
            place = letter(self.left + self.headings.known[each.field])
            for number, problem in self.marked.get(place, ()):
                at = at_line.get(number)
                if at is not None:
                    known = [pair for pair in chunk.problems.get(at, ()) if pair[0] != each.field]
                    chunk.problems[at] = [*known, (each.field, problem)]

    def _seal(self, chunk: Chunk) -> None:
        """Replace plaintext by token and blind index, a batch a column."""
        for each in self.columns:
            if each.sealed is None:
                continue
            values = chunk.values(each.field)
            given = [value for value in values if value is not None]
            tokens = iter(seal_many(given, context=each.sealed.context))
            hashes = iter(blind_index_many(given, context=each.sealed.context, county=self.importer.county))
            if len(given) == len(values):
                chunk.put(each.field, tokens)
                chunk.put(each.sealed.index, hashes)
            else:
                chunk.put(each.field, [None if value is None else next(tokens) for value in values])
                chunk.put(each.sealed.index, [None if value is None else next(hashes) for value in values])

    def _judge(self, chunk: Chunk) -> None:
        """What concerns the whole row: its place, and whether the file has said it before."""
        low, high = self.importer.span
        known = chunk.values("_id")
        for at, place in enumerate(chunk.values("village")):
            if place is None:
                if known[at] is None and at not in chunk.problems:
                    chunk.refuse(at, self._place_field(), NO_PLACE)
            elif not low <= place < high:
                chunk.refuse(at, self._place_field(), OUTSIDE)
        self._say_once(chunk, self.key)
        if self.returned:
            self._say_once(chunk, ("_id",))
        for names, places in self.parents:
            self._keep_together(chunk, names, places)

    def _say_once(self, chunk: Chunk, names: tuple[str, ...]) -> None:
        """Refuse a row whose key an earlier row has."""
        seen = self.seen
        for at, key in enumerate(zip(*(_as_stored(chunk.values(name)) for name in names), strict=True)):
            if None in key:
                continue
            number = chunk.numbers[at]
            first = seen.setdefault(key, number)
            if first != number:
                problem = Problem(REPEATED.code, str(REPEATED.message) % {"n": first})
                chunk.refuse(at, self._field_of_key(), problem)

    def _keep_together(self, chunk: Chunk, names: tuple[str, ...], places: dict[Any, tuple[int, Any]]) -> None:
        """Rows under one parent lie in one village: the composite keys of the registry demand it."""
        villages = chunk.values("village")
        for at, key in enumerate(zip(*(chunk.values(name) for name in names), strict=True)):
            if None in key or villages[at] is None:
                continue
            number, place = places.setdefault(key, (chunk.numbers[at], villages[at]))
            if place != villages[at]:
                chunk.refuse(at, self._place_field(), Problem(APART.code, str(APART.message) % {"n": number}))

    def _place_field(self) -> str:
        return next((each.field for each in self.columns if "village" in each.field), self.columns[0].field)

    def _field_of_key(self) -> str:
        for each in self.columns:
            if each.field in self.key or (each.sealed and each.sealed.index in self.key):
                return each.field
        return self.columns[0].field

    def _text(self, chunk: Chunk) -> str:
        """Number, problems and data of every row as COPY text."""
        fields = [name for name in self.importer.fields() if name in chunk]
        parts: list[Iterable[str]] = [map(str, chunk.numbers), self._problem_column(chunk)]
        for name in fields:
            parts.append(self._fragment_column(name, chunk.values(name)))
        template = "%s\t%s\t{" + ",".join(f'"{name}":%s' for name in fields) + "}\n"
        return "".join(map(template.__mod__, zip(*parts, strict=True)))

    def _fragment_column(self, name: str, values: list[Any]) -> Iterable[str]:
        first = next((value for value in values if value is not None), None)
        if isinstance(first, bytes):
            return ["null" if value is None else f'"{value.hex()}"' for value in values]
        if isinstance(first, list):
            values = [None if value is None else tuple(value) for value in values]
        memo = self.fragments.setdefault(name, Fragments())
        if len(memo) > MEMO_LIMIT:
            memo.clear()
        if type(first) is bool:
            return [fragment(value) for value in values]
        return map(memo.__getitem__, values)

    def _problem_column(self, chunk: Chunk) -> list[str]:
        column = ["\\N"] * len(chunk)
        for at, found in chunk.problems.items():
            stored = [self._problem(chunk.numbers[at], field, problem) for field, problem in found]
            column[at] = json.dumps(stored, ensure_ascii=False).replace("\\", "\\\\")
        return column

    def _problem(self, number: int, field: str, problem: Problem) -> dict[str, str]:
        place = self.headings.known.get(field)
        cell = f"{letter(self.left + place)}{number}" if place is not None else f"A{number}"
        title = self.importer.column(field).title if place is not None else ""
        return cell_problem(sheet=self.sheet, cell=cell, column=title, code=problem.code, message=problem.message)


def _as_stored(values: list[Any]) -> list[Any]:
    """Dates as the staged JSON has them, so that keys read back after a crash compare equal."""
    if any(isinstance(value, dt.date) for value in values[:100]):
        return [value.isoformat() if isinstance(value, dt.date) else value for value in values]
    return values


def _filled(cell: Any) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _marked(scan: dict[str, Any]) -> dict[str, list[tuple[int, Problem]]]:
    """Column letter -> (row number, problem)."""
    marked: dict[str, list[tuple[int, Problem]]] = {}
    for key, problem in (("formulas", FORMULA), ("errors", ERROR_VALUE)):
        for cell in scan.get(key, ()):
            letters = cell.rstrip("0123456789")
            marked.setdefault(letters, []).append((int(cell[len(letters) :]), problem))
    return marked
