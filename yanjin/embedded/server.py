"""What the two embedded servers have in common: a home, a lock, a log, and an end."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from yanjin.embedded import processes


class EmbeddedServer:
    """One server under ``root``, held by one parent at a time; it ends with ``stop`` or, at the latest, with its parent."""

    name: ClassVar[str]
    stop_steps: ClassVar[Sequence[tuple[signal.Signals, float]]]

    def __init__(self, root: Path) -> None:
        self.root = Path(root).absolute()
        self.process: subprocess.Popen[bytes] | None = None
        """The running server, for whoever watches that it stays alive."""
        self._uid = processes.dropped_uid()
        self._home = self.root
        self._lock = processes.OwnershipLock(self.root / "lock")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> Path:
        return self.root / "log" / f"{self.name}.log"

    def start(self) -> None:
        """Start the server on what it kept, making what is missing, and wait until it answers."""
        self._home = processes.server_home(self.root, uid=self._uid)
        self._lock.take()
        try:
            self.log.parent.mkdir(exist_ok=True)
            processes.rotate(self.log)
            self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and wait until it has ended; harmless when it does not run."""
        if self.process is not None:
            processes.stop(self.process, self.stop_steps)
            self.process = None
        self._lock.release()

    def destroy(self) -> None:
        """Stop the server and delete everything it kept, wherever that was."""
        self.stop()
        for path in self._places():
            shutil.rmtree(path, ignore_errors=True)

    def _launch(self) -> None:
        raise NotImplementedError

    def _places(self) -> set[Path]:
        return {self._home, self.root}
