"""Keyset paging equals a plain sort, in any order and page size, and its tokens cannot be read or forged."""

from __future__ import annotations

import datetime as dt
import uuid
from itertools import pairwise

import pytest
from django.core.exceptions import BadRequest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.divisions.models import Division
from kernel.web.keyset import _plain, after_position, paginate_keyset

pytestmark = pytest.mark.django_db
ORDERS = [("pk",), ("-pk",), ("name", "pk"), ("-name", "pk"), ("level", "-name", "pk"), ("-level", "-name", "-pk")]


def walk(order: tuple[str, ...], size: int) -> list[int]:
    codes: list[int] = []
    after: str | None = None
    while True:
        page = paginate_keyset(Division.objects.all(), order, after, size)
        assert len(page.rows) <= size
        codes += [row.pk for row in page.rows]
        if page.next is None:
            return codes
        after = page.next


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.sampled_from(ORDERS), size=st.integers(40, 400))
def test_pages_together_are_the_plain_sort(order: tuple[str, ...], size: int) -> None:
    assert walk(order, size) == list(Division.objects.order_by(*order).values_list("pk", flat=True))


def test_one_direction_is_a_row_comparison_that_an_index_can_start_from() -> None:
    ordered = str(Division.objects.filter(after_position(["level", "pk"], ["village", 1])).query)
    assert '("divisions_division"."level", "divisions_division"."code") > (village, 1)' in ordered
    mixed = str(Division.objects.filter(after_position(["level", "-pk"], ["village", 1])).query)
    assert '"divisions_division"."level" >= village' in mixed


def test_a_page_says_whether_it_is_first_and_whether_more_follow() -> None:
    first = paginate_keyset(Division.objects.all(), ["pk"], size=5)
    second = paginate_keyset(Division.objects.all(), ["pk"], first.next, size=5)
    assert (first.first, second.first) == (True, False)
    assert all(left.pk < right.pk for left, right in pairwise([*first.rows, *second.rows]))


def test_tokens_hide_the_values_and_refuse_forgery_and_another_order() -> None:
    token = paginate_keyset(Division.objects.all(), ["name", "pk"], size=5).next
    assert token is not None
    for damaged in ("x", token[:-2], token[:20] + "A" + token[21:], "编号"):
        with pytest.raises(BadRequest, match="翻页位置"):
            paginate_keyset(Division.objects.all(), ["name", "pk"], damaged, size=5)
    with pytest.raises(BadRequest, match="排序方式"):
        paginate_keyset(Division.objects.all(), ["pk"], token, size=5)


def test_nullable_fields_and_silly_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="null"):
        paginate_keyset(Division.objects.all(), ["parent", "pk"], size=5)
    with pytest.raises(ValueError, match="1 to 500"):
        paginate_keyset(Division.objects.all(), ["pk"], size=501)


def test_times_keep_their_microseconds() -> None:
    moment = dt.datetime(2020, 6, 29, 9, 12, 3, 123456, tzinfo=dt.UTC)
    assert dt.datetime.fromisoformat(_plain(moment)) == moment
    assert _plain(uuid.UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert _plain("东屯镇") == "东屯镇"
