from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.identity.names import INTERPUNCT, normalise_name, validate_name


@pytest.mark.parametrize("dot", ["•", "・", "･", "‧", "∙", "⋅", "·", "\u0387", ".", "．", "。"])
def test_every_look_alike_becomes_the_interpunct(dot: str) -> None:
    assert normalise_name(f"买买提{dot}吐尔逊") == ("买买提·吐尔逊", None)
    assert normalise_name(f" 买买提 {dot} 吐尔逊 ") == ("买买提·吐尔逊", None)


@pytest.mark.parametrize(
    ("written", "cleaned"),
    [
        ("张三", "张三"),
        (" 张　三\u200b", "张三"),
        ("张 三\ufeff", "张三"),
        ("张三\n", "张三"),
        ("龙䶮", "龙䶮"),
        ("李𬱟", "李𬱟"),
        ("王𠮷\U00031350", "王𠮷\U00031350"),
        ("⽅方", "方方"),  # a Kangxi radical from a PDF
        ("\ufa0c山", "\ufa0c山"),  # a compatibility ideograph is the name as registered
        ("邢〇", "邢〇"),
        ("葛\U000e0100城", "葛城"),
        ("John  Smith", "John Smith"),
        ("Ｊｏｈｎ O'Neil-Smith Jr.", "John O'Neil-Smith Jr."),
        ("吾", "吾"),
    ],
)
def test_noise_goes_and_the_name_stays(written: str, cleaned: str) -> None:
    assert normalise_name(written) == (cleaned, None)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "name.blank"),
        (" \u3000\u200b", "name.blank"),
        ("张" * 51, "name.length"),
        ("张三1", "name.digit"),
        ("张三２", "name.digit"),
        ("张三①", "name.digit"),
        ("张\n三", "name.control"),
        ("张\x00三", "name.control"),
        ("张\t三", "name.control"),
        ("·张三", "name.interpunct"),
        ("买买提··吐尔逊", "name.interpunct"),
        ("买买提·", "name.interpunct"),
        ("王\ue863", "name.private_use"),
        ("王\ufffd", "name.broken"),
        ("王?", "name.broken"),
        ("王□", "name.broken"),
        ("张三（已故）", "name.symbol"),
        ("张三、李四", "name.symbol"),
        ("=张三", "name.symbol"),
    ],
)
def test_every_name_problem_has_its_code(written: str, code: str) -> None:
    problem = normalise_name(written).problem
    assert problem is not None
    assert problem.code == code


def test_fifty_characters_are_allowed() -> None:
    name = "阿" * 24 + INTERPUNCT + "买" * 25
    assert normalise_name(name) == (name, None)


@example("A\u00b4\U00020000")
@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    name = normalise_name(text)
    assert normalise_name(name.cleaned) == name


def test_name_validator_carries_the_code() -> None:
    validate_name("买买提·吐尔逊")
    with pytest.raises(ValidationError) as caught:
        validate_name("张三3")
    assert caught.value.code == "name.digit"
