"""Kinds of jobs, by code. Modules are named in `settings.JOB_KINDS`; each declares generators with `@kind`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kernel.jobs.models import remember_label

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from kernel.jobs.models import Job


@dataclass(frozen=True, slots=True)
class Step:
    """What a generator yields after each piece of work, to be committed with that piece.

    `done` of `total` units; `cursor` (JSON) is handed back as `job.cursor` when another worker goes on after this step.
    """

    done: int = 0
    total: int = 0
    cursor: Any = None
    message: str = ""


class JobFailed(Exception):
    """Raised by a generator to stop for good, with a Chinese sentence for the requester."""


Work = Callable[["Job"], Iterator[Step]]
"""A generator function; what it returns (a dict or None) becomes the job's result."""

Stopped = Callable[["Job"], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work.

    `permission` is asked of the requester again when the work runs. `system` work belongs to the house, not to the
    requester: it runs under the job's own division whoever rang. `lease` seconds must exceed the longest step.
    `stopped(job)` runs when the job fails or is cancelled, in that transaction.
    """

    code: str
    label: str | _StrPromise
    work: Work
    permission: str = ""
    system: bool = False
    lease: int = 120
    attempts: int = 4
    stopped: Stopped | None = None


_kinds: dict[str, Kind] = {}


def kind(
    code: str,
    *,
    label: str | _StrPromise,
    permission: str = "",
    system: bool = False,
    lease: int = 120,
    attempts: int = 4,
    stopped: Stopped | None = None,
) -> Callable[[Work], Work]:
    """Decorate a generator function `work(job) -> Iterator[Step]` as a kind of job. It may return a result dict.

    Between two yields is one transaction: all of it is committed with the progress, or none of it.
    """

    def register(work: Work) -> Work:
        known = _kinds.get(code)
        if known is not None and known.work.__qualname__ != work.__qualname__:
            raise ImproperlyConfigured(f"two kinds of jobs are called {code}")
        if not str(code).strip() or not label:
            raise ImproperlyConfigured(f"job kind {code!r} needs a code and a label")
        if not work.__doc__:
            raise ImproperlyConfigured(f"job kind {code} needs a docstring")
        _kinds[code] = Kind(code, label, work, permission, system, lease, attempts, stopped)
        remember_label(code, label)
        return work

    return register


@cache
def _load() -> None:
    for module in settings.JOB_KINDS:
        import_module(module)


def kinds() -> dict[str, Kind]:
    """All kinds by code."""
    _load()
    return dict(_kinds)


def kind_of(code: str) -> Kind:
    """The kind of a code; KeyError."""
    if code not in _kinds:
        _load()
    return _kinds[code]
