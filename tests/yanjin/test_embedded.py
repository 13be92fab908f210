"""The embedded servers: kept data, no privileges for the application, loopback only, no orphans. They need no Django database."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from yanjin.embedded import EmbeddedPostgres, EmbeddedValkey, ServerError, prepare_database, processes, roles

pytestmark = pytest.mark.servers

PARENT = """
import sys, time
from pathlib import Path
from yanjin.embedded import EmbeddedPostgres, EmbeddedValkey
root = Path(sys.argv[1])
postgres, valkey = EmbeddedPostgres(root / "postgres"), EmbeddedValkey(root / "valkey")
postgres.start()
valkey.start()
print(postgres.process.pid, valkey.process.pid, postgres.data, valkey.data, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "server", shared_buffers="16MB")
    server.start()
    yield server
    server.destroy()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    yield server
    server.destroy()


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def test_restart_keeps_rows_port_and_passwords(postgres: EmbeddedPostgres) -> None:
    execute(postgres.owner_url, "CREATE TABLE kept AS SELECT 7 AS number")
    before = (postgres.port, postgres.app_url, postgres.owner_url)
    postgres.stop()
    with pytest.raises(psycopg.OperationalError):
        query(before[1], "SELECT 1")
    postgres.start()
    assert (postgres.port, postgres.app_url, postgres.owner_url) == before
    assert query(postgres.app_url, "SELECT number FROM kept") == [(7,)]


