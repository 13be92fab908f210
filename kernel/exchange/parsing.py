"""The parent's side of the limited child: start it, hand it the bytes, take its frames."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any

import orjson

from kernel.exchange.preflight import BROKEN, REFUSALS, TOO_SLOW, limits
from kernel.identity.problems import Problem

CHILD = f"import sys; sys.path.append({str(Path(__file__).parent)!r}); import child; child.main()"
PATIENCE = 90.0
"""Seconds without a frame before the child is given up."""
AHEAD = 6
"""Frames that may wait: the child converts rows while the parent cleans the last ones."""


class FileRefused(Exception):
    """The file cannot be read; `problem` says what it is and the cure."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@contextmanager
def parsed(content: bytes, *, sheet: str = "") -> Iterator[Iterator[dict[str, Any]]]:
    """Frames of a workbook, each a dict with "book", "scan" or "rows"; raises FileRefused while they are read."""
    bounds = limits()
    options = {"sheet": sheet, "columns": bounds.columns, "rows": bounds.rows, "chunk": bounds.chunk}
    descriptor = os.memfd_create("workbook")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as memory:
            memory.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        # An empty environment: the keys of the field protection are in ours.
        child = subprocess.Popen(  # noqa: S603 -- intended: our own script
            [sys.executable, "-I", "-c", CHILD, str(descriptor), json.dumps(options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(descriptor,),
            env={"LANG": "C.UTF-8"},
        )
    finally:
        os.close(descriptor)
    queue: Queue[bytes | None] = Queue(AHEAD)
    stop = threading.Event()
    assert child.stdout is not None  # noqa: S101 -- intended: asked for above
    reader = threading.Thread(target=_collect, args=(child.stdout, queue, stop), daemon=True)
    reader.start()
    try:
        yield _frames(queue, child)
    finally:
        stop.set()
        child.kill()
        child.wait()
        while reader.is_alive():
            _drain(queue)
            reader.join(0.05)
        child.stdout.close()


def _collect(pipe: IO[bytes], queue: Queue[bytes | None], stop: threading.Event) -> None:
    """Reader thread: whole frames into the queue, None at the end or at a torn frame."""
    while not stop.is_set():
        head = pipe.read(4)
        body = pipe.read(int.from_bytes(head, "big")) if len(head) == 4 else b""
        if not body:
            break
        queue.put(body)
    queue.put(None)


def _drain(queue: Queue[bytes | None]) -> None:
    try:
        while True:
            queue.get_nowait()
    except Empty:
        return


def _frames(queue: Queue[bytes | None], child: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    while True:
        try:
            body = queue.get(timeout=PATIENCE)
        except Empty:
            raise FileRefused(TOO_SLOW) from None
        if body is None:
            raise FileRefused(_cause_of_death(child))
        frame: dict[str, Any] = orjson.loads(body)
        if "refusal" in frame:
            raise FileRefused(REFUSALS.get(frame["refusal"][0], BROKEN))
        if "end" in frame:
            return
        yield frame


def _cause_of_death(child: subprocess.Popen[bytes]) -> Problem:
    """The child ended without its last frame: out of time, out of memory, or torn by the file."""
    code = child.wait(5)
    if code == -24:  # SIGXCPU
        return TOO_SLOW
    return REFUSALS["too_large"] if code in {-6, -9} else BROKEN
