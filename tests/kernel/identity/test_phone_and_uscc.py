from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from kernel.identity.phone import cell_problem, check_phone, normalise_phone, validate_phone
from kernel.identity.uscc import check_digit, check_uscc, normalise_uscc, validate_uscc

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize(
    "text",
    ["19900000017", "199 0000 0017", "199-0000-0017", "+86 19900000017", "8619900000017", "１９９００００００１７"],
)
def test_the_ways_a_mobile_number_is_written(text: str) -> None:
    assert normalise_phone(text) == "19900000017"
    assert check_phone(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "phone.blank"),
        ("1990000001", "phone.length"),
        ("199000000170", "phone.length"),
        ("12900000017", "phone.prefix"),
        ("03737690000", "phone.prefix"),
        ("19900000017/19900000018", "phone.alphabet"),
        ("19900000017（儿子）", "phone.alphabet"),
        ("1.99E+10", "phone.numeric_cell"),
        ("19900000017.0", "phone.numeric_cell"),
        ("²" * 11, "phone.prefix"),
    ],
)
def test_every_phone_problem_has_its_code(text: str, code: str) -> None:
    problem = check_phone(text)
    assert problem is not None
    assert problem.code == code


def test_numeric_phone_cells_are_refused() -> None:
    assert cell_problem("19900000017") is None
    assert [getattr(cell_problem(each), "code", None) for each in (19900000017.0, 1, "1.99E+10")] == [
        "phone.numeric_cell"
    ] * 3


def test_phone_validator_refuses() -> None:
    validate_phone("19900000017")
    with pytest.raises(ValidationError):
        validate_phone("110")


def codes() -> st.SearchStrategy[str]:
    """Valid credit codes with division 410799."""
    tails = st.text(ALPHABET, min_size=9, max_size=9)
    return st.builds(
        lambda kind, tail: (body := f"{kind}410799{tail}") + check_digit(body), st.sampled_from(["91", "93"]), tails
    )


@given(codes())
def test_generated_credit_codes_pass(code: str) -> None:
    assert check_uscc(code.lower()) is None


@given(codes(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_changed_character_of_a_credit_code_fails(code: str, at: int, other: str) -> None:
    changed = code[:at] + other + code[at + 1 :]
    assert (check_uscc(changed) is None) == (changed == code)


def test_a_published_credit_code_passes() -> None:
    # The example code of the standard's public explanation (Tencent Computer Systems).
    assert check_uscc("9144030071526726XG") is None
    assert normalise_uscc(" ９144030071526726xg\u200b") == "9144030071526726XG"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "uscc.blank"),
        ("410799000012345", "uscc.old_licence"),
        ("9144030071526726X", "uscc.length"),
        ("9144030071526726XO", "uscc.alphabet"),
        ("91A4030071526726XG", "uscc.division"),
        ("9144030071526726XA", "uscc.check_digit"),
    ],
)
def test_every_credit_code_problem_has_its_code(text: str, code: str) -> None:
    problem = check_uscc(text)
    assert problem is not None
    assert problem.code == code


def test_credit_code_validator_refuses() -> None:
    validate_uscc("9144030071526726XG")
    with pytest.raises(ValidationError):
        validate_uscc("9144030071526726XA")
