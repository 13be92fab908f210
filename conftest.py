"""First thing pytest reads: starts the servers and Django before any test module imports a model."""

from __future__ import annotations

import os

import tests.plugin  # noqa: F401 -- intended: importing it starts the servers and sets the environment

os.environ["DJANGO_SETTINGS_MODULE"] = "yanjin.settings"

import django

django.setup()
# A worker of xdist inherits the environment, and pytest-django would set Django up there before this file could name
# the worker's own database.
del os.environ["DJANGO_SETTINGS_MODULE"]
