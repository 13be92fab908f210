"""A real demo for a real browser: its own database, worker, web server, and the county imported from its workbooks."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.plugin import BROWSER_BROKER, SERVERS, WORKER
from yanjin.embedded.roles import prepare_database, with_database

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 640}
PICTURES = Path(os.environ.get("YANJIN_PICTURES", ROOT / "var" / "pictures"))


@dataclass(frozen=True)
class Served:
    """The running demo: address, logins by user name, and the environment its commands run in."""

    url: str
    passwords: dict[str, str]
    api: dict[str, Any]
    environment: dict[str, str]


def _environment(var: Path) -> dict[str, str]:
    name = f"browser_{WORKER}"
    prepare_database(with_database(SERVERS["superuser"], "postgres"), name, replace=True)
    return {
        **os.environ,
        "YANJIN_MODE": "demo",
        "YANJIN_VAR": str(var),
        "DATABASE_URL": with_database(SERVERS["app"], name),
        "DATABASE_OWNER_URL": with_database(SERVERS["owner"], name),
        # A broker of its own: other tests' workers listen on the shared one.
        "CELERY_BROKER_URL": SERVERS["celery"].replace("virtual_host=1", f"virtual_host={BROWSER_BROKER}"),
        "FIELD_KEYS": "b1:" + base64.b64encode(bytes(range(32))).decode(),
        "DEMO_TODAY": "2020-06-29",
        "DJANGO_SETTINGS_MODULE": "yanjin.settings",
    }


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _run(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "the web server has stopped"
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the web server did not answer")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start everything once, load the demo through its own command, stop everything."""
    var = tmp_path_factory.mktemp("browser")
    environment, url = _environment(var), f"http://127.0.0.1:{_port()}"
    _run(environment, "migrate", "--database", "owner", "--verbosity", "0")
    _run(environment, "collectstatic", "--noinput", "--verbosity", "0")
    worker = [sys.executable, "-m", "celery", "-A", "yanjin", "worker", "--concurrency", "1", "--loglevel", "WARNING"]
    web = [sys.executable, "-m", "gunicorn", "yanjin.wsgi", "--bind", url.removeprefix("http://"), "--threads", "4"]
    logs = (var / "worker.log").open("wb"), (var / "web.log").open("wb")
    processes = [
        subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        for argv, log in zip((worker, web), logs, strict=True)
    ]
    try:
        _run(environment, "load_demo", "--url", url)
        _wait_for(url, processes[1])
        demo = json.loads((var / "demo.json").read_text(encoding="utf-8"))
        passwords = {login["username"]: login["password"] for login in demo["logins"]}
        yield Served(url, passwords, demo["api"], environment)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=30)
        for log in logs:
            log.close()


# By module, not by session: while Playwright runs, this thread has an event loop, and Django refuses other tests' queries.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Visitor:
    """One browser window of one user; remembers what the console and the network complained about."""

    def __init__(self, context: BrowserContext, served: Served, name: str) -> None:
        self.page: Page = context.new_page()
        self.served, self.name = served, name
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._see(request.url))

    def _hear(self, kind: str, text: str) -> None:
        # A refused page (403, 404) is told to the console too; that is the test's own business.
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)

    def _see(self, url: str) -> None:
        if not url.startswith((self.served.url, "data:", "blob:")):
            self.foreign.append(url)

    def go(self, path: str) -> Page:
        """Open a path of the demo."""
        self.page.goto(self.served.url + path)
        return self.page

    def login(self) -> Page:
        """Sign in as the visitor's user and land wherever that leads."""
        self.go("/login/")
        self.page.fill("input[name=username]", self.name)
        self.page.fill("input[name=password]", self.served.passwords[self.name])
        self.page.click("form button[type=submit]:not([data-fill-username])")
        self.page.wait_for_load_state()
        return self.page

    def picture(self, name: str) -> Path:
        """A screenshot under var/pictures (or YANJIN_PICTURES)."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def width_overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(script))


@pytest.fixture
def visit(chromium: Browser, served: Served) -> Iterator[Callable[..., Visitor]]:
    """`visit("village", phone=True)` -> a visitor, not yet signed in."""
    contexts: list[BrowserContext] = []

    def make(name: str, *, phone: bool = False) -> Visitor:
        context = chromium.new_context(
            viewport=PHONE if phone else DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=phone
        )
        contexts.append(context)
        return Visitor(context, served, name)

    yield make
    for context in contexts:
        context.close()
