"""The demo's supervisor, run for real over a tiny stand-in project: started, killed, stopped, started again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from yanjin.demo import console, programs, stamps, supervisor, surroundings
from yanjin.embedded import ServerError, processes
from yanjin.environment import BASE_DIR

MANAGE = """
import json, os, pathlib, sys
import psycopg
var = pathlib.Path(os.environ["YANJIN_VAR"])
if sys.argv[1] == "migrate":
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS started (at timestamptz DEFAULT now())")
        connection.execute("CREATE TABLE IF NOT EXISTS django_migrations (id bigint, applied timestamptz DEFAULT now())")
if sys.argv[1] == "load_demo":
    assert "DATABASE_OWNER_URL" not in os.environ
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("INSERT INTO started DEFAULT VALUES")
        count = connection.execute("SELECT count(*) FROM started").fetchone()[0]
    print("第", count, "次载入", flush=True)
    login = {"role": "clerk", "label": "县级经办", "username": "county", "password": "p", "place": "延津县", "hint": "看一看"}
    api = {"token_url": "http://elsewhere:1/oauth/token/", "client_id": "c", "client_secret": "s", "scopes": []}
    (var / "demo.json").write_text(json.dumps({"url": "", "logins": [login], "api": api}))
"""
WSGI = """
import os
def application(environ, start_response):
    assert "DATABASE_OWNER_URL" not in os.environ
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ["DEMO_TODAY"].encode()]
"""
CELERY = """
import os
from celery import Celery
app = Celery("yanjin", broker=os.environ["CELERY_BROKER_URL"])
"""
RUN = (
    "import sys; from pathlib import Path; from yanjin.demo import console; from yanjin.demo.supervisor import Supervisor; "
    "console.speak_utf8(); base = Path(sys.argv[1]); sys.exit(Supervisor(base=base, var=base / 'var', port=int(sys.argv[2])).run())"
)


class Demo:
    """One running supervisor and what it has said so far."""

    def __init__(self, base: Path) -> None:
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("DATABASE_", "REDIS_", "CELERY_", "DJANGO_"))
        }
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(base), "18000"],
            cwd=BASE_DIR,
            env=environment | {"PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, text: str) -> None:
        assert self.process.stdout is not None
        while text not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line

    def wait_for_end(self) -> int:
        assert self.process.stdout is not None
        self.said += self.process.stdout.read()
        return self.process.wait(30)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    package = tmp_path / "yanjin"
    package.mkdir()
    for name, text in (("__init__", ""), ("environment", ""), ("wsgi", WSGI), ("celery", CELERY)):
        (package / f"{name}.py").write_text(text)
    for name in ("demo", "embedded"):
        (package / name).symlink_to(BASE_DIR / "yanjin" / name)
    (tmp_path / "manage.py").write_text(MANAGE)
    yield tmp_path
    for name in ("postgres", "valkey"):
        home = processes.server_home(tmp_path / "var" / name, uid=processes.dropped_uid())
        subprocess.run(["rm", "-rf", str(home)], check=True)


@pytest.fixture
def start(base: Path) -> Iterator[Callable[[], Demo]]:
    """Start a demo over the stand-in project; none outlives the test."""
    demos: list[Demo] = []

    def begin() -> Demo:
        demos.append(Demo(base))
        return demos[-1]

    yield begin
    for demo in demos:
        demo.process.kill()
        demo.process.communicate()


def descendants(root: int) -> set[int]:
    """Every living process under ``root``, found by walking the parents."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    while grown := {pid for pid, parent in parents.items() if parent in found | {root}} - found:
        found |= grown
    return found


def running(pids: set[int]) -> dict[int, str]:
    left = {}
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                left[pid] = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return left


