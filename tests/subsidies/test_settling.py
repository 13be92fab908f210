"""One edit is right in its own transaction; a bulk write is worked off by a job; both agree with a full pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kernel.audit.models import Event
from kernel.jobs.models import Job
from kernel.wall.scope import Scope
from kernel.wall.scope import settle as settle_all
from labour.models import Employer, EmploymentSpell, Household, Person, StaleMark
from subsidies.jobs import recalculate_year, recheck_all, work_off_marks
from subsidies.models import Entitlement
from subsidies.services import enqueue_waiting, prove_entitlements, recalculate, waiting_townships
from subsidies.tasks import settle_marks
from tests.factories.labour import VILLAGE, EmployerFactory, PersonFactory, SpellFactory, set_up
from tests.factories.subsidies import COUNTY, employer_award, outside_award

Acting = Callable[..., AbstractContextManager[Scope]]
OTHER_VILLAGE = VILLAGE + 1
FAR_VILLAGE = 410726101203

pytestmark = pytest.mark.django_db


def rows() -> set[tuple[Any, ...]]:
    names = ("scheme_id", "terms_id", "year", "person_id", "employer_id", "village_id", "amount_fen", "facts")
    return {(*row[:-1], str(sorted(row[-1].items()))) for row in Entitlement.objects.values_list(*names)}


@pytest.fixture
def people(acting: Acting) -> list[Person]:
    """Five labourers, an enterprise, two schemes; nobody works yet."""
    with acting(COUNTY):
        set_up(COUNTY)
        outside_award()
        employer_award()
        return [PersonFactory(village_id=VILLAGE) for _ in range(5)]


def test_a_village_cadres_edit_is_right_up_to_the_county(people: list[Person], acting: Acting) -> None:
    with acting(COUNTY):
        firm = EmployerFactory()
    with acting(VILLAGE):
        spell = SpellFactory(person=people[0], employer=firm, area="province")
        assert StaleMark.objects.count() == 1
    with acting(COUNTY):
        assert not StaleMark.objects.exists()
        person, employer = (
            Entitlement.objects.of_persons().get(),
            Entitlement.objects.of_employers().get(),
        )
        assert (person.person_id, person.amount_fen, person.village_id) == (people[0].pk, 120_000, VILLAGE)
        assert (employer.employer_id, employer.amount_fen, employer.village_id) == (firm.pk, 100_000, COUNTY)
    with acting(VILLAGE):
        assert Entitlement.objects.count() == 1
        EmploymentSpell.objects.filter(pk=spell.pk).update(end=dt.date(2019, 5, 1))
    with acting(COUNTY):
        assert not Entitlement.objects.exists()


def test_moving_a_worker_changes_both_employers(people: list[Person], acting: Acting) -> None:
    with acting(COUNTY):
        old, new = EmployerFactory(), EmployerFactory()
        spell = SpellFactory(person=people[0], employer=old)
    with acting(VILLAGE):
        EmploymentSpell.objects.filter(pk=spell.pk).update(employer=new)
    with acting(COUNTY):
        assert Entitlement.objects.of_employers().get().employer_id == new.pk


def test_an_employer_that_is_no_enterprise_any_more_loses_it(people: list[Person], acting: Acting) -> None:
    with acting(COUNTY):
        firm = EmployerFactory()
        SpellFactory(person=people[0], employer=firm)
    with acting(COUNTY):
        assert Entitlement.objects.of_employers().exists()
        firm.kind = Employer.Kind.WORKSHOP
        firm.save()
    with acting(COUNTY):
        assert not Entitlement.objects.exists()


def test_the_settler_tells_where_figures_move(people: list[Person], acting: Acting, settings: Any) -> None:
    seen: set[tuple[int, int]] = set()
    settings.SETTLERS = ["subsidies.services.settle", "tests.subsidies.test_settling.remember"]
    with acting(VILLAGE):
        SpellFactory(person=people[0], area="outside")
        remember.__dict__["seen"] = seen
    assert {(VILLAGE, 2019), (COUNTY, 2019)} <= seen


def remember(touched: set[tuple[int, int]]) -> None:
    """A settler after ours."""
    remember.__dict__["seen"].update(touched)


def bulk(people: int) -> None:
    """More than a hundred persons with a job each in one statement."""
    workers = PersonFactory.create_batch(people, village_id=FAR_VILLAGE)
    spells = [SpellFactory.build(person=worker, village_id=worker.village_id, area="abroad") for worker in workers]
    EmploymentSpell.objects.bulk_create(spells)


def test_a_bulk_write_is_left_to_a_job_and_worked_off(people: list[Person], acting: Acting) -> None:
    with acting(COUNTY):
        bulk(101)
    with acting(COUNTY):
        assert not Entitlement.objects.exists()
        assert waiting_townships(COUNTY) == [410726101000]
        job = Job.objects.get(kind="subsidies.settle")
        steps = list(work_off_marks(job))
        assert [(step.done, step.total) for step in steps] == [(1, 1)]
        assert not StaleMark.objects.exists()
        assert Entitlement.objects.of_persons().count() == 101
        assert enqueue_waiting(county=COUNTY) is None
        assert recalculate(county=COUNTY, year=2019).total == 0


def test_the_beat_rings_for_counties_with_marks(people: list[Person], acting: Acting) -> None:
    assert settle_marks() == 0
    with acting(COUNTY):
        bulk(101)
    Job.objects.none()
    with acting(COUNTY):
        Job.objects.all().delete()
    assert settle_marks() == 1
    with acting(COUNTY):
        assert Job.objects.get().kind == "subsidies.settle"


def test_jobs_for_new_terms_and_for_a_year(people: list[Person], acting: Acting) -> None:
    with acting(COUNTY):
        SpellFactory(person=people[0], area="abroad")
    with acting(COUNTY):
        terms = outside_award(rate_bp=500)
        job = Job(kind="subsidies.recheck", village_id=COUNTY, params={"scheme": terms.scheme_id})
        steps = list(recheck_all(job))
        assert [step.cursor["year"] for step in steps] == [2019, 2020]
        assert sum(step.cursor["added"] for step in steps[:1]) == 1
        assert Entitlement.objects.get(terms=terms).amount_fen == 60_000
        again = recalculate_year(Job(kind="subsidies.recalculate", village_id=COUNTY, params={"year": 2019}))
        assert next(again).cursor == {"year": 2019, "added": 0, "changed": 0, "removed": 0}


def test_the_nightly_proof_logs_a_defect_and_mends_it(people: list[Person], acting: Acting) -> None:
    with acting(COUNTY):
        SpellFactory(person=people[0], area="abroad")
    with acting(COUNTY):
        assert prove_entitlements(county=COUNTY, year=2019).total == 0
        assert not Event.objects.filter(action="recalculation.difference").exists()
        Entitlement.objects.update(amount_fen=1)
        assert prove_entitlements(county=COUNTY, year=2019).changed == 1
        assert Event.objects.get(action="recalculation.difference").rows == 1
        assert Entitlement.objects.get().amount_fen == 120_000


EDIT = st.tuples(
    st.integers(0, 4),
    st.integers(1, 12),
    st.integers(0, 14),
    st.sampled_from(["county", "province", "outside", "abroad"]),
    st.integers(0, 900_000),
    st.integers(0, 2),
    st.sampled_from(["add", "change", "drop", "move", "kind", "birth"]),
)


@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(edits=st.lists(EDIT, min_size=1, max_size=12))
def test_incremental_equals_full_after_any_edits(people: list[Person], acting: Acting, edits: list[Any]) -> None:
    with acting(COUNTY):
        for person in people:
            person.spells.all().delete()
        firms = [EmployerFactory() for _ in range(2)]
    for edit in edits:
        with acting(COUNTY):
            apply_edit(people, firms, edit)
    with acting(COUNTY):
        assert not StaleMark.objects.exists()
        before = rows()
        changes = [recalculate(county=COUNTY, year=year).total for year in (2019, 2020)]
        assert changes == [0, 0]
        assert rows() == before


def apply_edit(people: list[Person], firms: list[Employer], edit: tuple[Any, ...]) -> None:
    who, month, length, area, wage, firm, what = edit
    person = Person.objects.get(pk=people[who].pk)
    spell = person.spells.first()
    start = dt.date(2019, month, 1)
    last = month - 1 + length
    end = dt.date(2019 + last // 12, last % 12 + 1, 1) if length < 14 else None
    fields = {"start": start, "end": end, "area": area, "wage_fen": wage}
    fields["employer"] = firms[firm] if firm < 2 else None
    actions: dict[str, Callable[[], Any]] = {
        "add": lambda: (
            person.spells.filter(start=start).exists() or SpellFactory(person=person, employer_name="甲", **fields)
        ),
        "change": lambda: (
            spell
            and EmploymentSpell.objects.filter(pk=spell.pk).update(**{**fields, "start": spell.start, "end": None})
        ),
        "drop": lambda: spell and spell.delete(),
        "move": lambda: Household.objects.filter(pk=person.household_id).update(
            village_id=OTHER_VILLAGE if month % 2 else VILLAGE
        ),
        "kind": lambda: Employer.objects.filter(pk=firms[firm % 2].pk).update(
            kind="other" if month % 2 else "enterprise"
        ),
        "birth": lambda: Person.objects.filter(pk=person.pk).update(
            birth_date=dt.date(2010 if month % 2 else 1980, 1, 1)
        ),
    }
    actions[what]()


def test_settling_needs_no_marks_to_be_harmless(people: list[Person], acting: Acting) -> None:
    with acting(COUNTY), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.stale', 'on', true)")
        settle_all()
        assert not Entitlement.objects.exists()
