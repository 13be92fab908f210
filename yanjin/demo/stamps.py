"""What a later start may skip: steps whose every input is what it was when they last succeeded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg

NOT_OURS = {"var", ".venv", ".git", "tests", "benchmarks", "docs"}


def static_digest(base: Path) -> str:
    """What collected static files are made from: our own files, and the installed packages."""
    return _digest(base, (path for home in _homes(base) for path in home.glob("**/static/**/*")))


def migration_digest(base: Path, owner_url: str) -> str:
    """What `migrate` depends on: all our code, the installed packages, and what this very database has applied, to the microsecond.

    Empty when the database has no list of migrations yet, or cannot be asked.
    """
    try:
        with psycopg.connect(owner_url, connect_timeout=5) as connection:
            applied = connection.execute("SELECT count(*), max(id), max(applied) FROM django_migrations").fetchone()
    except psycopg.Error:
        return ""
    files = (path for home in _homes(base) for pattern in ("*.py", "*.txt", "*.sql") for path in home.rglob(pattern))
    return f"{_digest(base, files)} {applied}"


def _homes(base: Path) -> Iterator[Path]:
    return (folder for folder in base.iterdir() if folder.is_dir() and folder.name not in NOT_OURS)


def _digest(base: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted({*files, *base.glob("requirements/*.txt")}):
        if path.is_file():
            found = path.stat()
            digest.update(f"{path.relative_to(base)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
