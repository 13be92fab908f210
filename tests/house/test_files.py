"""How long files and functions may be, and which drawers must not exist."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DRAWERS = {"utils", "helpers", "common", "core", "misc", "signals"}


def sources() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in names.stdout.splitlines() if (ROOT / name).exists() and "/migrations/" not in name]


def test_no_file_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines for path in sources() if (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.lineno >= 60:
                long[f"{path.relative_to(ROOT)}:{node.name}"] = node.end_lineno - node.lineno + 1
    assert long == {}


def test_there_are_no_drawers() -> None:
    drawers = [
        str(path.relative_to(ROOT)) for path in sources() if DRAWERS & {path.stem, *path.relative_to(ROOT).parts[:-1]}
    ]
    assert drawers == []


def test_top_level_packages_are_the_ones_the_house_lists() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != ".venv"}
    assert packages == {"kernel", "labour", "subsidies", "headquarters", "yanjin", "tests", "benchmarks"}


def test_every_app_says_what_it_answers() -> None:
    for app in ("kernel", "labour", "subsidies", "headquarters", "yanjin"):
        assert ast.get_docstring(ast.parse((ROOT / app / "__init__.py").read_text())), app
