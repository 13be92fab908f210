"""What a fact is, and the one list of them. A faulty or doubled declaration stops the start-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

Subject = Literal["person", "employer"]
Kind = Literal["count", "money", "flag", "choice"]
Text = str | Promise
UNITLESS = frozenset({"flag", "choice"})


@dataclass(frozen=True)
class Parameter:
    """A whole number that a fact can be asked with, such as the least months of `heads`."""

    name: str
    label: Text
    default: int
    least: int
    most: int

    def clean(self, value: object) -> int:
        """The value when it is a whole number within bounds; raises ValidationError."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise ValidationError(
                _("参数“%(label)s”应为 %(least)d 至 %(most)d 的整数，现为“%(value)s”")
                % {"label": self.label, "least": self.least, "most": self.most, "value": value}
            )
        return value


@dataclass(frozen=True)
class Fact:
    """One measurable thing. `expression(**parameters)` gives a Django expression that is never null.

    Persons are measured over `PersonYear` rows; employers over `WorkerYear` rows grouped by employer and year, so an
    employer's expression is an aggregate or a column of `employer__`. `money` is in fen. `%(name)d` in the label is
    replaced by parameters.
    """

    code: str
    subject: Subject
    label: Text
    unit: Text
    kind: Kind
    expression: Callable[..., Any]
    parameters: tuple[Parameter, ...] = ()
    choices: tuple[tuple[str, Text], ...] = ()

    @property
    def definition(self) -> str:
        """What it answers, from the docstring of its expression."""
        return (self.expression.__doc__ or "").strip()

    def clean_parameters(self, given: Mapping[str, Any]) -> dict[str, int]:
        """Given parameters completed by defaults; raises ValidationError on unknown names and wrong values."""
        known = {parameter.name: parameter for parameter in self.parameters}
        if unknown := sorted(set(given) - set(known)):
            raise ValidationError(
                _("指标“%(fact)s”没有参数“%(names)s”，可用参数：%(known)s")
                % {
                    "fact": self.code,
                    "names": "、".join(unknown),
                    "known": "、".join(known) or _("无"),
                }
            )
        return {name: parameter.clean(given.get(name, parameter.default)) for name, parameter in known.items()}

    def measure(self, given: Mapping[str, Any]) -> Any:
        """The expression for these parameters."""
        return self.expression(**self.clean_parameters(given))

    def key(self, given: Mapping[str, Any]) -> str:
        """How a snapshot names it: `heads(min_months=6)`."""
        parameters = self.clean_parameters(given)
        inside = ",".join(f"{name}={value}" for name, value in sorted(parameters.items()))
        return f"{self.code}({inside})" if inside else self.code

    def title(self, given: Mapping[str, Any]) -> str:
        """Its label as an officer reads it, parameters filled in."""
        return str(self.label) % self.clean_parameters(given)


_facts: dict[str, Fact] = {}


def _faults(fact: Fact) -> list[str]:
    faults = [
        ("no label", not str(fact.label).strip()),
        ("no docstring", not fact.definition),
        ("no unit", fact.kind not in UNITLESS and not str(fact.unit).strip()),
        ("no choices", fact.kind == "choice" and not fact.choices),
        ("unknown subject", fact.subject not in {"person", "employer"}),
        ("unknown kind", fact.kind not in {"count", "money", "flag", "choice"}),
        ("registered twice", fact.code in _facts),
    ]
    return [text for text, found in faults if found]


def register(fact: Fact) -> Fact:
    """Add a fact; raises ImproperlyConfigured when it is doubled or says too little about itself."""
    if faults := _faults(fact):
        raise ImproperlyConfigured(f"fact {fact.code!r}: {', '.join(faults)}")
    _facts[fact.code] = fact
    return fact


def fact(
    code: str,
    *,
    subject: Subject,
    label: Text,
    unit: Text = "",
    kind: Kind = "count",
    parameters: tuple[Parameter, ...] = (),
    choices: tuple[tuple[str, Text], ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: the function below is the expression of a fact, its docstring the definition."""

    def declare(expression: Callable[..., Any]) -> Callable[..., Any]:
        register(Fact(code, subject, label, unit, kind, expression, parameters, choices))
        return expression

    return declare


def load_facts() -> None:
    """Import the modules listed in `settings.FACTS`; each registers its facts."""
    for path in settings.FACTS:
        import_module(path)


def get_fact(code: str) -> Fact:
    """A fact by code; raises ValidationError naming what exists."""
    if code not in _facts:
        raise ValidationError(
            _("没有指标“%(code)s”，请从列表中选择：%(known)s") % {"code": code, "known": "、".join(sorted(_facts))}
        )
    return _facts[code]


def all_facts(subject: str | None = None) -> list[Fact]:
    """Every fact, or those of one subject, by code."""
    return [found for code, found in sorted(_facts.items()) if subject in {None, found.subject}]
