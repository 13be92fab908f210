"""The importers, by code. Modules are named in `settings.IMPORTERS`; each decorates its classes with `@importer`."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kernel.exchange.importer import Importer

_importers: dict[str, type[Importer]] = {}


def importer(declared: type[Importer]) -> type[Importer]:
    """Class decorator: registers; refuses a second one of the same code, and one without docstring, label or permission."""
    code = declared.code
    if code in _importers and _importers[code] is not declared:
        raise ImproperlyConfigured(f"two importers are called {code}")
    for wanted in ("label", "permission", "columns", "targets"):
        if not getattr(declared, wanted, None):
            raise ImproperlyConfigured(f"importer {code} has no {wanted}")
    if not declared.__doc__:
        raise ImproperlyConfigured(f"importer {code} has no docstring")
    fields = list(declared.fields())
    if len(fields) != len(set(fields)):
        raise ImproperlyConfigured(f"importer {code} names a field twice")
    _importers[code] = declared
    return declared


@cache
def _load() -> None:
    for module in settings.IMPORTERS:
        import_module(module)


def importers() -> dict[str, type[Importer]]:
    """All importers by code, in order of declaration."""
    _load()
    return dict(_importers)


def importer_for(code: str) -> type[Importer]:
    """The importer of a code; KeyError."""
    return _importers[code] if code in _importers else importers()[code]
