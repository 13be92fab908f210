"""Entitlements follow the year rows: full, incremental, unchanged."""

from __future__ import annotations

import pytest
from django.db import connection

from kernel.wall.scope import Scope
from subsidies.models import Entitlement
from subsidies.services import recalculate
from tests.factories.labour import EmployerFactory, PersonYearFactory, WorkerYearFactory
from tests.factories.subsidies import COUNTY, employer_award, outside_award

SIX, FIVE = 0b111111, 0b11111

pytestmark = pytest.mark.django_db


def amounts() -> dict[int, int]:
    return dict(Entitlement.objects.of_persons().values_list("person_id", "amount_fen"))


def test_percentage_with_cap_and_half_up_rounding(county: Scope) -> None:
    terms = outside_award()
    plain = PersonYearFactory(outside_months=SIX, outside_wages_fen=1_200_000)
    half = PersonYearFactory(outside_months=SIX, outside_wages_fen=1_200_005)
    below = PersonYearFactory(outside_months=SIX, outside_wages_fen=1_200_004)
    capped = PersonYearFactory(outside_months=SIX, outside_wages_fen=5_000_010)
    PersonYearFactory(outside_months=FIVE, outside_wages_fen=9_000_000)
    PersonYearFactory(outside_months=SIX, outside_wages_fen=1_200_000, labourer=False)
    PersonYearFactory(outside_months=SIX, outside_wages_fen=0)

    changes = recalculate(county=COUNTY, year=2019)

    assert (changes.added, changes.changed, changes.removed) == (4, 0, 0)
    assert amounts() == {
        plain.person_id: 120_000,
        half.person_id: 120_001,
        below.person_id: 120_000,
        capped.person_id: 500_000,
    }
    kept = Entitlement.objects.get(person_id=half.person_id)
    assert kept.facts == {"labourer": True, "months_outside": 6, "wages_outside": 1_200_005}
    assert (kept.terms, kept.scheme, kept.village_id) == (terms, terms.scheme, half.village_id)
    assert changes.places == {plain.village_id}


def test_per_head_counts_distinct_labourers_of_enough_months(county: Scope) -> None:
    employer_award()
    firm = EmployerFactory(kind="enterprise")
    cooperative = EmployerFactory(kind="cooperative")
    workshop = EmployerFactory(kind="workshop")
    for employer in (firm, firm, cooperative, workshop):
        WorkerYearFactory(employer=employer, months=SIX)
    WorkerYearFactory(employer=firm, months=FIVE)
    WorkerYearFactory(employer=firm, months=0b111111000000, labourer=False)
    WorkerYearFactory(employer=firm, months=SIX, year=2020)

    recalculate(county=COUNTY, year=2019)

    found = dict(Entitlement.objects.of_employers().values_list("employer_id", "amount_fen"))
    assert found == {firm.pk: 200_000, cooperative.pk: 100_000}
    assert Entitlement.objects.get(employer=firm).facts == {"employer_kind": "enterprise", "heads(min_months=6)": 2}


def test_changed_and_vanished_rows_are_written_and_kept_in_history(county: Scope) -> None:
    outside_award()
    row = PersonYearFactory(outside_months=SIX, outside_wages_fen=1_200_000)
    gone = PersonYearFactory(outside_months=SIX, outside_wages_fen=1_000_000)
    recalculate(county=COUNTY, year=2019)
    first = Entitlement.objects.get(person_id=row.person_id)
    row.outside_wages_fen = 1_300_000
    row.save()
    gone.outside_months = FIVE
    gone.save()

    changes = recalculate(county=COUNTY, year=2019, person_ids=[row.person_id, gone.person_id])

    assert (changes.added, changes.changed, changes.removed) == (0, 1, 1)
    again = Entitlement.objects.get(person_id=row.person_id)
    assert (again.pk, again.amount_fen, again.version) == (first.pk, 130_000, first.version + 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT h_op::text, amount_fen FROM history.subsidies_entitlement ORDER BY h_op")
        assert cursor.fetchall() == [("D", 100_000), ("U", 120_000)]


def test_snapshot_follows_even_when_the_capped_amount_stays(county: Scope) -> None:
    outside_award()
    row = PersonYearFactory(outside_months=SIX, outside_wages_fen=9_000_000)
    recalculate(county=COUNTY, year=2019)
    row.outside_wages_fen = 9_500_000
    row.save()
    changes = recalculate(county=COUNTY, year=2019)
    assert changes.changed == 1
    assert Entitlement.objects.get().facts["wages_outside"] == 9_500_000


def test_unchanged_recheck_writes_nothing(county: Scope) -> None:
    outside_award()
    employer_award()
    PersonYearFactory(outside_months=SIX, outside_wages_fen=1_200_000)
    WorkerYearFactory()
    recalculate(county=COUNTY, year=2019)
    with connection.cursor() as cursor:
        state = "SELECT array_agg((xmin, ctid, version)::text ORDER BY id) FROM subsidies_entitlement"
        writes = """
            SELECT n_tup_ins, n_tup_upd, n_tup_del, (SELECT count(*) FROM audit_act), pg_current_wal_insert_lsn()
            FROM pg_stat_xact_user_tables WHERE relname = 'subsidies_entitlement'
        """
        cursor.execute(state)
        before = cursor.fetchone()
        cursor.execute(writes)
        counted = cursor.fetchone()
        changes = recalculate(county=COUNTY, year=2019)
        people = list(Entitlement.objects.of_persons().values_list("person_id", flat=True))
        again = recalculate(county=COUNTY, year=2019, person_ids=people)
        cursor.execute(writes)
        assert cursor.fetchone()[:4] == counted[:4]
        cursor.execute(state)
        assert cursor.fetchone() == before
    assert changes.total == again.total == 0


def test_only_named_persons_are_touched(county: Scope) -> None:
    outside_award()
    one = PersonYearFactory(outside_months=SIX, outside_wages_fen=1_200_000)
    PersonYearFactory(outside_months=SIX, outside_wages_fen=1_200_000)
    assert recalculate(county=COUNTY, year=2019, person_ids=[one.person_id]).added == 1
    assert set(amounts()) == {one.person_id}