def test_application_role_reads_and_writes_but_owns_nothing(postgres: EmbeddedPostgres) -> None:
    flags = "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = current_user"
    assert query(postgres.app_url, flags) == [(False, False, False, False, False)]
    execute(postgres.owner_url, "CREATE TABLE granted (id bigint GENERATED ALWAYS AS IDENTITY, word text)")
    execute(postgres.app_url, "INSERT INTO granted (word) VALUES ('一')")
    execute(postgres.app_url, "UPDATE granted SET word = '二'")
    assert query(postgres.app_url, "SELECT word FROM granted") == [("二",)]
    for refused in (
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE other",
        "CREATE DATABASE other",
        "ALTER TABLE granted DISABLE ROW LEVEL SECURITY",
        "TRUNCATE granted",
        "SET ROLE yanjin_owner",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(postgres.app_url, refused)


def test_owner_bypasses_policies_without_being_superuser(postgres: EmbeddedPostgres) -> None:
    flags = "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    assert query(postgres.owner_url, flags) == [(False, True, False)]
    owned = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert query(postgres.owner_url, owned) == [("yanjin_owner",)]


def test_prepared_database_has_the_same_grants_and_can_be_replaced(postgres: EmbeddedPostgres) -> None:
    prepare_database(postgres.superuser_url, "another")
    owner, app = (roles.with_database(url, "another") for url in (postgres.owner_url, postgres.app_url))
    execute(owner, "CREATE TABLE place (id int)")
    execute(app, "INSERT INTO place VALUES (1)")
    prepare_database(postgres.superuser_url, "another")
    assert query(app, "SELECT id FROM place") == [(1,)]
    prepare_database(postgres.superuser_url, "another", replace=True)
    assert query(app, "SELECT to_regclass('place')") == [(None,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        execute(app, "CREATE TABLE mine (id int)")


def test_postgres_listens_on_loopback_only_and_asks_for_a_password(postgres: EmbeddedPostgres) -> None:
    assert postgres.process is not None
    assert listening(postgres.process.pid) == {"127.0.0.1"}
    assert query(postgres.superuser_url, "SHOW unix_socket_directories") == [("",)]
    assert {method for (method,) in query(postgres.superuser_url, "SELECT auth_method FROM pg_hba_file_rules")} == {
        "scram-sha-256"
    }
    with pytest.raises(psycopg.OperationalError):
        query(re.sub(r":[^:@/]+@", ":wrong@", postgres.app_url), "SELECT 1")


def test_server_runs_unprivileged_and_its_files_are_closed(postgres: EmbeddedPostgres) -> None:
    assert postgres.process is not None
    expected = processes.NOBODY if os.geteuid() == 0 else os.geteuid()
    assert Path(f"/proc/{postgres.process.pid}").stat().st_uid == expected
    assert postgres.data.stat().st_mode & 0o777 == 0o700
    assert (postgres.root / "passwords.json").stat().st_mode & 0o777 == 0o600


def test_chinese_trigrams_work(postgres: EmbeddedPostgres) -> None:
    execute(postgres.owner_url, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    [(similarity,)] = query(postgres.owner_url, "SELECT similarity('张三丰', '张三')")
    assert isinstance(similarity, float)
    assert similarity > 0.3


def test_taken_port_is_replaced(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "server", shared_buffers="16MB")
    try:
        server.start()
        server.stop()
        first = server.port
        with socket.create_server(("127.0.0.1", first)):
            server.start()
            assert server.port != first
            assert query(server.app_url, "SELECT 1") == [(1,)]
    finally:
        server.destroy()


def test_second_holder_of_a_root_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(ServerError, match="in use"):
        EmbeddedPostgres(postgres.root).start()
    assert query(postgres.app_url, "SELECT 1") == [(1,)]


def test_closed_environment_makes_the_servers_run_from_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = processes.reachable
    monkeypatch.setattr(
        processes, "reachable", lambda path, uid: "site-packages" not in str(path) and real(path, uid=uid)
    )
    servers = EmbeddedPostgres(tmp_path / "postgres", shared_buffers="16MB"), EmbeddedValkey(tmp_path / "valkey")
    try:
        for server in servers:
            server.start()
            assert server.process is not None
            assert "binaries-" in os.readlink(f"/proc/{server.process.pid}/exe")
    finally:
        for server in servers:
            server.destroy()


def test_lost_passwords_are_an_error_not_an_empty_cluster(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "server", shared_buffers="16MB")
    try:
        server.start()
        server.stop()
        (server.root / "passwords.json").unlink()
        with pytest.raises(ServerError, match=r"passwords\.json is missing"):
            server.start()
        assert server.data.exists()
    finally:
        server.destroy()


def test_roles_file_has_no_semicolon_inside_a_statement() -> None:
    values = {"database": "d", "owner_password": "a'b", "app_password": "p"}
    texts = [statement.as_string(None) for part in (0, 1) for statement in roles.statements(part, values)]
    assert all(re.match(r"(CREATE|ALTER|GRANT|REVOKE) ", text) for text in texts)
    assert any("'a''b'" in text for text in texts)
    assert len(texts) == 10


def test_valkey_keeps_its_keys_behind_a_closed_directory(valkey: EmbeddedValkey) -> None:
    client = redis.Redis.from_url(valkey.url)
    client.set("kept", "1")
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    client.close()
    assert valkey.socket.parent.stat().st_mode & 0o777 == 0o700
    assert len(str(valkey.socket)) < processes.SOCKET_PATH_LIMIT
    assert valkey.process is not None
    assert listening(valkey.process.pid) == set()
    valkey.stop()
    valkey.start()
    with redis.Redis.from_url(valkey.url) as again:
        assert again.get("kept") == b"1"
    assert valkey.celery_url == f"redis+socket://{valkey.socket}?virtual_host=1"


def test_long_path_gets_a_short_socket_that_goes_with_the_server() -> None:
    top = Path(tempfile.mkdtemp(dir=processes.FALLBACK_PLACES[0]))
    top.chmod(0o755)
    server = EmbeddedValkey(top / ("long" * 25))
    try:
        server.start()
        place = server.socket.parent
        assert len(str(server.socket)) < processes.SOCKET_PATH_LIMIT
        assert place.stat().st_mode & 0o777 == 0o700
        with redis.Redis.from_url(server.url) as client:
            assert client.ping()
        server.stop()
        assert not place.exists()
    finally:
        server.destroy()
        shutil.rmtree(top)


def test_place_is_remembered_and_a_fresh_root_at_the_same_path_starts_empty(tmp_path: Path) -> None:
    root, uid = tmp_path / "server", processes.dropped_uid()
    first = processes.server_home(root, uid=uid)
    (first / "cluster").mkdir()
    try:
        assert processes.server_home(root, uid=uid) == first
        shutil.rmtree(root)
        again = processes.server_home(root, uid=uid)
        assert list(again.glob("cluster")) == []
        shutil.rmtree(again)
    finally:
        shutil.rmtree(first, ignore_errors=True)


def test_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir(mode=0o755)
    link = tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(ServerError, match="not a directory of ours"):
        processes.private_directory(link, uid=None)
    assert target.stat().st_mode & 0o777 == 0o755


def test_killed_parent_leaves_no_server_and_the_next_start_works(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=roles.ROLES_SQL.parents[1]) as parent:
        assert parent.stdout is not None
        postgres_pid, valkey_pid, *places = parent.stdout.readline().split()
        data = [Path(place) for place in places]
        assert all(processes.living_in(place) for place in data)
        parent.send_signal(signal.SIGKILL)
    restarted = EmbeddedPostgres(tmp_path / "postgres"), EmbeddedValkey(tmp_path / "valkey")
    try:
        deadline = time.monotonic() + 10
        while any(alive(pid) for pid in (postgres_pid, valkey_pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [processes.living_in(place) for place in data] == [[], []]
        assert not (data[0] / "postmaster.pid").exists()  # a clean shutdown, not a crash
        for server in restarted:
            server.start()
        assert query(restarted[0].app_url, "SELECT 1") == [(1,)]
    finally:
        for server in restarted:
            server.destroy()


def test_unstopped_earlier_server_is_stopped_first(tmp_path: Path) -> None:
    """A server that missed its death signal (here: its parent gave up the lock) does not block the next start."""
    earlier = EmbeddedPostgres(tmp_path / "server", shared_buffers="16MB")
    later = EmbeddedPostgres(tmp_path / "server", shared_buffers="16MB")
    try:
        earlier.start()
        earlier._lock.release()
        later.start()
        assert earlier.process is not None
        assert earlier.process.wait(5) == 0
        assert query(later.app_url, "SELECT 1") == [(1,)]
    finally:
        earlier.stop()
        later.destroy()


def alive(pid: str) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def listening(pid: int) -> set[str]:
    """The addresses on which a process accepts TCP, from the kernel's own tables."""
    inodes = {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()}
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                host = fields[1].split(":")[0]
                addresses.add(
                    ".".join(str(int(host[index : index + 2], 16)) for index in (6, 4, 2, 0))
                    if table == "tcp"
                    else host
                )
    return addresses
