"""The OpenAPI document in `docs/` is the one the code gives."""

from __future__ import annotations

from pathlib import Path

import yaml
from django.core.management import call_command

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.yaml"
CURE = "manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml"


def test_the_committed_document_is_what_the_code_gives(tmp_path: Path) -> None:
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(made), validate=True, fail_on_warn=True, skip_checks=True)
    assert yaml.safe_load(made.read_text()) == yaml.safe_load(COMMITTED.read_text()), CURE
