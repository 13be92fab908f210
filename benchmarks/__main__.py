"""`python -m benchmarks run | check`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks import ground
from benchmarks.gates import GATES, outcomes, read_gates
from benchmarks.registry import AREAS
from benchmarks.report import markdown, print_outcomes, print_results
from benchmarks.results import read_all

USUAL = ["4k", "100k"]


def _words(allowed: Sequence[str]):  # type: ignore[no-untyped-def]
    def split(text: str) -> list[str]:
        words = text.split(",")
        if strange := set(words) - set(allowed):
            raise argparse.ArgumentTypeError(f"{sorted(strange)}: choose from {', '.join(allowed)}")
        return [word for word in allowed if word in words]

    return split


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Ratios against baselines of the same run."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="measure, print, keep in var/benchmarks/<size>.json")
    check = verbs.add_parser("check", help="compare the last run with gates.toml; exit 1 when one does not hold")
    for each in (run, check):
        each.add_argument("--size", type=_words(list(ground.SIZES)), default=USUAL, help="4k,100k,2m")
    run.add_argument("--area", type=_words(AREAS), default=list(AREAS), help=",".join(AREAS))
    check.add_argument("--gates", type=Path, default=GATES)
    check.add_argument("--results", type=Path, default=ground.VAR)
    check.add_argument("--markdown", action="store_true", help="the table of docs/benchmarks.md")
    for name in ("build", "measure"):  # steps of `run`, each in its own process because Django knows one database
        step = verbs.add_parser(name)
        step.add_argument("--size", required=True)
        step.add_argument("--area", type=_words(AREAS), default=list(AREAS))
    return parser


def run(sizes: list[str], areas: list[str]) -> int:
    """All sizes, one after another, on the benchmark's own servers."""
    started = time.monotonic()
    with suppress(PermissionError):  # servers and steps inherit it: other work on the machine disturbs less
        os.nice(-10)
    with ground.servers():
        for name in sizes:
            size = ground.SIZES[name]
            if not ground.is_made(size):
                _tell(started, f"making {size.persons:,} persons")
                ground.make_empty(size)
                _step("build", name, areas)
                ground.mark_made(size)
            _tell(started, f"measuring {name}")
            ground.clone(size)
            try:
                _step("measure", name, areas)
            finally:
                ground.drop_clone(size)
    print_results(read_all(), sizes)
    _tell(started, "done")
    return 0


def _tell(started: float, text: str) -> None:
    print(f"[{time.monotonic() - started:5.1f} s] {text}", flush=True)


def _step(verb: str, size: str, areas: list[str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "benchmarks", verb, "--size", size, "--area", ",".join(areas)],
        cwd=ground.ROOT,
        check=True,
    )


def check(sizes: list[str], gates: Path, folder: Path, *, as_table: bool = False) -> int:
    """0 when every gate holds."""
    results = read_all(folder)
    found = list(outcomes(read_gates(gates), results, sizes))
    if as_table:
        print(markdown(found, results))
        return 0 if all(each.verdict == "holds" for each in found) else 1
    return 0 if print_outcomes(found) else 1


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code."""
    given = _arguments().parse_args(argv)
    if given.verb == "run":
        return run(given.size, given.area)
    if given.verb == "check":
        return check(given.size, given.gates, given.results, as_table=given.markdown)
    from benchmarks import steps  # noqa: PLC0415 -- intended: loads Django, which the two public verbs do without

    return steps.build(given.size) if given.verb == "build" else steps.measure(given.size, given.area)


if __name__ == "__main__":
    sys.exit(main())
