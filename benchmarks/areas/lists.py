"""One page of fifty labourers: the product's list against a raw cursor and a default counted list, over HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.client import HTTPConnection

import orjson
from django.db import connection

from benchmarks.clock import Clock, children_of, sessions
from benchmarks.data import county_code
from benchmarks.ground import ROOT, VAR, Size, superuser
from benchmarks.measures import Reading, reading, require_equal
from benchmarks.rounds import Variant, race
from kernel.accounts.models import Appointment, User
from kernel.wall.scope import Scope, open_scope

WAYS = ("raw", "product", "default", "whole")
CALLS = 60


def run(size: Size) -> Iterator[Reading]:
    """Over HTTP, then in process, then at depth."""
    county = county_code(size.counties // 2)
    os.environ["YANJIN_BENCHMARK_COUNTY"] = str(county)
    user = User.objects.create_user("bench", "Bench-2020-long!", full_name="测试", home_id=county)
    Appointment.objects.create(user=user, role="clerk", division_id=county, valid_from=date(2019, 1, 1))
    yield from _over_http()
    yield from _in_process(county)


def _over_http() -> Iterator[Reading]:
    with _served() as (fetch, server):
        pages = {way: orjson.loads(fetch(way)) for way in WAYS}
        _require_same_people(pages)
        found = race(
            [Variant(way, lambda way=way: fetch(way)) for way in WAYS], calls=CALLS, clock=_server_clock(server)
        )
    yield reading("lists.raw", found, "raw", "product")
    yield reading("lists.default", found, "default", "product")
    yield reading("lists.whole", found, "raw", "whole", "with caller and audit line, committed")


def _require_same_people(pages: dict[str, dict[str, list[dict[str, str]]]]) -> None:
    raw = [row["uid"] for row in pages["raw"]["results"]]
    require_equal("product's page", [row["id"] for row in pages["product"]["results"]], raw)
    require_equal("default page", [row["uid"] for row in pages["default"]["results"]], raw)
    require_equal("whole page", [row["id"] for row in pages["whole"]["results"]], raw)


@contextmanager
def _served() -> Iterator[tuple[Callable[[str], bytes], int]]:
    """Gunicorn with one worker and pooled connections, one client that keeps its connection."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    argv = [sys.executable, "-m", "gunicorn", "benchmarks.listing:application", f"--bind=127.0.0.1:{port}"]
    argv += ["--workers=1", "--worker-class=gthread", "--threads=2", "--log-level=error"]
    log = (VAR / "listing.log").open("w")
    server = subprocess.Popen(argv, cwd=ROOT, env={**os.environ, "YANJIN_MODE": "demo"}, stdout=log, stderr=log)
    client = HTTPConnection("127.0.0.1", port, timeout=30)

    def fetch(way: str) -> bytes:
        client.request("GET", f"/{way}")
        answer = client.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"/{way} answered {answer.status}: {body[:300]!r}")
        return body

    try:
        _wait(port, server)
        yield fetch, server.pid
    finally:
        client.close()
        server.terminate()
        server.wait(20)
        log.close()


def _server_clock(server: int) -> Clock:
    """Gunicorn's worker and the sessions it holds; the client is not the product."""
    database = str(connection.settings_dict["NAME"])
    with superuser(database) as watch:
        rows = watch.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = 'yanjin_app' AND pid <> %s",
            [database, sessions("default")[0]],
        ).fetchall()
    return Clock([*children_of(server), *(int(str(pid)) for (pid,) in rows)], own=False)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the list server did not start, see {VAR / 'listing.log'}")


def _in_process(county: int) -> Iterator[Reading]:
    from benchmarks import listing  # noqa: PLC0415 -- intended: reads the county from the environment set above

    with open_scope(Scope(county, county + 1_000_000, source="api")):
        deep, pages = _deepest(listing.product)
        found = race(
            [
                Variant("raw cursor", listing.raw),
                Variant("page 1", listing.product),
                Variant("deepest page", lambda: listing.product({"cursor": deep})),
            ],
            calls=CALLS,
            clock=Clock(sessions("default")),
        )
    yield reading("lists.depth", found, "deepest page", "page 1", f"{pages} pages")
    yield reading("lists.inprocess", found, "raw cursor", "page 1", "no HTTP around either")


def _deepest(pull: Callable[[dict[str, str]], bytes]) -> tuple[str, int]:
    """Cursor of the last full page, reached as a client does, by large pages: a cursor is bound to no page size."""
    following = orjson.loads(pull({}))["next"]
    cursor, pages = _cursor(following), 1
    while True:
        answer = orjson.loads(pull({"cursor": cursor, "limit": "1000"}))
        if answer["next"] is None:
            rest = len(answer["results"])
            steps = max(0, rest // 50 - 1)
            for _ in range(steps):
                cursor = _cursor(orjson.loads(pull({"cursor": cursor}))["next"])
            return cursor, pages + 1 + steps
        cursor, pages = _cursor(answer["next"]), pages + 20


def _cursor(address: str) -> str:
    return address.split("cursor=", 1)[1].split("&", 1)[0]
