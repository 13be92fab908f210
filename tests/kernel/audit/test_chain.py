"""The chain of seals: whoever touches what was sealed is found, whatever rights he had."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from kernel.audit.chain import ChainBehind, Head, find_fault, head_path, make_seal, read_head
from kernel.audit.models import Act, Event, Seal
from kernel.audit.services import record
from kernel.wall.scope import Scope, open_scope
from labour.models import Household
from tests.factories.labour import HouseholdFactory

VILLAGE = 410726103210
SCOPE = Scope(VILLAGE, VILLAGE + 1, write=True, source="command", reason="test")


@pytest.fixture
def chain(committed_database: Any) -> Iterator[Any]:
    """Three seals: a household made; changed with an event; deleted."""
    head_path().unlink(missing_ok=True)
    with psycopg.connect(committed_database.superuser_url, autocommit=True) as server:
        # Rolled-back tests of the pristine database have used numbers up; the links here are 1, 2 and 3.
        server.execute("SELECT setval(pg_get_serial_sequence('audit_seal', 'id'), 1, false)")
    with open_scope(SCOPE):
        HouseholdFactory(village_id=VILLAGE, number="1")
        HouseholdFactory(village_id=VILLAGE, number="2")
    assert make_seal() is not None
    with open_scope(SCOPE):
        Household.objects.filter(number="1").update(category="changed")
        record("test.changed", rows=1)
    assert make_seal() is not None
    with open_scope(SCOPE):
        Household.objects.filter(number="2").delete()
    assert make_seal() is not None
    yield committed_database
    head_path().unlink(missing_ok=True)


def tamper(database: Any, *statements: str) -> None:
    """What a superuser can do who switches every trigger off."""
    with psycopg.connect(database.superuser_url, autocommit=True) as intruder:
        intruder.execute("SET session_replication_role = replica")
        for statement in statements:
            intruder.execute(statement)


def test_an_untouched_chain_verifies(chain: Any) -> None:
    assert find_fault(read_head()) is None
    assert [seal.previous for seal in Seal.objects.all()][1:] == [seal.hash for seal in Seal.objects.all()][:-1]
    assert list(Seal.objects.values_list("rows", flat=True)) == [1, 3, 2]


def test_nothing_new_makes_no_seal(chain: Any) -> None:
    assert make_seal() is None
    assert Seal.objects.count() == 3


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_act SET actor_id = 99 WHERE id = (SELECT min(id) FROM audit_act)", 1),
        ("UPDATE audit_act SET reason = 'other' WHERE id = (SELECT max(id) FROM audit_act)", 3),
        ("DELETE FROM audit_act WHERE id = (SELECT max(id) FROM audit_act)", 3),
        (
            "INSERT INTO audit_act (at, txid, role, lo, hi, source, request_id, reason, address)"
            " SELECT at, txid, role, lo, hi, source, request_id, reason, address FROM audit_act"
            " ORDER BY id LIMIT 1",
            1,
        ),
        ("UPDATE audit_event SET rows = 7", 2),
        ("DELETE FROM audit_event", 2),
        (
            "INSERT INTO audit_event (act_id, at, action, result, object_type, object_id, rows, purpose, detail)"
            " SELECT min(id), now(), 'x', 'success', '', '', 0, '', '{}' FROM audit_act",
            1,
        ),
        ("UPDATE history.labour_household SET category = 'lie' WHERE h_op = 'U'", 2),
        ("DELETE FROM history.labour_household WHERE h_op = 'D'", 3),
        (
            "INSERT INTO history.labour_household (h_act, h_op, id, number) SELECT min(id), 'U', 5, '5' FROM audit_act",
            1,
        ),
        ("UPDATE audit_seal SET rows = 2 WHERE id = (SELECT min(id) FROM audit_seal)", 1),
        ("UPDATE audit_seal SET at = at + interval '1 second' WHERE id = 2", 2),
        ("DELETE FROM audit_seal WHERE id = 2", 3),
    ],
)
def test_the_first_broken_link_is_named(chain: Any, statement: str, broken: int) -> None:
    tamper(chain, statement)
    fault = find_fault(read_head())
    assert fault is not None
    assert fault.seal == broken
    with pytest.raises(CommandError, match=f"第 {broken} 环"):
        call_command("verify_audit")


def test_a_forged_history_row_of_no_act_is_found(chain: Any) -> None:
    tamper(chain, "INSERT INTO history.labour_household (h_act, h_op, id) VALUES (999999, 'U', 5)")
    fault = find_fault()
    assert fault is not None
    assert fault.seal is None
    assert "labour_household" in fault.sentence


def cut_tail(database: Any) -> None:
    tamper(
        database,
        "DELETE FROM history.labour_household WHERE h_op = 'D'",
        "DELETE FROM audit_act WHERE id = (SELECT max(id) FROM audit_act)",
        "DELETE FROM audit_seal WHERE id = 3",
    )


def test_a_cut_tail_is_found_by_the_head_outside(chain: Any) -> None:
    cut_tail(chain)
    assert find_fault() is None
    with pytest.raises(CommandError, match="截断"):
        call_command("verify_audit")


def test_a_head_from_paper_is_enough(chain: Any) -> None:
    output = io.StringIO()
    call_command("verify_audit", stdout=output)
    paper = output.getvalue().split("链头 ")[1].strip()
    cut_tail(chain)
    head_path().unlink()
    with pytest.raises(CommandError, match="截断"):
        call_command("verify_audit", expect_head=paper)
    call_command("verify_audit", stdout=output)
    assert "不能发现链尾截断" in output.getvalue()


def test_a_rewritten_chain_does_not_fit_the_head(chain: Any) -> None:
    """An intruder who knows the algorithm rebuilds everything: only the head outside tells."""
    before = read_head()
    tamper(chain, "UPDATE audit_act SET actor_id = 99", "DELETE FROM audit_seal")
    assert make_seal() is not None
    assert find_fault() is None
    assert find_fault(before) is not None


@pytest.mark.parametrize("text", ["", "1", "x:" + "0" * 64, "1:abc"])
def test_a_malformed_head_is_refused_in_words(chain: Any, text: str) -> None:
    if text:
        with pytest.raises(CommandError, match="格式"):
            call_command("verify_audit", expect_head=text)
    else:
        call_command("verify_audit", expect_head=text, stdout=io.StringIO())


def test_the_head_is_written_at_each_seal(chain: Any) -> None:
    last = Seal.objects.latest("pk")
    assert read_head() == Head(last.pk, last.hash)
    assert json.loads(head_path().read_text())["upto_txid"] == last.upto_txid


def test_an_open_transaction_waits_for_the_next_seal(chain: Any) -> None:
    """The horizon: what might still commit is not sealed over, and not forgotten either."""
    inside, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with open_scope(SCOPE):
            record("test.slow")
            inside.set()
            finish.wait(10)
        connections.close_all()

    worker = threading.Thread(target=slow)
    worker.start()
    inside.wait(10)
    with open_scope(SCOPE):
        record("test.quick")
    assert make_seal() is None
    finish.set()
    worker.join()
    sealed = make_seal()
    assert sealed is not None
    assert sealed.rows == 4
    assert find_fault(read_head()) is None


def test_a_later_nullable_column_breaks_no_old_digest(chain: Any) -> None:
    with psycopg.connect(chain.superuser_url) as owner:
        owner.execute("ALTER TABLE audit_act ADD COLUMN later text")
        owner.execute("ALTER TABLE history.labour_household ADD COLUMN later integer")
    assert find_fault(read_head()) is None


def test_a_counter_behind_the_chain_is_said_aloud(chain: Any) -> None:
    tamper(
        chain, "UPDATE audit_seal SET upto_txid = upto_txid + 1000000000 WHERE id = (SELECT max(id) FROM audit_seal)"
    )
    with pytest.raises(ChainBehind):
        make_seal()


def test_the_application_cannot_touch_what_is_written(chain: Any) -> None:
    with psycopg.connect(chain.app_url, autocommit=True) as application:
        for table in ("audit_act", "audit_event", "audit_seal", "history.labour_household"):
            for verb in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    application.execute(verb)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("UPDATE audit_event SET rows = 1")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("INSERT INTO audit_act (txid) VALUES (1)")
    assert (Act.objects.count(), Event.objects.count()) == (3, 1)
