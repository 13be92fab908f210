"""The production settings satisfy Django's deployment checks; a bad environment is refused by name and cure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from yanjin.environment import VARIABLES, read

ROOT = Path(__file__).resolve().parents[2]


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "SECRET_KEY": "s3cret-" + "abcdefghij0123456789" * 4, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_check_deploy_is_clean_in_production() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", YANJIN_MODE="production", DEMO_TODAY="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("YANJIN_MODE", "prod", "demo, production, test"),
        ("DATABASE_URL", "sqlite:///x", "postgresql://"),
        ("REDIS_URL", "http://x", "redis://"),
        ("FIELD_KEYS", "nokey", "kid:base64"),
        ("BLIND_INDEX_KEY", "c2hvcnQ=", "32 bytes"),
    ],
)
def test_a_bad_variable_is_refused_by_name(name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name) as refused:
        read(name)
    assert words in str(refused.value)


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        read("SECRET_KEY")


def test_every_variable_is_said_once() -> None:
    names = [variable.name for variable in VARIABLES]
    assert len(names) == len(set(names))
    assert all(variable.meaning for variable in VARIABLES)
