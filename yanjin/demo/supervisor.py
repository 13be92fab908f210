"""One foreground supervisor: servers, migrations, web, worker, beat and demo data, and all of them ended together."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from yanjin.demo import console, stamps, surroundings
from yanjin.demo.programs import Program, Watch
from yanjin.embedded import EmbeddedPostgres, EmbeddedValkey, ServerError, processes

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACEFUL = ((signal.SIGTERM, 10.0), (signal.SIGQUIT, 5.0))
"""Finish what runs, then drop it: gunicorn and Celery read both signals this way."""
WEB_SECONDS = 90.0
TICK = 0.1


class StopAsked(Exception):
    """Ctrl-C or SIGTERM."""


class Supervisor:
    """Everything the demo runs, under ``var``. ``run`` returns the exit status after the last process has ended."""

    def __init__(self, *, base: Path, var: Path, port: int) -> None:
        self.base = base
        self.var = var
        self.console = console.Console()
        self._lock = processes.OwnershipLock(var / "demo.lock")
        self._watches: list[Watch] = []
        self._env: dict[str, str] = {}
        self._owner_url = ""
        self._uid: int | None = None
        self._port = port

    def run(self) -> int:
        for sign in STOP_SIGNALS:
            signal.signal(sign, _ask_to_stop)
        try:
            self._prepare()
            self._start_servers()
            self._prepare_database_and_files()
            self._start_programs()
            self._load_demo()
            self._wait_for_web()
            self._print_summary()
            while True:
                self._tick()
        except StopAsked:
            return 0
        except (ServerError, OSError) as error:
            self.console.say(f"未能启动：{error}")
            return 1
        finally:
            self._stop_everything()

    # -- steps, in order

    def _prepare(self) -> None:
        self._uid, warning = surroundings.working_uid(self.base)
        if warning:
            self.console.say(warning)
        surroundings.open_var(self.var, base=self.base, uid=self._uid)
        try:
            self._lock.take()
        except ServerError as error:
            raise ServerError(f"另一个演示正在使用 {self.var}") from error
        processes.private_directory(self.var / "log", uid=None)
        for name in ("files", "static", "beat"):
            processes.private_directory(self.var / name, uid=self._uid, mode=0o755 if name == "static" else 0o700)
        keys = surroundings.kept_keys(self.var / "keys.json")
        self._env = surroundings.child_environment(os.environ, var=self.var, keys=keys)
        if self._uid is not None:
            self._env["HOME"] = "/nonexistent"
            surroundings.compile_sources(self.base)

    def _start_servers(self) -> None:
        database_given, redis_given = surroundings.given_servers(os.environ)
        if database_given:
            self.console.say("使用 DATABASE_URL 指定的 PostgreSQL")
            self._owner_url = os.environ["DATABASE_OWNER_URL"]
        else:
            postgres = EmbeddedPostgres(self.var / "postgres")
            self._begin("PostgreSQL", postgres)
            self._env["DATABASE_URL"], self._owner_url = postgres.app_url, postgres.owner_url
            self.console.say(f"PostgreSQL 已启动（127.0.0.1:{postgres.port}）")
        if redis_given:
            self.console.say("使用 REDIS_URL 指定的 Redis")
        else:
            valkey = EmbeddedValkey(self.var / "valkey")
            self._begin("Valkey", valkey)
            self._env["REDIS_URL"] = valkey.url
            self._env["CELERY_BROKER_URL"] = valkey.celery_url
            self.console.say("Valkey 已启动（本机套接字）")

    def _prepare_database_and_files(self) -> None:
        """Migrations by the owner role, static files at the same time; each only when something it depends on has changed."""
        static_stamp, migration_stamp = self.var / "static.stamp", self.var / "migration.stamp"
        static = stamps.static_digest(self.base)
        collecting = self._manage("collectstatic", "--no-input", "--verbosity=0")
        migrating = self._manage(
            "migrate", "--database=owner", "--no-input", env={"DATABASE_OWNER_URL": self._owner_url}
        )
        try:
            if stale := not _holds(static_stamp, static):
                collecting.start()
            if not _holds(migration_stamp, stamps.migration_digest(self.base, self._owner_url)):
                self._finish(migrating, "数据库迁移")
                migration_stamp.write_text(stamps.migration_digest(self.base, self._owner_url))
            if stale:
                self._finish(collecting, "静态文件")
                static_stamp.write_text(static)
        finally:
            collecting.stop()

    def _start_programs(self) -> None:
        self._port = surroundings.free_port(self._port)
        self._begin("后台任务（Celery）", self._program("worker", *worker_arguments(), death_signal=signal.SIGKILL))
        self._begin("定时器（Celery beat）", self._program("beat", *beat_arguments(self.var / "beat")))
        self._begin(
            "网页服务（gunicorn）", self._program("web", *web_arguments(self._port), death_signal=signal.SIGQUIT)
        )
        self.console.say(f"网页服务、后台任务、定时器正在启动（端口 {self._port}）")

    def _load_demo(self) -> None:
        self._finish(self._manage("load_demo"), "演示数据", aloud=True)

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + WEB_SECONDS
        while not answers(f"http://127.0.0.1:{self._port}/healthz"):
            if time.monotonic() > deadline:
                log = self.var / "log" / "web.log"
                raise ServerError(f"网页服务 {WEB_SECONDS:.0f} 秒内没有就绪，日志 {log}：\n{processes.tail(log)}")
            self._tick()
        self.console.say("网页服务已就绪")

    def _print_summary(self) -> None:
        url = f"http://127.0.0.1:{self._port}"
        path = self.var / "demo.json"
        written = json.loads(path.read_text()) if path.exists() else {}
        demo = at_address(written, url)
        if demo != written:
            processes.write_private(path, json.dumps(demo, ensure_ascii=False, indent=1), uid=self._uid)
        self.console.show(console.summary(demo))

    def _stop_everything(self) -> None:
        for sign in STOP_SIGNALS:
            signal.signal(sign, signal.SIG_IGN)
        if self._watches:
            self.console.say("正在停止……")
        for watch in self._watches:
            if isinstance(watch.part, Program):
                watch.part.ask_to_stop()
        for watch in reversed(self._watches):
            watch.stop()
        self._lock.release()
        if self._watches:
            self.console.say("已全部停止")

    # -- tools of the steps

    def _begin(self, label: str, part: Any) -> None:
        watch = Watch(label, part, self.console.say)
        self._watches.append(watch)
        watch.start()

    def _tick(self) -> None:
        for watch in self._watches:
            watch.look()
        time.sleep(TICK)

    def _program(self, name: str, *arguments: str, death_signal: signal.Signals = signal.SIGTERM) -> Program:
        return Program(
            argv=[sys.executable, "-m", *arguments],
            log=self.var / "log" / f"{name}.log",
            cwd=self.base,
            env=self._env,
            uid=self._uid,
            death_signal=death_signal,
            stop_steps=GRACEFUL,
        )

    def _manage(self, *arguments: str, env: Mapping[str, str] | None = None) -> Program:
        return Program(
            argv=[sys.executable, "manage.py", *arguments],
            log=self.var / "log" / f"{arguments[0]}.log",
            cwd=self.base,
            env={**self._env, **(env or {})},
            uid=self._uid,
            death_signal=signal.SIGTERM,
            stop_steps=GRACEFUL,
        )

    def _finish(self, command: Program, label: str, *, aloud: bool = False) -> None:
        """Wait for a one-off command, watching the rest meanwhile; ``aloud`` repeats its output line by line."""
        try:
            if command.process is None:
                self.console.say(f"{label}……")
                command.start()
            seen = command.log_start
            while (code := command.process.poll() if command.process else 0) is None:
                seen += self._repeat(command.log, seen) if aloud else 0
                self._tick()
            if aloud:
                self._repeat(command.log, seen)
            if code:
                raise ServerError(
                    f"{label}失败（代码 {code}），日志 {command.log}：\n{processes.tail(command.log, since=command.log_start)}"
                )
        finally:
            command.stop()
        self.console.say(f"{label}完成")

    def _repeat(self, log: Path, start: int) -> int:
        """Print the whole lines added since ``start``; how many bytes they were."""
        with log.open("rb") as file:
            file.seek(start)
            added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        self.console.quote(whole.decode(errors="replace").splitlines())
        return len(whole)


def _ask_to_stop(_signal: int, _frame: object) -> NoReturn:
    raise StopAsked


def _holds(stamp: Path, digest: str) -> bool:
    return bool(digest) and stamp.exists() and stamp.read_text() == digest


def web_arguments(port: int) -> list[str]:
    """gunicorn: one process with threads, as small as a county's first look needs."""
    return [
        "gunicorn",
        "yanjin.wsgi:application",
        f"--bind=127.0.0.1:{port}",
        "--worker-class=gthread",
        "--workers=1",
        "--threads=8",
        "--timeout=120",
        "--graceful-timeout=5",
        "--no-control-socket",
        "--error-logfile=-",
    ]


def worker_arguments() -> list[str]:
    """Celery: one child process; nobody to gossip with."""
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return [
        "yanjin.demo.worker",
        "-A",
        "yanjin",
        "worker",
        "--pool=prefork",
        "--concurrency=1",
        "--loglevel=INFO",
        *quiet,
    ]


def beat_arguments(directory: Path) -> list[str]:
    return ["celery", "-A", "yanjin", "beat", "--loglevel=INFO", f"--schedule={directory / 'schedule'}", "--pidfile="]


def answers(url: str) -> bool:
    """Whether the address answers 200; asked of this machine, never through a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def at_address(demo: Mapping[str, Any], url: str) -> dict[str, Any]:
    """The demo's description with the address it is served from this time."""
    moved: dict[str, Any] = {**demo, "url": url}
    if api := demo.get("api"):
        moved["api"] = {**api, "token_url": url + urlsplit(api.get("token_url", "")).path}
    return moved
