"""The pages that say which test proves what name only tests and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHORT = ("wall", "accounts", "audit", "exchange", "jobs", "identity", "protection", "rest", "web")
NAMED = re.compile(r"`((?:[a-z_]+/)*test_[a-z0-9_]+\.py)(?:::(test_[a-z0-9_]+))?`")
PAGES = ("invariants.md", "threat-model.md")


def file_of(written: str) -> Path:
    """The file that a page means: tests/…, a kernel room's short path, another app's, or wall's alone."""
    first = written.split("/", maxsplit=1)[0]
    if first == "tests":
        return ROOT / written
    if first in SHORT:
        return ROOT / "tests" / "kernel" / written
    return ROOT / "tests" / ("kernel/wall" if "/" not in written else "") / written


@pytest.mark.parametrize("page", PAGES)
def test_every_named_test_exists(page: str) -> None:
    named = NAMED.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert len(named) > 15
    missing = [
        f"{written}::{test}"
        for written, test in named
        if not file_of(written).exists()
        or (test and f"def {test}(" not in file_of(written).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_every_invariant_has_its_line() -> None:
    text = (ROOT / "docs" / "invariants.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (I\d\d) \|", text, re.MULTILINE) == [f"I{number:02d}" for number in range(1, 39)]
