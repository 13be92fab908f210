"""Every environment variable the system reads: name, meaning, default, check. `manage.py environment` prints it."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
MODES = ("demo", "production", "test")


@dataclass(frozen=True)
class Variable:
    """One variable. `default` None means: must be given. `check` raises ValueError with a readable sentence."""

    name: str
    meaning: str
    default: str | None = None
    check: Callable[[str], object] = str


def _mode(value: str) -> str:
    if value not in MODES:
        raise ValueError(f"must be one of {', '.join(MODES)}")
    return value


def _database(value: str) -> str:
    if urlsplit(value).scheme not in {"postgres", "postgresql"}:
        raise ValueError("must be a postgresql:// address; no other database is supported")
    return value


def _redis(value: str) -> str:
    if urlsplit(value).scheme not in {"redis", "rediss", "unix", "redis+socket"}:
        raise ValueError("must be a redis://, rediss://, unix:// or redis+socket:// address")
    return value


def _key(value: str) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("must be base64") from error
    if len(key) != 32:
        raise ValueError("must hold 32 bytes")
    return key


def _field_keys(value: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in value.split(","):
        name, _, key = part.strip().partition(":")
        if not name or not key:
            raise ValueError("must read kid:base64[,kid:base64], the current key first")
        keys[name] = _key(key)
    return keys


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


def _flag(value: str) -> bool:
    if value.lower() not in {"0", "1", "true", "false", "yes", "no"}:
        raise ValueError("must be yes or no")
    return value.lower() in {"1", "true", "yes"}


VARIABLES: tuple[Variable, ...] = (
    Variable("YANJIN_MODE", "demo, production or test; decides cookies, ribbon and refusals", "production", _mode),
    Variable("YANJIN_VAR", "folder for uploads, exports, logs and the embedded servers", str(BASE_DIR / "var"), Path),
    Variable("SECRET_KEY", "Django's signing key, at least 50 characters"),
    Variable("DATABASE_URL", "PostgreSQL as the plain application role", None, _database),
    Variable("DATABASE_OWNER_URL", "PostgreSQL as the owner role; migrations and backup only", "", str),
    Variable("DATABASE_POOL", "largest number of pooled connections per process; 0 switches pooling off", "8", int),
    Variable("REDIS_URL", "cache, as a redis-py address", None, _redis),
    Variable("CELERY_BROKER_URL", "broker, as a kombu address; empty means REDIS_URL", "", str),
    Variable("FIELD_KEYS", "field protection keys, kid:base64 of 32 bytes, current first", None, _field_keys),
    Variable("BLIND_INDEX_KEY", "key of the blind indexes, base64 of 32 bytes; never rotated in place", None, _key),
    Variable("FIELD_CIPHER", "aes-gcm+hmac-sha256 or sm4-gcm+hmac-sm3", "aes-gcm+hmac-sha256", str),
    Variable("ALLOWED_HOSTS", "host names served, separated by commas", "localhost,127.0.0.1,[::1]", _words),
    Variable("CSRF_TRUSTED_ORIGINS", "origins behind the proxy, https://…, separated by commas", "", _words),
    Variable("DEMO_TODAY", "the day the system believes it is (YYYY-MM-DD); empty means the real day", "", str),
    Variable("PROXY_COUNT", "how many of our own reverse proxies write X-Forwarded-For; 0 means none", "0", int),
    Variable("COOKIES_OVER_HTTPS_ONLY", "yes in production behind TLS", "yes", _flag),
    Variable(
        "YANJIN_PORT",
        "first port the demo tries for its pages; production listens where gunicorn is told to",
        "8000",
        int,
    ),
    Variable("LOG_LEVEL", "level of the root logger", "INFO", str),
)


def read(name: str) -> object:
    """The checked value of one declared variable; ImproperlyConfigured names the variable and the cure."""
    variable = next((each for each in VARIABLES if each.name == name), None)
    if variable is None:
        raise ImproperlyConfigured(f"{name} is not declared in yanjin/environment.py")
    text = os.environ.get(name, variable.default)
    if text is None:
        raise ImproperlyConfigured(f"{name} is not set ({variable.meaning}); see docs/operations.md")
    try:
        return variable.check(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error} ({variable.meaning})") from error
