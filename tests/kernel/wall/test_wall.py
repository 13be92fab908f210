"""The wall itself, by raw SQL as the plain role: what no scope, another scope and a reading scope can do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from kernel.wall.history import history_of
from kernel.wall.posture import role_faults
from kernel.wall.scope import (
    NOWHERE,
    ReadOnlyScope,
    Scope,
    ScopeNotOpen,
    current_scope,
    everywhere,
    open_scope,
    say_why,
)
from labour.models import Household, Person
from tests.conftest import SECOND, YANJIN

HERE, THERE = 410726101201, 410726101202
ELSEWHERE = 410799100200

pytestmark = pytest.mark.django_db


def household(village: int, number: str = "H1") -> Household:
    return Household.objects.create(village_id=village, number=number)


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM labour_household")
        return int(cursor.fetchone()[0])


def test_the_application_role_is_plain() -> None:
    assert role_faults("default") == []


def test_without_a_scope_reading_raises() -> None:
    with pytest.raises(ScopeNotOpen):
        count()


def test_after_a_scope_has_closed_reading_raises_again(acting: Callable) -> None:
    with acting(YANJIN):
        household(HERE)
        assert count() == 1
    with pytest.raises(ScopeNotOpen), transaction.atomic():
        count()


def test_without_a_scope_writing_raises() -> None:
    with pytest.raises(ScopeNotOpen), transaction.atomic():
        household(HERE)


@pytest.mark.parametrize(
    ("place", "visible"),
    [
        (YANJIN, {"A", "B"}),
        (410726101000, {"A", "B"}),
        (HERE, {"A"}),
        (THERE, {"B"}),
        (410726102000, set()),
        (SECOND, {"C"}),
    ],
)
def test_each_scope_sees_exactly_its_subtree(acting: Callable, place: int, visible: set[str]) -> None:
    with acting():
        for village, number in ((HERE, "A"), (THERE, "B"), (ELSEWHERE, "C")):
            household(village, number)
    with acting(place, write=False):
        assert set(Household.objects.values_list("number", flat=True)) == visible


def test_administrators_scope_sees_nothing(acting: Callable) -> None:
    with acting():
        household(HERE)
    with open_scope(Scope(*NOWHERE, source="command")):
        assert count() == 0


def test_writing_outside_the_scope_is_refused(acting: Callable) -> None:
    with acting(HERE), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        household(THERE)


def test_updating_and_deleting_outside_the_scope_touch_nothing(acting: Callable) -> None:
    with acting():
        household(THERE)
    with acting(HERE):
        assert Household.objects.update(category="x") == 0
        assert Household.objects.all()._raw_delete("default") == 0


def test_a_reading_scope_cannot_write(acting: Callable) -> None:
    with acting(HERE, write=False), pytest.raises(ReadOnlyScope), transaction.atomic():
        household(HERE)


def test_a_child_cannot_hang_on_another_villages_parent(acting: Callable) -> None:
    with acting():
        home = household(THERE)
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.create(
                village_id=HERE,
                household=home,
                name="甲",
                sex="1",
                birth_date="1980-01-01",
                relation="head",
                ability="ordinary",
            )


def test_moving_a_household_carries_its_members(acting: Callable) -> None:
    with acting():
        home = household(HERE)
        person = Person.objects.create(
            village_id=HERE,
            household=home,
            name="甲",
            sex="1",
            birth_date="1980-01-01",
            relation="head",
            ability="ordinary",
        )
        Household.objects.filter(pk=home.pk).update(village_id=THERE)
        person.refresh_from_db()
        assert (person.village_id, person.version) == (THERE, 2)


def test_scopes_nest_and_the_outer_returns(acting: Callable) -> None:
    with acting(HERE) as outer:
        household(HERE)
        with acting(THERE):
            assert count() == 0
        assert current_scope() == outer
        assert count() == 1


def test_a_failed_inner_scope_leaves_the_outer_usable(acting: Callable) -> None:
    with acting(HERE):
        household(HERE)
        with pytest.raises(ZeroDivisionError), acting(THERE):
            raise ZeroDivisionError
        assert count() == 1


def test_everywhere_needs_a_reason_and_leaves_an_act() -> None:
    with pytest.raises(ValueError, match="reason"), everywhere(reason=" "):
        pass
    with everywhere(reason="nightly"), connection.cursor() as cursor:
        cursor.execute("SELECT reason, lo, hi FROM audit_act ORDER BY id DESC LIMIT 1")
        assert cursor.fetchone() == ("nightly", 0, 1_000_000_000_000)


def test_bulk_and_raw_updates_leave_the_old_rows_and_the_reason(acting: Callable) -> None:
    with acting(HERE):
        first, second = household(HERE, "A"), household(HERE, "B")
        say_why("更正户类别")
        Household.objects.update(category="one")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE labour_household SET category = 'two' WHERE id = %s", [first.pk])
        versions = history_of("labour_household", first.pk)
        assert [row["category"] for row in versions] == ["one", ""]
        assert {row["act_reason"] for row in versions} == {"更正户类别"}
        first.refresh_from_db()
        assert first.version == 3
        gone = second.pk
        second.delete()
        assert [row["h_op"] for row in history_of("labour_household", gone)] == ["D", "U"]


def test_history_obeys_the_wall_and_is_append_only(acting: Callable) -> None:
    with acting():
        home = household(HERE)
        Household.objects.update(category="x")
    with acting(THERE):
        assert history_of("labour_household", home.pk) == []
    with acting(HERE), connection.cursor() as cursor:
        assert len(history_of("labour_household", home.pk)) == 1
        for statement in ("UPDATE history.labour_household SET category = 'y'", "DELETE FROM history.labour_household"):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(statement)
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
            cursor.execute("UPDATE audit_act SET reason = ''")


def test_a_scope_is_one_act_and_rolls_back_whole(acting: Callable) -> None:
    with pytest.raises(ZeroDivisionError), acting(HERE):
        household(HERE)
        raise ZeroDivisionError
    with acting(HERE):
        assert count() == 0
        rows = [household(HERE, number).pk for number in "AB"]
        acts = set(Household.objects.filter(pk__in=rows).values_list("act", flat=True))
        assert len(acts) == 1
