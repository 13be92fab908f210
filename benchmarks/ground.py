"""The benchmark's own servers and environment: one PostgreSQL set up as in production, one database a size."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql

from yanjin.embedded.postgres import EmbeddedPostgres
from yanjin.embedded.roles import prepare_database, with_database
from yanjin.embedded.valkey import EmbeddedValkey

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "benchmarks"
SERVERS = "YANJIN_BENCHMARK_SERVERS"
TODAY = "2020-06-29"
YEAR = 2019

# Durable as in production. Autovacuum and time-driven checkpoints would fall into somebody's round at random, so tables
# are vacuumed by hand where a variant rewrites them. Parallel workers would hide from the clock.
SETTINGS = {
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "16GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_connections": "30",
    "max_parallel_workers_per_gather": "0",
}


class Size(NamedTuple):
    """How many persons, in how many counties of 17 townships and 340 villages each."""

    name: str
    persons: int
    counties: int


SIZES = {each.name: each for each in (Size("4k", 4_000, 1), Size("100k", 100_000, 4), Size("2m", 2_000_000, 50))}


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey under var/benchmarks, kept between runs; their addresses are in the environment meanwhile."""
    postgres = EmbeddedPostgres(VAR / "pg", shared_buffers="2GB", settings=SETTINGS)
    valkey = EmbeddedValkey(VAR / "kv")
    with postgres, valkey:
        addresses = {
            "superuser": postgres.superuser_url,
            "owner": postgres.owner_url,
            "app": postgres.app_url,
            "redis": valkey.url,
            "celery": valkey.celery_url,
        }
        os.environ[SERVERS] = json.dumps(addresses)
        yield addresses


def addresses() -> dict[str, str]:
    """Where the servers of this run are; RuntimeError outside of one."""
    if SERVERS not in os.environ:
        raise RuntimeError("no servers: start with `python -m benchmarks run`")
    found: dict[str, str] = json.loads(os.environ[SERVERS])
    return found


def enter(database: str) -> None:
    """The environment of the product on one database. Before Django loads."""
    servers = addresses()
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "yanjin.settings",
            "YANJIN_MODE": "test",
            "YANJIN_VAR": str(VAR / "files"),
            "SECRET_KEY": "only-for-benchmarks-" + "x" * 50,
            "DATABASE_URL": with_database(servers["app"], database),
            "DATABASE_OWNER_URL": with_database(servers["owner"], database),
            "REDIS_URL": servers["redis"],
            "CELERY_BROKER_URL": servers["celery"],
            "FIELD_KEYS": "b1:" + base64.b64encode(bytes(range(32))).decode(),
            "BLIND_INDEX_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
            "DEMO_TODAY": TODAY,
            "LOG_LEVEL": "WARNING",
        }
    )
    (VAR / "files").mkdir(parents=True, exist_ok=True)


def superuser(database: str) -> psycopg.Connection[tuple[object, ...]]:
    """Autocommit connection for what only a superuser may: making databases, seeding without triggers, counters."""
    return psycopg.connect(with_database(addresses()["superuser"], database), autocommit=True)


def fingerprint() -> str:
    """Changes when the generator, a migration or the rows' derivation changes: then data are made anew."""
    digest = hashlib.blake2b(digest_size=8)
    sources = [
        *sorted(ROOT.glob("*/migrations/*.py")),
        *sorted(ROOT.glob("kernel/*/migrations/*.py")),
        *sorted((ROOT / "benchmarks").glob("data*.py")),
        ROOT / "kernel" / "wall" / "sql.py",
        ROOT / "benchmarks" / "schemes.py",
    ]
    for path in sources:
        if path.exists():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def template_of(size: Size) -> str:
    return f"bench_{size.name}"


def is_made(size: Size) -> bool:
    """Whether the size's data are there, made by the present generator and migrations."""
    with superuser("postgres") as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [template_of(size)]
        ).fetchone()
    return row is not None and row[0] == fingerprint()


def make_empty(size: Size) -> None:
    """A new database for the size, not yet marked as made."""
    prepare_database(addresses()["superuser"], template_of(size), replace=True)


def mark_made(size: Size) -> None:
    """The data are whole."""
    with superuser("postgres") as connection:
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(template_of(size)), sql.Literal(fingerprint())
            )
        )


def clone(size: Size) -> str:
    """A fresh copy of the size's data to run on, so that every run begins in the same state. Returns its name."""
    copy = f"{template_of(size)}_run"
    servers = addresses()
    with superuser("postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(copy)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER yanjin_owner STRATEGY FILE_COPY").format(
                sql.Identifier(copy), sql.Identifier(template_of(size))
            )
        )
    prepare_database(servers["superuser"], copy)
    return copy


def drop_clone(size: Size) -> None:
    """Give the disk back."""
    with superuser("postgres") as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(f"{template_of(size)}_run"))
        )
