"""Kept statements give what the queryset gives, page after page, whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kernel.accounts.models import User
from kernel.rest import statements
from kernel.rest.authentication import Caller
from kernel.rest.lists import Ask
from kernel.rest.reference import DivisionList

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(appoint: Callable[..., User]) -> Callable[..., Ask]:
    user = appoint("clerk")
    return lambda **parameters: Ask(parameters, Caller(user))


def test_the_second_page_of_a_kept_statement_is_the_querysets(
    ask: Callable[..., Ask], acting: Any, django_assert_num_queries: Any
) -> None:
    view = DivisionList()
    with acting():
        first, _ = view.read(ask(limit="7"))
        kept, _ = view.read(ask(limit="7", cursor=first.next))
        with django_assert_num_queries(1):
            again, _ = view.read(ask(limit="7", cursor=first.next))
        expected = list(view.rows(ask()).order_by("code").values(*view.columns)[7:14])
    assert kept.rows == again.rows == expected


def test_a_filter_is_never_answered_by_a_kept_statement(ask: Callable[..., Ask], acting: Any) -> None:
    view = DivisionList()
    with acting():
        view.read(ask(limit="7"))
        counties, _ = view.read(ask(limit="7", level="county"))
    assert {each["level"] for each in counties.rows} == {"county"}


def test_the_store_is_bounded(ask: Callable[..., Ask], acting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_KEPT", 3)
    with acting():
        for limit in range(1, 12):
            DivisionList().read(ask(limit=str(limit)))
    assert len(statements._kept) <= 3
