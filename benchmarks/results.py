"""The last run of each size and area, kept in var/benchmarks/<size>.json."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.ground import ROOT, SIZES, VAR
from benchmarks.measures import Reading


@dataclass
class AreaResult:
    """What one area found at one size, when and on which commit; `fault` says why it could not run."""

    at: str
    commit: str
    readings: list[Reading] = field(default_factory=list)
    fault: str = ""


def commit() -> str:
    """Short hash of the checkout; a plus when it has uncommitted changes in Python files."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    dirty = subprocess.run([*git, "status", "--porcelain", "--", "*.py"], capture_output=True, text=True, check=False)
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "")


def begin() -> AreaResult:
    return AreaResult(dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), commit())


def path_of(size: str, folder: Path = VAR) -> Path:
    return folder / f"{size}.json"


def read(size: str, folder: Path = VAR) -> dict[str, AreaResult]:
    """Results of a size by area; empty when it never ran."""
    path = path_of(size, folder)
    if not path.exists():
        return {}
    return {name: _result(row) for name, row in json.loads(path.read_text()).items()}


def _result(row: dict[str, Any]) -> AreaResult:
    readings = [
        Reading(**{**each, "spread": tuple(each["spread"]) if each["spread"] else None}) for each in row["readings"]
    ]
    return AreaResult(row["at"], row["commit"], readings, row["fault"])


def keep(size: str, name: str, result: AreaResult, folder: Path = VAR) -> None:
    """Replace one area of a size, leave the others."""
    kept = {area: asdict(each) for area, each in read(size, folder).items()}
    kept[name] = asdict(result)
    path_of(size, folder).write_text(json.dumps(kept, indent=1, ensure_ascii=False))


def read_all(folder: Path = VAR) -> dict[str, dict[str, AreaResult]]:
    """Every size that ran."""
    return {size: found for size in SIZES if (found := read(size, folder))}
