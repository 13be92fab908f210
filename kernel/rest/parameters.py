"""Strict query strings: every parameter is known, given once, and not empty; or the caller is told which ones exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from kernel.rest.problems import Fault, Problem, refuse

TRUE, FALSE = "true", "false"
LONGEST_VALUE = 400


def read_parameters(query: QueryDict, allowed: Collection[str]) -> dict[str, str]:
    """Name -> value. Raises one 400 problem that lists every fault of the query string."""
    faults: list[Fault] = []
    read: dict[str, str] = {}
    for name, values in query.lists():
        fault = _fault_of(name, values, allowed)
        if fault:
            faults.append(fault)
        else:
            read[name] = str(values[0])
    if faults:
        raise Problem(400, *faults)
    return read


def _fault_of(name: str, values: list[Any], allowed: Collection[str]) -> Fault | None:
    pointer = f"/{name[:60]}"
    if name not in allowed:
        told = {"name": name[:60], "allowed": "、".join(sorted(allowed)) or "—"}
        return Fault(pointer, "unknown_parameter", _("没有名为“%(name)s”的参数，可用的有：%(allowed)s"), told)
    if len(values) > 1:
        return Fault(pointer, "repeated", _("参数“%(name)s”只能出现一次"), {"name": name})
    if not values[0]:
        return Fault(pointer, "empty", _("参数“%(name)s”没有值，请填写或去掉"), {"name": name})
    if len(values[0]) > LONGEST_VALUE:
        return Fault(pointer, "too_long", _("参数“%(name)s”的值过长"), {"name": name})
    return None


def read_switch(parameters: Mapping[str, str], name: str) -> bool:
    """A `true`/`false` parameter, false when absent."""
    value = parameters.get(name, FALSE)
    if value not in (TRUE, FALSE):
        raise refuse(
            f"/{name}", "choice", _("“%(value)s”不在可选值之内，可选：%(allowed)s"), value=value, allowed="true、false"
        )
    return value == TRUE


def read_integer(parameters: Mapping[str, str], name: str, *, default: int, lowest: int, highest: int) -> int:
    """A whole number between two bounds, in ASCII digits."""
    value = parameters.get(name)
    if value is None:
        return default
    if value.isascii() and value.isdigit() and len(value) <= len(str(highest)) and lowest <= int(value) <= highest:
        return int(value)
    raise refuse(
        f"/{name}",
        "range",
        _("“%(value)s”应为 %(lowest)s 至 %(highest)s 之间的整数"),
        value=value,
        lowest=lowest,
        highest=highest,
    )
