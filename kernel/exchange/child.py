"""The limited child that reads a workbook: a process of its own, without Django, without our environment, without keys.

    python -I -c 'import sys; sys.path.append(<this folder>); import child; child.main()' <file descriptor> <json options>

Imported rather than run as a script, so that its bytecode is kept and not compiled for every file.

Writes frames to standard output: four bytes of length, then JSON. First {"book": …} or {"refusal": [code, …]}, then
{"scan": …} with what the parser hides (formulas, error cells, hidden rows), then {"rows": [first, columns, dates]}.
"""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import re
import resource
import sys
import threading
import zipfile
from itertools import islice
from typing import Any, BinaryIO, NoReturn
from xml.etree import ElementTree

import orjson
import python_calamine

MEMORY = 768 * 1024 * 1024
CPU_SECONDS = 60
MOST_MARKS = 2000
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
MARKED = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3}\d{1,7})"([^>]*)>\s*(<f\b)?')
HIDDEN = re.compile(rb'<row\b[^>]*\bhidden="(?:1|true)"')


def limit() -> None:
    """Memory, time, no new files, no core: set before the file is touched."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def send(frame: dict[str, Any]) -> None:
    """One frame."""
    body = orjson.dumps(frame)
    out = sys.stdout.buffer
    out.write(len(body).to_bytes(4, "big"))
    out.write(body)
    out.flush()


def sheet_path(archive: zipfile.ZipFile, name: str) -> str | None:
    """Where the XML of a sheet lies in the archive."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 -- intended: see import
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 -- intended: see import
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for sheet in book.iter(f"{NAMESPACE}sheet"):
        if sheet.get("name") == name:
            target = targets.get(sheet.get(RELATION), "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return None


def scan(stream: BinaryIO, name: str, found: dict[str, Any]) -> None:
    """Formula cells, error cells and hidden rows, in one pass over the inflated XML."""
    formulas: list[str] = []
    errors: list[str] = []
    hidden = 0
    with zipfile.ZipFile(stream) as archive:
        path = sheet_path(archive, name)
        if path is None or path not in archive.namelist():
            return
        with archive.open(path) as xml:
            rest = b""
            while block := xml.read(1 << 20):
                block = rest + block
                cut = block.rfind(b"</row>") + 6
                if cut < 6:
                    rest = block
                    continue
                part, rest = block[:cut], block[cut:]
                if b"<f" in part or b't="e"' in part:
                    marks(part, formulas, errors)
                if b"hidden" in part:
                    hidden += len(HIDDEN.findall(part))
    found.update(formulas=formulas, errors=errors, hidden=hidden)


def marks(part: bytes, formulas: list[str], errors: list[str]) -> None:
    """Addresses of cells with a formula or an error value."""
    for cell, attributes, formula in MARKED.findall(part):
        if b't="e"' in attributes and len(errors) < MOST_MARKS:
            errors.append(cell.decode())
        elif formula and len(formulas) < MOST_MARKS:
            formulas.append(cell.decode())


def plain(column: tuple[Any, ...], position: int, dates: list[list[Any]]) -> list[Any] | tuple[Any, ...]:
    """A column that JSON can carry: booleans as words, dates as ISO with their places noted."""
    kinds = set(map(type, column))
    if kinds <= {str, float, int}:
        return column
    values = list(column)
    for at, value in enumerate(values):
        if isinstance(value, bool):
            values[at] = "是" if value else "否"
        elif isinstance(value, dt.datetime):
            values[at] = value.isoformat()
            dates.append([position, at, "datetime"])
        elif isinstance(value, dt.date):
            values[at] = value.isoformat()
            dates.append([position, at, "date"])
        elif not isinstance(value, (str, float, int)):
            values[at] = str(value)
    return values


def choose(book: Any, wanted: str) -> str | None:
    """The wanted sheet, else the first visible worksheet."""
    if wanted and wanted in book.sheet_names:
        return wanted
    for each in book.sheets_metadata:
        if each.visible == python_calamine.SheetVisibleEnum.Visible and each.typ in (
            python_calamine.SheetTypeEnum.WorkSheet,
        ):
            return str(each.name)
    return None


def read(descriptor: int, options: dict[str, Any]) -> None:
    """Parse and send everything."""
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        book = python_calamine.CalamineWorkbook.from_filelike(stream)
        name = choose(book, options["sheet"])
        if name is None:
            return send({"refusal": ["no_sheet"]})
        found: dict[str, Any] = {"formulas": [], "errors": [], "hidden": 0}
        other = open(f"/proc/self/fd/{descriptor}", "rb")  # noqa: SIM115 -- intended: its own position for the thread
        scanning = threading.Thread(target=scan, args=(other, name, found))
        scanning.start()
        sheet = book.get_sheet_by_name(name)
        scanning.join()
        start = sheet.start or (0, 0)
        shape = {"sheet": name, "sheets": book.sheet_names, "top": start[0], "left": start[1]}
        shape |= {"height": sheet.height, "width": sheet.width}
        if sheet.width > options["columns"]:
            return send({"refusal": ["too_many_columns", sheet.width]})
        if sheet.height > options["rows"]:
            return send({"refusal": ["too_many_rows", sheet.height]})
        send({"book": shape})
        send({"scan": found})
        rows = sheet.iter_rows()
        first = 0
        while block := list(islice(rows, options["chunk"] if first else min(100, options["chunk"]))):
            dates: list[list[Any]] = []
            columns = [plain(column, at, dates) for at, column in enumerate(zip(*block, strict=True))]
            send({"rows": [first, columns, dates]})
            first += len(block)
    return send({"end": first})


def main() -> NoReturn:
    """Read the file of the command line, answer, and go."""
    # Nothing here is ever cyclic garbage, and a process that ends need not tidy up: its memory goes with it.
    gc.disable()
    limit()
    try:
        read(int(sys.argv[1]), json.loads(sys.argv[2]))
    except python_calamine.PasswordError:
        send({"refusal": ["encrypted"]})
    except MemoryError:
        send({"refusal": ["too_large"]})
    except Exception as error:  # noqa: BLE001 -- intended: whatever a broken file does to the parser
        send({"refusal": ["broken", type(error).__name__]})
    os._exit(0)
