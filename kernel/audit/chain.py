"""The chain of seals: making the next link, and recomputing all of them.

A seal covers every act of the finished transactions since the last one, with their events and every old version in
`history.*`. Changing, deleting or inserting one of those rows breaks its link. Cutting off the newest links is seen by
comparing with the head that each seal writes outside the database (`var/audit/head.json`), which belongs on another
machine. Tables of acts and events may only gain nullable columns: a digest skips nulls.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kernel.audit.models import Act, Seal

GENESIS = "0" * 64
LOCK = 5_347_926


class ChainBehind(Exception):
    """The server's transaction counter stands before the chain's end: the database was loaded from a logical dump."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link as it was written down outside the database."""

    seal: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong: the seal it was found at (None: outside every seal) and a Chinese sentence."""

    seal: int | None
    sentence: str


def link_hash(seal: Seal) -> str:
    """The hash of a link: over the previous hash and everything the link says."""
    words = [
        seal.previous,
        seal.from_txid,
        seal.upto_txid,
        seal.rows,
        seal.digest,
        int(seal.at.timestamp() * 1_000_000),
    ]
    return hashlib.sha256("\n".join(str(word) for word in words).encode()).hexdigest()


def compute_digest(from_txid: int, upto_txid: int) -> tuple[int, str]:
    """Rows and digest of what the transactions `[from, upto)` wrote; one pass inside the database."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT rows, digest FROM audit_digest(%s, %s)", [from_txid, upto_txid])
        rows, digest = cursor.fetchone()
    return int(rows), str(digest)


def make_seal() -> Seal | None:
    """Seal what finished transactions wrote since the last link; None when there was nothing. Raises ChainBehind."""
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        horizon = read_horizon()
        last = Seal.objects.order_by("-pk").first()
        start = last.upto_txid if last else 0
        if horizon < start:
            raise ChainBehind(f"transaction {horizon} is before the end of the chain, {start}")
        if not Act.objects.filter(txid__gte=start, txid__lt=horizon).exists():
            return None
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT audit_summarize()")
        rows, digest = compute_digest(start, horizon)
        seal = Seal(
            at=timezone.now(),
            from_txid=start,
            upto_txid=horizon,
            rows=rows,
            digest=digest,
            previous=last.hash if last else GENESIS,
        )
        seal.hash = link_hash(seal)
        seal.save(force_insert=True)
    write_head(seal)
    return seal


# pg_snapshot_xmin looks at the whole server: a long transaction in another database would hold every seal up. Ours are
# those that hold their own number's lock here; numbers given out later are at or beyond xmax. The lock knows 32 bits of
# 64, so the upper half is taken from xmax.
HORIZON = """
WITH top AS (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS number),
running AS (
    SELECT (top.number >> 32 << 32) + l.transactionid::text::bigint AS number, top.number AS bound
    FROM top, pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
    AND a.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT least((SELECT number FROM top),
             (SELECT min(CASE WHEN number > bound THEN number - 4294967296 ELSE number END) FROM running))
"""


def read_horizon() -> int:
    """Every transaction of this database before this number is finished, whichever way it ended.

    What is sealed must be read by a later statement: a transaction that ended while this one looked is visible then.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(HORIZON)
        return int(cursor.fetchone()[0])


def head_path() -> Path:
    """Where the newest link is written down."""
    return Path(str(settings.YANJIN_VAR)) / "audit" / "head.json"


def write_head(seal: Seal) -> None:
    """Replace the written-down head in one step."""
    path = head_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"seal": seal.pk, "hash": seal.hash, "upto_txid": seal.upto_txid, "at": seal.at.isoformat()}
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(body), encoding="utf-8")
    os.replace(draft, path)


def read_head() -> Head | None:
    """The written-down head; None when none was ever written."""
    path = head_path()
    if not path.is_file():
        return None
    body = json.loads(path.read_text(encoding="utf-8"))
    return Head(int(body["seal"]), str(body["hash"]))


def find_fault(expected: Head | None = None, *, newest: int | None = None) -> Fault | None:
    """Recompute the chain, or its `newest` links; the first fault, or None. `expected` is the head kept outside."""
    broken = next(_broken_links(newest), None)
    if broken is not None:
        return broken
    if expected is not None and not Seal.objects.filter(pk=expected.seal, hash=expected.hash).exists():
        return Fault(expected.seal, _("链尾被截断或改写：库外留存的链头不在链中"))
    if newest is not None:
        return None
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT name, rows FROM audit_orphans()")
        orphan = cursor.fetchone()
    if orphan is not None:
        return Fault(None, _("历史表 %(name)s 有 %(n)d 行没有对应的操作") % {"name": orphan[0], "n": orphan[1]})
    return None


def _broken_links(newest: int | None) -> Iterator[Fault]:
    previous, end = GENESIS, 0
    links = Seal.objects.order_by("pk")
    if newest is not None and (start := Seal.objects.order_by("-pk").values_list("pk", flat=True)[newest:].first()):
        before = Seal.objects.get(pk=start)
        previous, end, links = before.hash, before.upto_txid, links.filter(pk__gt=start)
    for seal in links.iterator(chunk_size=500):
        if seal.previous != previous or seal.from_txid != end:
            yield Fault(seal.pk, _("与前一环不相连：中间的封存被删除或改写"))
        elif seal.hash != link_hash(seal):
            yield Fault(seal.pk, _("封存记录本身被改写"))
        elif compute_digest(seal.from_txid, seal.upto_txid) != (seal.rows, seal.digest):
            yield Fault(seal.pk, _("所封存的操作、审计记录或历史行被修改、删除或插入"))
        previous, end = seal.hash, seal.upto_txid
