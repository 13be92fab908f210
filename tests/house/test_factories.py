"""Every model has a factory, and every factory builds, twice: sequences make each row its own."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

import factory
import pytest
from django.apps import apps
from django.db import models

import tests.factories as rooms

OURS = ("kernel.", "labour.", "subsidies.", "headquarters.")
MODELS = [model for model in apps.get_models() if model.__module__.startswith(OURS)]


def factories() -> dict[type[models.Model], list[type[Any]]]:
    """Model → its factories, in every module of `tests/factories`."""
    found: dict[type[models.Model], list[type[Any]]] = {}
    for module in pkgutil.iter_modules(rooms.__path__, "tests.factories."):
        for each in vars(import_module(module.name)).values():
            if (
                isinstance(each, type)
                and issubclass(each, factory.django.DjangoModelFactory)
                and not each._meta.abstract
            ):
                made = found.setdefault(each._meta.get_model_class(), [])
                if each not in made:
                    made.append(each)
    return found


def test_every_model_has_one() -> None:
    assert {model._meta.label for model in MODELS} - {model._meta.label for model in factories()} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("model", [pytest.param(model, id=model._meta.label) for model in MODELS])
def test_it_builds(model: type[models.Model], acting: Callable[..., Any]) -> None:
    for made in factories()[model]:
        with acting():
            rows = [made(), made()] if made.__name__ not in {"ActFactory", "CountyRegisterFactory"} else [made()]
            for row in rows:
                assert type(row)._default_manager.filter(pk=row.pk).exists(), made
            assert len({row.pk for row in rows}) == len(rows)
