"""Processes that cannot outlive their parent, run without root's rights, and the private places they live in (Linux)."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import logging
import os
import secrets
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

NOBODY = 65534
"""The uid and gid that servers run under when the parent is root: PostgreSQL refuses to run as root."""
SOCKET_PATH_LIMIT = 100
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
FALLBACK_PLACES = (Path("/var/tmp"), Path("/tmp"))  # noqa: S108 - intended: the directory made there is private and checked


class ServerError(RuntimeError):
    """A server could not be started, found or stopped; the message says why and where its log is."""


def dropped_uid() -> int | None:
    """The uid to drop to, or None for an ordinary user, who keeps their own."""
    return NOBODY if os.geteuid() == 0 else None


def die_with(parent: int, death_signal: signal.Signals) -> None:
    """Ask the kernel to send this process a signal when ``parent`` dies, and end at once if that already happened.

    The kernel watches the *thread* that forked, so start servers from a thread that lives as long as they should.
    """
    LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    uid: int | None,
    death_signal: signal.Signals,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``argv`` in its own session, its output appended to ``log``; it receives ``death_signal`` when this process dies."""
    identity: dict[str, Any] = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - intended: argv is built here, no shell
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd or Path("/"),
            env=None if env is None else dict(env),
            start_new_session=True,
            # intended: PDEATHSIG has to be asked for by the child itself, after its uid changed
            preexec_fn=partial(die_with, os.getpid(), death_signal),  # noqa: PLW1509
            **identity,
        )


def stop(process: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal and wait its seconds, until the process has ended; SIGKILL is the last step."""
    for sign, seconds in (*steps, (signal.SIGKILL, 10.0)):
        if process.poll() is not None:
            return
        process.send_signal(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def run_as(argv: Sequence[str | Path], *, uid: int | None) -> subprocess.CompletedProcess[str]:
    """Run a short command as ``uid`` from the root directory; 126, as in a shell, when that uid may not run it at all."""
    command = [str(part) for part in argv]
    identity: dict[str, Any] = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    try:
        return subprocess.run(  # noqa: S603 - intended: argv is built here, no shell
            command, cwd="/", capture_output=True, text=True, check=False, **identity
        )
    except PermissionError as error:
        return subprocess.CompletedProcess(command, 126, "", str(error))


def reachable(path: Path, *, uid: int | None) -> bool:
    """May ``uid`` enter this directory, or execute this file? Asked of the kernel, so that every kind of permission counts."""
    return run_as(["/usr/bin/test", "-x", path], uid=uid).returncode == 0


def living_in(directory: Path) -> list[int]:
    """Processes whose working directory is ``directory``: both servers move into their data directory, so this finds only ours."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if Path(os.readlink(entry / "cwd")) == directory:
                    found.append(int(entry.name))
    return found


def evict(directory: Path, *, leader: int | None, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """End what a killed parent left in ``directory``: give its death signal a moment, then signal the leader, or all where there is none."""
    directory = directory.resolve()
    if _emptied(directory, 2.0):
        return
    for sign, seconds in (*steps, (signal.SIGKILL, 10.0)):
        left = living_in(directory)
        logger.warning("an earlier server still runs in %s (processes %s): sending %s", directory, left, sign.name)
        alone = leader is not None and leader in left and sign != signal.SIGKILL
        for pid in [leader] if alone and leader else left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        if _emptied(directory, seconds):
            return
    raise ServerError(f"an earlier server still runs in {directory}: processes {living_in(directory)}")


def _emptied(directory: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while living_in(directory):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def private_directory(path: Path, *, uid: int | None, mode: int = 0o700) -> Path:
    """Make ``path``, or check that it is a real directory of ours, then give it to ``uid`` with ``mode``; parents are never changed."""
    owner = os.geteuid() if uid is None else uid
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), owner}:
        raise ServerError(f"{path} is not a directory of ours: remove it and start again")
    if found.st_uid != owner:
        os.chown(path, owner, -1 if uid is None else uid)
    path.chmod(mode)
    return path


def server_home(root: Path, *, uid: int | None) -> Path:
    """Where a server keeps its files: ``root``, or a private directory in the system's temporary place that ``uid`` can reach.

    A checkout under a 0700 home directory cannot be entered by another uid, and its parents are not ours to open. The place is
    remembered in ``root``: it belongs to this root, not to its path, so a fresh clone at the same path starts empty.
    """
    root.mkdir(parents=True, exist_ok=True)
    mode = 0o700 if uid is None else 0o711
    private_directory(root, uid=None, mode=mode)
    kept = root / "place"
    if kept.exists() and (place := Path(kept.read_text())).exists():
        return private_directory(place, uid=None, mode=mode)
    if uid is None or reachable(root, uid=uid):
        return root
    for parent in FALLBACK_PLACES:
        if reachable(parent, uid=uid):
            home = private_directory(parent / unused_name(), uid=None, mode=mode)
            write_private(kept, str(home))
            logger.warning("%s cannot be entered by uid %s: the server's files are kept in %s", root, uid, home)
            return home
    raise ServerError(f"neither {root} nor {FALLBACK_PLACES[0]} can be entered by uid {uid}")


def unused_name() -> str:
    """A short directory name that nobody can have taken in advance."""
    return f"yanjin-{secrets.token_hex(6)}"


def readable_copy(sources: Sequence[Path], target: Path) -> None:
    """Copy directory trees side by side into ``target``, readable by all, whole or not at all."""
    if target.exists():
        return
    unfinished = target.with_name(f"{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    for source, relative in sources_relative(sources):
        shutil.copytree(source, unfinished / relative, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [unfinished, *unfinished.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    unfinished.rename(target)


def sources_relative(sources: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Each source with its place relative to what all of them share: wheels find their libraries by relative path."""
    shared = Path(os.path.commonpath([source.parent for source in sources]))
    return [(source, source.relative_to(shared)) for source in sources]


class OwnershipLock:
    """One parent at a time per root. The kernel drops the lock when the holder dies, so a left-over file never blocks a start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise ServerError(f"{self.path.parent} is in use by another running process") from error
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def write_private(path: Path, text: str, *, uid: int | None = None) -> None:
    """Write a 0600 file, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    if uid is not None:
        os.chown(unfinished, uid, uid)
    unfinished.rename(path)


def tail(log: Path, *, since: int = 0, lines: int = 15) -> str:
    """The last lines of a log, written after its first ``since`` bytes, for an error message."""
    try:
        with log.open("rb") as file:
            file.seek(since)
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def rotate(log: Path, *, limit: int = 10_000_000) -> None:
    """Keep one older log once this one has grown past ``limit`` bytes."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_name(f"{log.name}.1"))
