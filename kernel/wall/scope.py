"""Opening a scope: one transaction, one place, one person, said to PostgreSQL with SET LOCAL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.utils.module_loading import import_string

EVERYWHERE = (0, 1_000_000_000_000)
NOWHERE = (0, 0)
COUNTY = 1_000_000


class ScopeNotOpen(DatabaseError):
    """A walled table was touched and nobody had said whose eyes are looking. Open a scope first."""


class ReadOnlyScope(DatabaseError):
    """A write was tried in a scope that may only read."""


@dataclass(frozen=True)
class Scope:
    """Half-open range of division codes `[lo, hi)`, the right to write, and who is acting.

    `actor` and `appointment` are ids (None for the system itself); `source` is page, admin, api, job or command.
    """

    lo: int
    hi: int
    write: bool = False
    actor: int | None = None
    appointment: int | None = None
    role: str = ""
    source: str = "page"
    request_id: str = ""
    reason: str = ""
    address: str = ""

    def covers(self, division: int) -> bool:
        """Whether a division code lies inside."""
        return self.lo <= division < self.hi

    @property
    def county(self) -> int:
        """Code of the county the scope lies in; meaningful up to county level only."""
        return self.lo - self.lo % 1_000_000

    @property
    def within_county(self) -> bool:
        """Whether the whole scope lies in one county."""
        return self.lo < self.hi and self.hi <= self.county + 1_000_000

    def who(self) -> str:
        """The JSON that the act trigger stores: who, as what, from where, why."""
        return json.dumps({key: value for key, value in asdict(self).items() if key != "write"}, ensure_ascii=False)


_current: ContextVar[Scope | None] = ContextVar("yanjin_scope", default=None)


def current_scope() -> Scope | None:
    """The innermost open scope, or None."""
    return _current.get()


def required_scope() -> Scope:
    """The innermost open scope; raises ScopeNotOpen."""
    scope = _current.get()
    if scope is None:
        raise ScopeNotOpen("no scope is open: use kernel.wall.open_scope")
    return scope


def _tell(scope: Scope | None, using: str) -> None:
    low, high, write, who = ("", "", "off", "")
    if scope is not None:
        low, high, write, who = str(scope.lo), str(scope.hi), "on" if scope.write else "off", scope.who()
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.lo', %s, true), set_config('app.hi', %s, true), set_config('app.write', %s, true),"
            " set_config('app.who', %s, true), set_config('app.act', '', true)",
            [low, high, write, who],
        )


Touched = set[tuple[int, int]]
"""`(division code, year)` pairs whose derived rows have changed in this transaction; passed from settler to settler."""


_touched: ContextVar[Touched | None] = ContextVar("yanjin_touched", default=None)


@contextmanager
def open_scope(scope: Scope, *, using: str = "default") -> Iterator[Scope]:
    """One transaction under `scope`. Scopes nest; the outer one returns.

    The outermost settles derived rows before it commits: an inner scope must not use up its marks with narrower eyes.
    """
    outer = _current.get()
    if outer is None:
        _touched.set(None)  # what a failed step of the same worker may have left
    begins = not connections[using].in_atomic_block
    with transaction.atomic(using=using):
        _tell(scope, using)
        token = _current.set(scope)
        try:
            yield scope
            if scope.write and outer is None and not connections[using].needs_rollback:
                settle()
        finally:
            _current.reset(token)
        # What SET LOCAL said ends with the transaction: nothing to take back where that comes next.
        if not begins and not connections[using].needs_rollback:
            _tell(outer, using)


def touch(places: Touched) -> None:
    """A job that changes derived rows says where, so that later settlers (figures) follow before its step commits."""
    required_scope()
    _touched.set((_touched.get() or set()) | places)


def settle() -> None:
    """Bring derived rows up to date for what this transaction changed.

    Calls each function of `settings.SETTLERS` in order with one shared `Touched` set: earlier ones add the places and
    years they changed, later ones (figures) refresh those.
    """
    touched = _touched.get() or set()
    _touched.set(None)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_setting('app.stale', true), set_config('app.stale', '', true)")
        (stale, _) = cursor.fetchone()
        if not stale and not touched:
            return
    token = _settling.set(True)
    try:
        for path in settings.SETTLERS:
            import_string(path)(touched)
    finally:
        _settling.reset(token)


_settling: ContextVar[bool] = ContextVar("yanjin_settling", default=False)


@contextmanager
def settling() -> Iterator[Scope]:
    """For settlers only: the whole county of the open scope, in the same transaction and act.

    A village's edit moves rows above the village (an employer's award, the county's figure). Settlers write those derived
    rows, and show nothing. Raises ScopeNotOpen when used anywhere else.
    """
    scope = required_scope()
    if not _settling.get():
        raise ScopeNotOpen("settling() is for the functions in settings.SETTLERS")
    if not scope.within_county or scope.hi - scope.lo == COUNTY:
        yield scope
        return
    wide = replace(scope, lo=scope.county, hi=scope.county + COUNTY)
    token = _current.set(wide)
    _look(wide)
    try:
        yield wide
    finally:
        _current.reset(token)
    _look(scope)


def _look(scope: Scope) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.lo', %s, true), set_config('app.hi', %s, true)", [str(scope.lo), str(scope.hi)]
        )


@contextmanager
def everywhere(*, reason: str, write: bool = False, source: str = "job") -> Iterator[Scope]:
    """The one escape: every county at once. Needs a reason, and leaves an act in the audit before anything is read."""
    if not reason.strip():
        raise ValueError("everywhere() needs a reason")
    outer = _current.get()
    base = outer or Scope(*EVERYWHERE, source=source)
    scope = replace(base, lo=EVERYWHERE[0], hi=EVERYWHERE[1], write=write, reason=reason)
    with open_scope(scope):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT wall_act()")
        yield scope


def say_why(reason: str) -> None:
    """Give the reason for the changes that follow in this transaction; a new act begins."""
    scope = replace(required_scope(), reason=reason)
    _current.set(scope)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.who', %s, true), set_config('app.act', '', true)", [scope.who()])


def translate_refusals(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Database wrapper: turns PostgreSQL's words for a missing or read-only scope into ours."""
    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        text = str(error)
        if '"app.lo"' in text or 'type bigint: ""' in text or "wall: no scope" in text:
            raise ScopeNotOpen("no scope is open: use kernel.wall.open_scope") from error
        if "wall: this scope may only read" in text:
            raise ReadOnlyScope("this scope may only read") from error
        raise
