"""Code lists: loading is rerunnable, look-ups know official names and spellings, dates are honoured."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from kernel.codes.lookup import keys_to_labels, labels_of, labels_to_keys, official_labels
from kernel.codes.models import Code, CodeLabel
from kernel.codes.services import CodeRow, load_codes, read_code_file
from labour.services.county import load_code_lists

pytestmark = pytest.mark.django_db


def test_the_shipped_lists_load_twice_without_a_change() -> None:
    first = load_code_lists()
    assert first["new"] > 150
    assert load_code_lists() == {"new": 0, "changed": 0, "same": first["new"]}
    assert Code.objects.filter(list="ability").count() == 5
    assert Code.objects.filter(list="ethnicity", key="han", label_zh="汉族").exists()
    assert Code.objects.filter(list="ethnicity").count() == 58


def test_a_changed_label_is_refreshed_and_what_a_county_added_stays() -> None:
    load_codes(rows=[CodeRow("colour", "red", "红", "Red", 0, ("赤",))])
    CodeLabel.objects.create(code=Code.objects.get(key="red"), label="朱")
    Code.objects.create(list="colour", key="blue", label_zh="蓝", label_en="Blue")
    assert load_codes(rows=[CodeRow("colour", "red", "红色", "Red", 0)]) == {"new": 0, "changed": 1, "same": 0}
    assert labels_to_keys("colour") == {"红色": "red", "蓝": "blue", "赤": "red", "朱": "red"}
    assert official_labels("colour") == ["蓝", "红色"]


def test_labels_follow_the_language() -> None:
    load_codes(rows=[CodeRow("colour", "red", "红", "Red", 0), CodeRow("size", "big", "大", "Big", 0)])
    assert labels_of("colour", "size") == {"colour": {"red": "红"}, "size": {"big": "大"}}
    with translation.override("en"):
        assert keys_to_labels("colour") == {"red": "Red"}


def test_a_retired_code_cannot_be_chosen_but_is_still_printed() -> None:
    load_codes(rows=[CodeRow("colour", "red", "红", "Red", 0, ("赤",))])
    Code.objects.update(valid_to=dt.date(2019, 12, 31))
    assert labels_to_keys("colour", on=dt.date(2020, 1, 1)) == {}
    assert labels_to_keys("colour", on=dt.date(2019, 12, 31)) == {"红": "red", "赤": "red"}
    assert keys_to_labels("colour") == {"red": "红"}


def test_one_label_for_two_codes_is_refused() -> None:
    with pytest.raises(ValidationError, match="同时对应"):
        load_codes(rows=[CodeRow("c", "a", "甲", "A", 0), CodeRow("c", "b", "乙", "B", 1, ("甲",))])


def test_an_incomplete_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "colour.csv"
    file.write_text("key,zh,en,labels,standard\nred,红,Red,,\nblue,,Blue,,\n", encoding="utf-8")
    with pytest.raises(ValidationError, match=r"colour\.csv 第 3 行"):
        list(read_code_file(file))