def wait_for_worker(base: Path) -> None:
    """Until Celery has its child process and takes work."""
    log = base / "var" / "log" / "worker.log"
    deadline = time.monotonic() + 30
    while " ready." not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def wait_until_gone(pids: set[int], seconds: float) -> dict[int, str]:
    deadline = time.monotonic() + seconds
    while (left := running(pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


@pytest.mark.servers
def test_demo_starts_serves_restarts_a_dead_child_and_stops_whole(base: Path, start: Callable[[], Demo]) -> None:
    demo = start()
    demo.wait_for("按 Ctrl-C 停止")
    assert "县级经办" in demo.said
    assert "第 1 次载入" in demo.said
    written = json.loads((base / "var" / "demo.json").read_text())
    assert written["api"]["token_url"] == f"{written['url']}/oauth/token/"
    connection = http.client.HTTPConnection(written["url"].removeprefix("http://"))
    connection.request("GET", "/healthz")
    assert connection.getresponse().read().decode() == surroundings.DEMO_DAY
    connection.close()
    assert (base / "var" / "keys.json").stat().st_mode & 0o777 == 0o600

    wait_for_worker(base)
    assert "意外退出" not in demo.said
    started = descendants(demo.process.pid)
    [web, *_] = [pid for pid, line in running(started).items() if "gunicorn" in line and os.getpgid(pid) == pid]
    os.kill(web, signal.SIGKILL)
    demo.wait_for("网页服务（gunicorn）意外退出")
    demo.wait_for("网页服务（gunicorn）已重新启动")
    started |= descendants(demo.process.pid)

    demo.process.send_signal(signal.SIGINT)
    assert demo.wait_for_end() == 0, demo.said
    assert wait_until_gone(started, 1) == {}


@pytest.mark.servers
def test_killed_supervisor_leaves_nothing_and_the_next_start_keeps_the_data(
    base: Path, start: Callable[[], Demo]
) -> None:
    demo = start()
    demo.wait_for("按 Ctrl-C 停止")
    wait_for_worker(base)
    started = descendants(demo.process.pid)
    lines = list(running(started).values())
    counts = {
        name: sum(name in line for line in lines)
        for name in ("gunicorn", "-A yanjin worker", "-A yanjin beat", "postgres -D", "valkey-server")
    }
    assert counts == {"gunicorn": 2, "-A yanjin worker": 2, "-A yanjin beat": 1, "postgres -D": 1, "valkey-server": 1}
    keys = (base / "var" / "keys.json").read_text()
    demo.process.kill()
    demo.wait_for_end()
    assert wait_until_gone(started, 15) == {}

    again = start()
    again.wait_for("按 Ctrl-C 停止")
    assert "第 2 次载入" in again.said
    assert "静态文件" not in again.said
    assert "数据库迁移" not in again.said
    assert (base / "var" / "keys.json").read_text() == keys
    second = start()
    assert second.wait_for_end() == 1
    assert "另一个演示正在使用" in second.said
    again.process.terminate()
    assert again.wait_for_end() == 0, again.said

    (base / "yanjin" / "changed.py").write_text("")
    third = start()
    third.wait_for("数据库迁移完成")


@pytest.mark.servers
def test_supervisor_killed_while_the_worker_starts_leaves_nothing(base: Path, start: Callable[[], Demo]) -> None:
    """A worker that finds its broker gone retries for minutes and hears no polite signal meanwhile."""
    demo = start()
    demo.wait_for("定时器正在启动")
    time.sleep(0.3)
    started = descendants(demo.process.pid)
    demo.process.kill()
    assert wait_until_gone(started, 15) == {}


@pytest.mark.servers
def test_failing_step_says_why_and_stops_the_rest(base: Path, start: Callable[[], Demo]) -> None:
    (base / "manage.py").write_text("import sys; sys.exit('迁移坏了' if sys.argv[1] == 'migrate' else 0)")
    demo = start()
    demo.wait_for("Valkey 已启动")
    started = descendants(demo.process.pid)
    assert demo.wait_for_end() == 1
    assert "数据库迁移失败（代码 1）" in demo.said
    assert "迁移坏了" in demo.said
    assert wait_until_gone(started, 1) == {}


def test_restart_pauses_grow_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(programs.time, "monotonic", lambda: now[0])
    said: list[str] = []
    program = programs.Program(
        argv=[sys.executable, "-c", "raise SystemExit(3)"],
        log=tmp_path / "log",
        cwd=tmp_path,
        env=dict(os.environ),
        uid=None,
        death_signal=signal.SIGTERM,
        stop_steps=supervisor.GRACEFUL,
    )
    watch = programs.Watch("部件", program, said.append)
    watch.start()
    for _ in range(7):
        assert program.process is not None
        os.waitid(os.P_PID, program.process.pid, os.WEXITED | os.WNOWAIT)
        watch.look()
        now[0] += programs.LONGEST_PAUSE
        watch.look()
    watch.stop()
    deaths = [line for line in said if "意外退出（代码 3）" in line]
    assert [line.split("，")[1].split(" ")[0] for line in deaths] == ["1", "2", "4", "8", "16", "30", "30"]


def test_database_from_outside_needs_its_owner_too() -> None:
    assert surroundings.given_servers({}) == (False, False)
    with pytest.raises(ServerError, match="DATABASE_OWNER_URL"):
        surroundings.given_servers({"DATABASE_URL": "postgresql://x"})
    both = {"DATABASE_URL": "postgresql://x", "DATABASE_OWNER_URL": "postgresql://y", "REDIS_URL": "redis://z"}
    assert surroundings.given_servers(both) == (True, True)


def test_exported_keys_win_and_the_owner_stays_out(tmp_path: Path) -> None:
    keys = surroundings.kept_keys(tmp_path / "keys.json")
    assert surroundings.kept_keys(tmp_path / "keys.json") == keys
    environ = {"FIELD_KEYS": "mine:x", "DATABASE_OWNER_URL": "postgresql://owner"}
    child = surroundings.child_environment(environ, var=tmp_path, keys=keys)
    assert child["FIELD_KEYS"] == "mine:x"
    assert child["SECRET_KEY"] == keys["SECRET_KEY"]
    assert "DATABASE_OWNER_URL" not in child


def test_foreign_directory_is_not_opened_to_the_unprivileged_uid(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("mine")
    before = tmp_path.stat()
    with pytest.raises(ServerError, match="YANJIN_VAR"):
        surroundings.open_var(tmp_path, base=tmp_path / "checkout", uid=processes.NOBODY)
    assert (tmp_path.stat().st_mode, tmp_path.stat().st_gid) == (before.st_mode, before.st_gid)


def test_table_lines_up_with_chinese() -> None:
    lines = console.table([("角色", "用户名"), ("村级", "a"), ("县级经办", "bb")])
    assert [console.width(line.split("  ")[0].rstrip()) for line in (lines[0], lines[2], lines[3])] == [4, 4, 8]
    assert lines[2].index("a") == len("村级") + 4 + 2
    assert lines[3].index("bb") == len("县级经办") + 2


def test_static_digest_follows_our_files_and_not_what_was_collected(tmp_path: Path) -> None:
    for name in ("kernel/web/static/web", "var/static/web", "requirements"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "requirements" / "demo.txt").write_text("django==5.2")
    (tmp_path / "kernel" / "web" / "static" / "web" / "shell.css").write_text("a")
    first = stamps.static_digest(tmp_path)
    (tmp_path / "var" / "static" / "web" / "shell.css").write_text("a")
    assert stamps.static_digest(tmp_path) == first
    (tmp_path / "kernel" / "web" / "static" / "web" / "shell.css").write_text("bb")
    assert stamps.static_digest(tmp_path) != first
