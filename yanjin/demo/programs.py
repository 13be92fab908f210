"""The demo's own processes, and the watch that starts them again when they die."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from yanjin.embedded import processes

LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0


class Part(Protocol):
    """Anything that can be started, watched and stopped: an embedded server or a program."""

    process: subprocess.Popen[bytes] | None

    @property
    def log(self) -> Path: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass
class Program:
    """A command of ours, leader of its own session, so that its children can be found and ended with it."""

    argv: Sequence[str | Path]
    log: Path
    cwd: Path
    env: Mapping[str, str]
    uid: int | None
    death_signal: signal.Signals
    stop_steps: Sequence[tuple[signal.Signals, float]]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    log_start: int = field(default=0, init=False)
    """Where in its log this run began."""
    _asked: bool = field(default=False, init=False)

    def start(self) -> None:
        self._asked = False
        processes.rotate(self.log)
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        self.process = processes.spawn(
            self.argv, log=self.log, uid=self.uid, death_signal=self.death_signal, cwd=self.cwd, env=self.env
        )

    def ask_to_stop(self) -> None:
        """Send the first signal without waiting, so that several programs can end at the same time."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_steps[0][0])
            self._asked = True

    def stop(self) -> None:
        """Stop the program and whatever it left in its session."""
        if self.process is None:
            return
        steps = self.stop_steps
        if self._asked:  # a repeated signal would mean "at once"
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(steps[0][1])
            steps = steps[1:]
        processes.stop(self.process, steps)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process = None


class Watch:
    """Keeps one part alive: a part that died is started again after 1, 2, 4 … 30 seconds; a minute of life forgives the past."""

    def __init__(self, label: str, part: Part, say: Callable[[str], None]) -> None:
        self.label = label
        self.part = part
        self._say = say
        self._deaths = 0
        self._started = 0.0
        self._due: float | None = None

    def start(self) -> None:
        self._due = None
        self._started = time.monotonic()
        self.part.start()

    def look(self) -> None:
        """Notice a death, or start again when it is time."""
        now = time.monotonic()
        if self._due is not None:
            if now >= self._due:
                self._restart(now)
        elif self.part.process is not None and (code := self.part.process.poll()) is not None:
            self.part.stop()
            if now - self._started > STEADY_SECONDS:
                self._deaths = 0
            self._postpone(f"{self.label}意外退出（代码 {code}）", now)

    def stop(self) -> None:
        self._due = None
        self.part.stop()

    def _restart(self, now: float) -> None:
        try:
            self.start()
        except (processes.ServerError, OSError) as error:
            self._postpone(f"{self.label}未能启动（{str(error).splitlines()[0]}）", now)
        else:
            self._say(f"{self.label}已重新启动")

    def _postpone(self, what: str, now: float) -> None:
        pause = min(2.0**self._deaths, LONGEST_PAUSE)
        self._deaths += 1
        self._due = now + pause
        self._say(f"{what}，{pause:.0f} 秒后重新启动；日志：{self.part.log}")
