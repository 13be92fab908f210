"""The real list of Yanjin, and what happens to rows when villages are renamed, merged and moved."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from kernel.divisions.codes import level_of, parent_code, range_of, short_name
from kernel.divisions.matching import VillageFinder
from kernel.divisions.models import Division
from kernel.divisions.services import (
    add_alias,
    load_divisions,
    merge_division,
    move_division,
    read_division_file,
    rename_division,
)
from kernel.wall.history import history_of
from labour.models import Household, Person
from tests.conftest import DATA, YANJIN

SOURCE, TARGET = 410726101201, 410726101202
DAY = dt.date(2020, 6, 1)

pytestmark = pytest.mark.django_db


def real() -> list[Division]:
    return list(Division.objects.real().within(range_of(YANJIN, "county")))


def test_yanjin_has_13_real_townships_and_339_real_villages() -> None:
    assert Counter(each.level for each in real()) == {"county": 1, "township": 13, "village": 339}


def test_pseudo_units_are_kept_apart() -> None:
    pseudo = Division.objects.within(range_of(YANJIN, "county")).filter(is_statistical=True)
    assert Counter(each.level for each in pseudo) == {"township": 4, "village": 4}


def test_short_names_repeat_in_the_county_but_never_in_a_township() -> None:
    villages = [each for each in real() if each.level == "village"]
    repeated = [name for name, times in Counter(each.short_name for each in villages).items() if times > 1]
    assert len(repeated) == 15
    assert max(Counter((each.parent_id, each.short_name) for each in villages).values()) == 1


@pytest.mark.parametrize(
    ("name", "short"),
    [("东街居民委员会", "东街社区"), ("荆庄村村民委员会", "荆庄村"), ("桑村村民委员会", "桑村"), ("延津县", "延津县")],
)
def test_short_name(name: str, short: str) -> None:
    assert short_name(name) == short


def test_the_same_list_twice_changes_nothing() -> None:
    counts = load_divisions(rows=read_division_file(DATA / "divisions_410726.csv"))
    assert (counts["new"], counts["changed"]) == (0, 0)


def test_unpadded_codes_of_the_national_list_are_read(tmp_path: object) -> None:
    path = DATA.__class__(str(tmp_path)) / "list.csv"
    path.write_text("code,name\n41,河南省\n4107,新乡市\n410726,延津县\n410726101,东屯镇\n", encoding="utf-8-sig")
    rows = list(read_division_file(path))
    assert [(row.code, row.level, row.parent) for row in rows] == [
        (410000000000, "province", None),
        (410700000000, "city", 410000000000),
        (410726000000, "county", 410700000000),
        (410726101000, "township", 410726000000),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kode,name\n41,河南\n", "缺少列 code"),
        ("code,name\n4a,河南\n", "第 2 行 code"),
        ("code,name\n41,\n", "第 2 行 name"),
    ],
)
def test_a_broken_list_names_line_and_cure(tmp_path: object, text: str, words: str) -> None:
    path = DATA.__class__(str(tmp_path)) / "list.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValidationError, match=words):
        list(read_division_file(path))


def test_levels_and_parents_follow_the_digits() -> None:
    for division in real():
        assert level_of(division.pk) == division.level
        if division.parent_id:
            assert parent_code(division.pk) == division.parent_id


def settled(village: int) -> tuple[Household, Person]:
    home = Household.objects.create(village_id=village, number=f"H{village}")
    person = Person.objects.create(
        village_id=village,
        household=home,
        name="甲",
        sex="1",
        birth_date="1980-01-01",
        relation="head",
        ability="ordinary",
    )
    return home, person


def test_merging_moves_every_row_and_history_keeps_the_old_code(acting: Callable) -> None:
    with acting(YANJIN):
        home, person = settled(SOURCE)
        source, target = Division.objects.get(pk=SOURCE), Division.objects.get(pk=TARGET)
        merge_division(source=source, target=target, on=DAY, reason="并村批复")
        for row in (home, person):
            row.refresh_from_db()
            assert row.village_id == TARGET
        (old,) = history_of("labour_household", home.pk)
        assert (old["village_id"], old["act_reason"]) == (SOURCE, "并村批复")
        source.refresh_from_db()
        assert (source.valid_to, source.replaced_by_id) == (DAY, TARGET)
        found = VillageFinder(range_of(YANJIN, "county")).find(township="东屯镇", village=source.short_name)
        assert found.code == TARGET


def test_moving_gives_a_new_code_and_the_rows_follow(acting: Callable) -> None:
    with acting(YANJIN):
        _, person = settled(SOURCE)
        village = Division.objects.get(pk=SOURCE)
        moved = move_division(village=village, new_code=410726102299, on=DAY, reason="区划调整")
        person.refresh_from_db()
        assert person.village_id == moved.pk == 410726102299
        assert moved.parent_id == 410726102000
        assert VillageFinder(range_of(YANJIN, "county")).find(code=str(SOURCE)).code == moved.pk


def test_renaming_keeps_the_old_name_as_an_alias(acting: Callable) -> None:
    with acting(YANJIN):
        village = Division.objects.get(pk=SOURCE)
        rename_division(division=village, name="东屯新村村民委员会", reason="更名批复")
        finder = VillageFinder(range_of(YANJIN, "county"))
        assert finder.find(township="东屯镇", village="东屯村").code == SOURCE
        assert finder.find(township="东屯镇", village="东屯新村").code == SOURCE


@pytest.mark.parametrize("reason", ["", "  "])
def test_changes_of_place_need_a_reason(acting: Callable, reason: str) -> None:
    with acting(YANJIN), pytest.raises(ValidationError):
        rename_division(division=Division.objects.get(pk=SOURCE), name="新名村民委员会", reason=reason)


def test_an_alias_cannot_steal_a_neighbours_name() -> None:
    with pytest.raises(ValidationError, match="不能再作别名"):
        add_alias(division=Division.objects.get(pk=SOURCE), name=Division.objects.get(pk=TARGET).short_name)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ({"village": "东屯村"}, "division.township_missing"),
        ({"township": "没有镇", "village": "东屯村"}, "division.township_unknown"),
        ({"township": "东屯镇", "village": "没有村"}, "division.village_unknown"),
        ({"code": "41072610120"}, "division.code_format"),
        ({"code": "410799100200"}, "division.code_unknown"),
        ({"code": "410726400498"}, "division.code_unknown"),
    ],
)
def test_matching_never_guesses(names: dict[str, str], problem: str) -> None:
    match = VillageFinder(range_of(YANJIN, "county")).find(**names)
    assert (match.code, match.problem) == (None, problem)
    assert match.message


def test_the_command_loads_a_list_of_any_size_and_says_what_it_did(tmp_path: Path) -> None:
    lines = ["code,name", "53,云南省", "5301,昆明市", "530102,五华区", "530102001,华山街道"]
    lines += [f"530102001{number:03d},第{number}村村民委员会" for number in range(200, 400)]
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = StringIO()
    call_command("load_divisions", path, stdout=told)
    call_command("load_divisions", path, stdout=told)
    assert told.getvalue().splitlines() == ["new 204  changed 0  same 0", "new 0  changed 0  same 204"]
    assert Division.objects.get(pk=530102001205).parent_id == 530102001000


def test_the_command_refuses_a_broken_list_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("code,name\n41x,河南\n", encoding="utf-8")
    with pytest.raises(CommandError, match="第 2 行"):
        call_command("load_divisions", path)
