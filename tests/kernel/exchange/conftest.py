"""An upload read inside an open scope, as a county clerk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kernel.accounts.models import User
from kernel.exchange import services
from kernel.exchange.models import Upload
from kernel.exchange.reading import read_upload
from tests.kernel.exchange.books import HEADINGS, book

YANJIN = 410726000000


@pytest.fixture
def bring(appoint: Callable[..., User], acting: Callable[..., Any]) -> Iterator[Callable[..., Upload]]:
    """`bring(rows)` -> an upload, read by a county clerk whose scope stays open for the rest of the test."""
    with acting(appoint("clerk", YANJIN)):

        def make(
            rows: list[list[Any]], *, headings: Any = HEADINGS, importer: str = "test.people", content: bytes = b""
        ) -> Upload:
            upload = services.receive_upload(
                content=content or book(rows, headings),
                file_name="人员.xlsx",
                importer=importer,
                division=YANJIN,
                read=False,
            )
            for _step in read_upload(upload):
                pass
            upload.refresh_from_db()
            return upload

        yield make
