from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.identity.pinyin import (
    MAX_INITIALS,
    MAX_SPELLINGS,
    full_pinyin,
    initials_all,
    readings_of,
    search_tokens,
)


def test_readings_are_plain_and_complete() -> None:
    assert set(readings_of("单")) == {"dan", "chan", "shan"}
    assert readings_of("吕") == ("lv",)
    assert "he" in readings_of("黑")
    assert readings_of("·") == ()
    assert readings_of("㐀") != ()


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("单雄信", "shan xiong xin"),
        ("解晓东", "xie xiao dong"),
        ("曾志", "zeng zhi"),
        ("仇英", "qiu ying"),
        ("区小华", "ou xiao hua"),
        ("查良", "zha liang"),
        ("覃辉", "qin hui"),
        ("盖叫天", "ge jiao tian"),
        ("朴树", "piao shu"),
        ("任华", "ren hua"),
        ("翟长乐", "zhai chang le"),
        ("冼星", "xian xing"),
        ("乐毅", "yue yi"),
        ("缪长", "miao chang"),
        ("尉迟恭", "yu chi gong"),
        ("尉健", "wei jian"),
        ("万俟卨", "mo qi xie"),
        ("万峰", "wan feng"),
        ("令狐冲", "ling hu chong"),
        ("买买提·吐尔逊", "mai mai ti tu er xun"),
        ("吕布", "lv bu"),
        ("John Smith", "john smith"),
        ("·", ""),
        ("", ""),
    ],
)
def test_the_usual_reading(name: str, spelled: str) -> None:
    assert full_pinyin(name) == spelled


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("单雄信", "sxx dxx cxx shanxiongxin danxiongxin"),
        ("解放", "xf jf xiefang jiefang"),
        ("覃辉", "qh th qinhui tanhui"),
        ("尉迟恭", "ycg wcg yuchigong weichigong"),
        ("吕布", "lb lvbu lubu lyubu"),
        ("买买提·吐尔逊", "mmttex maimaitituerxun"),
        ("龙䶮", "ly longyan"),
        ("欧阳娜娜", "oynn ouyangnana"),
    ],
)
def test_every_reading_is_found(name: str, typed: str) -> None:
    assert set(typed.split()) <= set(search_tokens(name))


def test_the_usual_initials_come_first() -> None:
    assert initials_all("单雄信")[0] == "sxx"
    assert initials_all("曾志")[0] == "zz"
    assert initials_all("") == search_tokens("·") == []


def test_unreadable_characters_drop_out_of_search_and_stay_on_display() -> None:
    assert search_tokens("张\U00033479") == ["z", "zhang"]
    assert full_pinyin("张\U00033479") == "zhang \U00033479"


@given(st.text("单解曾仇查区那湛哈行乐长娜莎·", max_size=50))
def test_the_number_of_tokens_is_bounded(name: str) -> None:
    initials, tokens = initials_all(name), search_tokens(name)
    assert len(initials) <= MAX_INITIALS
    assert len(tokens) <= MAX_INITIALS + MAX_SPELLINGS
    assert len(set(tokens)) == len(tokens)
    assert all(token.isascii() and token.isalpha() for token in tokens)
    assert full_pinyin(name).replace(" ", "") in [*tokens, ""]


def test_a_hundred_thousand_names_are_quick() -> None:
    names = [
        surname + given + last for surname in "王李张刘单解曾仇" for given in "小长建国雄" for last in "红伟信华乐"
    ] * 500
    start = time.process_time()
    assert all(search_tokens(name) for name in names)
    # 0.7 s measured; pypinyin itself takes 6 s and gives one reading.
    assert time.process_time() - start < 3.0


def test_the_library_is_not_loaded_with_its_phrases() -> None:
    code = (
        "import sys, kernel.identity.pinyin as p; p.readings_of('单'); sys.exit('pypinyin.phrases_dict' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
