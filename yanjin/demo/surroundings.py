"""The environment the demo's processes get: kept secrets, server addresses, and whose rights they run with."""

from __future__ import annotations

import base64
import compileall
import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from yanjin.embedded import ServerError, processes

PORT_RANGE = 50
DEMO_DAY = "2020-06-29"
"""The day of the report whose figures the demo county carries."""


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def kept_keys(path: Path) -> dict[str, str]:
    """The demo's secrets, made once and kept 0600: with other keys the stored ID numbers could not be read again."""
    if not path.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "FIELD_KEYS": f"demo1:{_random_key()}",
            "BLIND_INDEX_KEY": _random_key(),
        }
        processes.write_private(path, json.dumps(made, indent=1))
    keys: dict[str, str] = json.loads(path.read_text())
    return keys


def open_var(var: Path, *, base: Path, uid: int | None) -> None:
    """Make the data directory. With dropped rights it is sticky: those processes add their own files, and cannot touch the supervisor's.

    A directory that neither is the checkout's own ``var`` nor was made by the demo is not ours to change.
    """
    var.mkdir(parents=True, exist_ok=True)
    if uid is None:
        return
    if var != base / "var" and any(var.iterdir()) and not (var / "demo.lock").exists():
        raise ServerError(f"{var} 不是空目录，也不是演示建立的目录：请给 YANJIN_VAR 换一个目录。")
    os.chown(var, -1, uid)
    var.chmod(0o1771)


def compile_sources(base: Path) -> None:
    """Compile our modules once here, because the unprivileged processes cannot keep what they compile."""
    for package in sorted(path.parent for path in base.glob("*/__init__.py")):
        compileall.compile_dir(package, quiet=2)


def given_servers(environ: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether PostgreSQL and Redis come from outside; half an answer is an error."""
    database, redis = bool(environ.get("DATABASE_URL")), bool(environ.get("REDIS_URL"))
    if database and not environ.get("DATABASE_OWNER_URL"):
        raise ServerError(
            "给出 DATABASE_URL 时也要给出 DATABASE_OWNER_URL：迁移由属主角色执行（见 docs/operations.md）。"
        )
    return database, redis


def child_environment(environ: Mapping[str, str], *, var: Path, keys: Mapping[str, str]) -> dict[str, str]:
    """What web, worker and beat see, without the servers' addresses. What the caller exported wins over what the demo made up.

    The owner role's address is left out: only the migration step gets it.
    """
    child = {
        "DEMO_TODAY": DEMO_DAY,
        "COOKIES_OVER_HTTPS_ONLY": "no",
        **keys,
        **environ,
        "YANJIN_MODE": "demo",
        "YANJIN_VAR": str(var),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }
    child.pop("DATABASE_OWNER_URL", None)
    return child


def free_port(first: int) -> int:
    """``first``, or the next port that is free."""
    for port in range(first, first + PORT_RANGE):
        try:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port
    raise ServerError(f"{first} 到 {first + PORT_RANGE - 1} 之间没有空闲端口，请用 YANJIN_PORT 指定。")


def working_uid(base: Path) -> tuple[int | None, str]:
    """The uid for web, worker and beat, with a warning when root's rights cannot be dropped.

    The unprivileged uid must be able to run this Python and to read the checkout; asked by trying.
    """
    uid = processes.dropped_uid()
    if uid is None:
        return None, ""
    probe = f"import sys; sys.path.insert(0, {str(base)!r}); import django, yanjin.environment"
    if processes.run_as([sys.executable, "-c", probe], uid=uid).returncode == 0:
        return uid, ""
    return None, (
        f"警告：低权限用户（uid {uid}）不能运行 {os.path.realpath(sys.executable)} 或读取 {base}，"
        "网页与后台任务将以 root 运行。请把代码放到所有用户可进入的目录，或改用普通用户。"
    )
