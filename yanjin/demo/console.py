"""What the demo says on the terminal: one line a step with the seconds since the start, then a table of logins."""

from __future__ import annotations

import contextlib
import io
import sys
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

LOGIN_COLUMNS = {"label": "角色", "username": "用户名", "password": "口令", "place": "辖区", "hint": "可以试试"}


def speak_utf8() -> None:
    """Chinese is printed whatever the terminal's locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)


class Console:
    """Progress lines. The clock starts when it is made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        _write(f"[{time.monotonic() - self._began:6.1f} 秒] {text}")

    def quote(self, lines: Iterable[str]) -> None:
        """Lines of a step's own output, indented under it."""
        for line in lines:
            _write(f"             │ {line}")

    def show(self, lines: Iterable[str]) -> None:
        """Lines as they are."""
        for line in lines:
            _write(line)


def _write(line: str) -> None:
    """Print, even when nobody reads any more: a closed terminal must not keep the supervisor from stopping the rest."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def width(text: str) -> int:
    """Columns a text takes on a terminal, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as aligned lines, the first row being the heading."""
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return [lines[0], "─" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]]


def summary(demo: Mapping[str, Any]) -> list[str]:
    """The address, one login per role and the API client, from ``var/demo.json``."""
    lines = ["", f"延津就业帮扶平台演示已就绪：{demo.get('url', '')}", ""]
    logins = demo.get("logins", [])
    if logins:
        rows = [
            tuple(LOGIN_COLUMNS.values()),
            *(tuple(str(login.get(key, "")) for key in LOGIN_COLUMNS) for login in logins),
        ]
        lines += table(rows)
    if api := demo.get("api"):
        lines += ["", f"接口：{api.get('token_url', '')}", f"  client_id {api.get('client_id', '')}"]
    return [*lines, "", "以上内容也写在 var/demo.json。按 Ctrl-C 停止。", ""]
