"""Migrations: none missing, each named for what it does, none leaning on code that will have moved on."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for app in ("kernel", "labour", "subsidies", "headquarters")
    for path in (ROOT / app).glob("**/migrations/0*.py")
)
IDS = [f"{path.parts[-3]}.{path.stem}" for path in FILES]
OURS = {"kernel", "labour", "subsidies", "headquarters", "yanjin", "tests"}
FROZEN = {
    "kernel.wall.operations": "the vocabulary of migrations itself: fence()",
    "kernel.wall.sql": "the policies and triggers that fence() is made of",
    "kernel.clock": "today(), the default of dates; its name is a promise",
    "kernel.protection.fields": "column types of sealed values, as stable as Django's own fields",
}
"""What migrations may import of ours, and why it is safe."""


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    return {each for each in found if each.split(".")[0] in OURS}


@pytest.mark.django_db(databases=["default", "owner"])
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0, skip_checks=True)


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_migration_is_named_for_what_it_does(path: Path) -> None:
    assert re.fullmatch(r"\d{4}_[a-z][a-z0-9_]{2,}", path.stem), path.stem
    assert not re.fullmatch(r"\d{4}_(auto|merge|manual)_.*", path.stem), path.stem
    assert not re.search(r"\d{8}", path.stem), path.stem


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_migration_imports_nothing_of_ours_that_may_move(path: Path) -> None:
    assert imported(path) - FROZEN.keys() == set()


def test_the_list_of_reasons_names_only_what_is_imported() -> None:
    assert set(FROZEN) - {each for path in FILES for each in imported(path)} == set()


def test_numbers_are_given_once() -> None:
    numbers = [(path.parent, path.stem[:4]) for path in FILES]
    assert len(set(numbers)) == len(numbers)
