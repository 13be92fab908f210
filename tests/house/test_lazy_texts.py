"""A text made at import time would be frozen in the language of the process: at module and class level only lazy ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.web.texts import sources

EAGER = {"gettext", "ngettext", "pgettext", "npgettext"}
FILES = [path for path in sources() if path.suffix == ".py"]


def eager_names(tree: ast.Module) -> set[str]:
    """Names under which a module calls the translation functions that answer at once."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {
        alias.asname or alias.name
        for node in imports
        if node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in EAGER
    }


def run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes below `node` that run when the module is imported: not the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            parts: list[ast.expr] = [*child.decorator_list, *child.args.defaults]
            parts += [default for default in child.args.kw_defaults if default is not None]
            for part in parts:
                yield part
                yield from run_at_import(part)
        elif not isinstance(child, ast.Lambda):
            yield child
            yield from run_at_import(child)


@pytest.mark.parametrize("path", [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in FILES])
def test_texts_made_at_import_are_lazy(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = eager_names(tree)
    found = [
        node.lineno
        for node in run_at_import(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]
    assert found == []
