"""What the wiring lists name: each with a code of its own, words a person can read, and a place in the list."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils.functional import Promise

from headquarters.registry import figures
from kernel.exchange.registry import importers
from kernel.jobs.registry import kinds
from subsidies.facts.registry import all_facts

ROOT = Path(__file__).parents[2]
CODE = {
    "facts": re.compile(r"[a-z][a-z0-9_]*"),
    "figures": re.compile(r"F\d\d"),
    "importers": re.compile(r"[a-z]+\.[a-z_]+"),
    "kinds": re.compile(r"[a-z]+\.[a-z_]+"),
}
OURS = ("kernel.", "labour.", "subsidies.", "headquarters.")


def shipped() -> list[Any]:
    """Everything registered by the product; other test modules register importers and kinds of their own."""
    found = [("facts", each.code, each) for each in all_facts()]
    found += [("figures", code, each) for code, each in figures().items()]
    found += [("importers", code, each) for code, each in importers().items() if each.__module__.startswith(OURS)]
    found += [("kinds", code, each) for code, each in kinds().items() if each.work.__module__.startswith(OURS)]
    return [pytest.param(kind, code, each, id=f"{kind}:{code}") for kind, code, each in found]


@pytest.mark.parametrize(("kind", "code", "entry"), shipped())
def test_every_entry_speaks(kind: str, code: str, entry: Any) -> None:
    assert CODE[kind].fullmatch(code), code
    assert entry.code == code
    assert isinstance(entry.label, Promise), f"{code}: a label of import time is frozen in one language"
    assert str(entry.label).strip()
    told = getattr(entry, "definition", "") or entry.__doc__ or ""
    if kind == "kinds":
        told = entry.work.__doc__ or ""
    assert str(told).strip(), f"{code} does not say what it does"
    if kind in {"facts", "figures"}:
        assert isinstance(entry.unit, str | Promise), code
        assert not isinstance(entry.unit, str) or entry.unit == "", f"{code}: the unit is not translated"


@pytest.mark.parametrize("kind", ["facts", "figures", "importers", "kinds"])
def test_codes_and_labels_are_their_own(kind: str) -> None:
    entries = [each.values[2] for each in shipped() if each.values[0] == kind]
    codes, labels = (
        [each.code for each in entries],
        [(str(each.label), getattr(each, "subject", "")) for each in entries],
    )
    assert len(codes) >= 3
    assert len(set(codes)) == len(codes)
    assert len(set(labels)) == len(labels)


def registering_modules(calls: set[str]) -> Iterator[str]:
    """Modules that call or decorate with one of these names at their top level."""
    for app in ("kernel", "labour", "subsidies", "headquarters"):
        for path in (ROOT / app).rglob("*.py"):
            if "/migrations/" in str(path):
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in tree.body:
                named = [name for part in named_by(node) if (name := getattr(part, "id", "")) in calls]
                if named:
                    yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def named_by(node: ast.stmt) -> Iterator[ast.expr]:
    """The functions that decorate a top-level definition or are called by a top-level statement."""
    for each in getattr(node, "decorator_list", []):
        yield each.func if isinstance(each, ast.Call) else each
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield node.value.func


def test_every_module_that_registers_is_listed() -> None:
    listed = {*settings.JOB_KINDS, *settings.FACTS, *settings.FIGURES, *settings.PANELS, *settings.IMPORTERS}
    found = set(registering_modules({"kind", "importer", "fact", "register_fact"}))
    missing = {each for each in found if each not in listed and each.rpartition(".")[0] not in listed}
    assert missing == set()
    assert found


@pytest.mark.parametrize("setting", ["JOB_KINDS", "FACTS", "FIGURES", "IMPORTERS", "PANELS"])
def test_listed_modules_exist(setting: str) -> None:
    for name in getattr(settings, setting):
        assert import_module(name).__doc__, name


def test_settlers_are_functions_that_say_what_they_keep_right() -> None:
    for path in settings.SETTLERS:
        module, _, name = path.rpartition(".")
        assert getattr(import_module(module), name).__doc__, path
