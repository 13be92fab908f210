"""A recheck of everybody asks sums of digests first: whatever is wrong must make them differ."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel.audit.models import Event
from kernel.wall.scope import Scope
from subsidies.models import Entitlement
from subsidies.services import prove_entitlements, recalculate
from tests.factories.labour import EmployerFactory, PersonYearFactory, WorkerYearFactory
from tests.factories.subsidies import COUNTY, employer_award, outside_award

SIX = 0b111111

pytestmark = pytest.mark.django_db


@pytest.fixture
def entitled(county: Scope) -> Entitlement:
    """Three persons and an employer with an award; one of the persons."""
    outside_award()
    employer_award()
    rows = [PersonYearFactory(outside_months=SIX, outside_wages_fen=1_000_000 + number) for number in range(3)]
    WorkerYearFactory(employer=EmployerFactory(kind="enterprise"), months=SIX)
    recalculate(county=COUNTY, year=2019)
    return Entitlement.objects.get(person_id=rows[0].person_id)


def writers() -> int:
    """How many times a full recheck reached the statement that compares row by row."""
    with CaptureQueriesContext(connection) as sent:
        recalculate(county=COUNTY, year=2019)
    return sum("subsidies_write_" in (query["sql"] or "") for query in sent)


def test_an_unchanged_county_is_not_compared_row_by_row(entitled: Entitlement) -> None:
    assert entitled.digest is not None
    assert writers() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE subsidies_entitlement SET amount_fen = amount_fen + 1 WHERE id = %s",
        "UPDATE subsidies_entitlement SET facts = facts || '{\"months_outside\": 7}' WHERE id = %s",
        "UPDATE subsidies_entitlement SET digest = digest # 1 WHERE id = %s",
        "UPDATE subsidies_entitlement SET digest = NULL WHERE id = %s",
        "DELETE FROM subsidies_entitlement WHERE id = %s",
    ],
)
def test_a_wrong_row_is_found_and_put_right(entitled: Entitlement, wrong: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(wrong, [entitled.pk])

    assert recalculate(county=COUNTY, year=2019).total == 1

    again = Entitlement.objects.get(person_id=entitled.person_id)
    assert (again.amount_fen, again.facts, again.digest) == (entitled.amount_fen, entitled.facts, entitled.digest)
    assert writers() == 0


def test_a_row_too_many_is_found(entitled: Entitlement) -> None:
    extra = PersonYearFactory(outside_months=0)
    entitled.pk, entitled.person_id, entitled._state.adding = None, extra.person_id, True
    entitled.uid = type(entitled)._meta.get_field("uid").get_default()
    entitled.village_id = extra.village_id
    entitled.save()

    assert writers() == 1

    assert not Entitlement.objects.filter(person_id=extra.person_id).exists()


def test_a_forged_digest_does_not_pass_the_nightly_proof(entitled: Entitlement) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE subsidies_entitlement SET facts = '{}' WHERE id = %s", [entitled.pk])
        cursor.execute("UPDATE subsidies_entitlement SET digest = %s WHERE id = %s", [entitled.digest, entitled.pk])

    assert prove_entitlements(county=COUNTY, year=2019).changed == 1

    entitled.refresh_from_db()
    assert entitled.facts["months_outside"] == 6
    assert Event.objects.filter(action="recalculation.difference").exists()


def test_the_few_and_everybody_agree_on_digests(entitled: Entitlement) -> None:
    row = PersonYearFactory(outside_months=SIX, outside_wages_fen=2**33 + 5)
    assert recalculate(county=COUNTY, year=2019, person_ids=[row.person_id]).added == 1

    assert writers() == 0


def test_the_planner_is_left_as_it_was(entitled: Entitlement) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('enable_seqscan')")
        assert cursor.fetchone() == ("on",)
