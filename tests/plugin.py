"""Loaded by pytest before Django: one PostgreSQL and one Valkey for the whole run, environment for each worker."""

from __future__ import annotations

import atexit
import base64
import json
import os
import shutil
import tempfile
from pathlib import Path

from yanjin.embedded.postgres import EmbeddedPostgres
from yanjin.embedded.roles import with_database
from yanjin.embedded.valkey import EmbeddedValkey

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "100"}


def _start_servers() -> dict[str, str]:
    root = Path(tempfile.mkdtemp(prefix="yanjin-tests-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    postgres = EmbeddedPostgres(root / "pg", shared_buffers="128MB", settings=FAST)
    valkey = EmbeddedValkey(root / "kv")
    for server in (postgres, valkey):
        server.start()
        atexit.register(server.destroy)
    return {
        "superuser": postgres.superuser_url,
        "owner": postgres.owner_url,
        "app": postgres.app_url,
        "redis": valkey.url,
        "celery": valkey.celery_url,
        "var": str(root / "var"),
    }


if "YANJIN_TEST_SERVERS" not in os.environ:
    os.environ["YANJIN_TEST_SERVERS"] = json.dumps(_start_servers())

SERVERS: dict[str, str] = json.loads(os.environ["YANJIN_TEST_SERVERS"])
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DATABASE = f"test_{WORKER}"
NUMBER = 0 if WORKER == "main" else 1 + int(WORKER.removeprefix("gw"))
# Of each worker's own: a cache, whose clearing must not reset another worker's throttles, a broker, whose messages name
# jobs of this worker's database, and a broker for the browser's demo.
CACHE, BROKER, BROWSER_BROKER = 3 * NUMBER, 3 * NUMBER + 1, 3 * NUMBER + 2
os.environ.update(
    {
        "YANJIN_MODE": "test",
        "YANJIN_VAR": f"{SERVERS['var']}/{DATABASE}",
        "SECRET_KEY": "only-for-tests-" + "x" * 50,
        "DATABASE_URL": with_database(SERVERS["app"], DATABASE),
        "DATABASE_OWNER_URL": with_database(SERVERS["owner"], DATABASE),
        "REDIS_URL": SERVERS["redis"].replace("db=0", f"db={CACHE}"),
        "CELERY_BROKER_URL": SERVERS["celery"].replace("virtual_host=1", f"virtual_host={BROKER}"),
        "FIELD_KEYS": "t1:" + base64.b64encode(bytes(range(32))).decode(),
        "BLIND_INDEX_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
        "DEMO_TODAY": "2020-06-29",
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    }
)
