"""The interface's page in Chromium: it works under the strict policy and asks nobody else for anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import CHROMIUM, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium fonts-wqy-zenhei)"
    ),
]


def test_the_page_lists_the_interface_without_a_complaint(visit: Callable[..., Visitor]) -> None:
    visitor = visit("nobody")
    page = visitor.go("/api/docs/")
    page.wait_for_selector(".opblock-summary")
    assert page.get_by_text("劳动力列表").count() == 1
    assert (visitor.complaints, visitor.foreign) == ([], [])
    visitor.picture("api-docs")
