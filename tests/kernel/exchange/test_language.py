"""Workbooks are Chinese whoever takes them: what an English page exports, an import takes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from kernel.exchange import cells
from kernel.exchange.exporting import OutColumn, export_csv
from tests.conftest import YANJIN


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_yes_and_no_are_read_back(language: str, acting: Callable[..., Any]) -> None:
    columns = [OutColumn("是否点对点输送", lambda row: row)]
    with acting(YANJIN), translation.override(language):
        text = b"".join(export_csv(rows=[True, False], columns=columns, action="test.export")).decode("utf-8-sig")
    assert [cells.yes_no(word) for word in text.split()[1:]] == [True, False]
