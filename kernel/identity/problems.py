"""What is wrong with one value, in words for the person who typed it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Problem:
    """A stable code ("id.check_digit") and a Chinese sentence with the cure. Never contains the value itself."""

    code: str
    message: str | _StrPromise

    def __str__(self) -> str:
        return str(self.message)


class ProblemError(ValueError):
    """Raised by the parsers (`parse_…`, `yuan_to_fen`), which have no value to return."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def refuse(check: Callable[[str], Problem | None], text: str) -> None:
    """Turn a check into a form or model validator: ValidationError with the problem's code and sentence."""
    problem = check(text)
    if problem is not None:
        raise ValidationError(problem.message, code=problem.code)
