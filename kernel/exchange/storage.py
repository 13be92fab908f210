"""Where uploaded files rest: encrypted, under a random name, until the clean-up takes them."""

from __future__ import annotations

import uuid

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from kernel.protection.provider import open_bytes, seal_bytes

FOLDER = "uploads"


def _context(name: str) -> str:
    return f"exchange.file.{name}"


def keep(content: bytes) -> str:
    """Store a file encrypted; the name to ask for it again. The name says nothing of the content."""
    name = uuid.uuid4().hex
    token = seal_bytes(content, context=_context(name))
    default_storage.save(f"{FOLDER}/{name}", ContentFile(token))
    return name


def fetch(name: str) -> bytes:
    """The content; ProtectionError when it was touched, FileNotFoundError when it is gone."""
    if not name:
        raise FileNotFoundError(name)
    with default_storage.open(f"{FOLDER}/{name}", "rb") as stored:
        return open_bytes(stored.read(), context=_context(name))


def discard(name: str) -> None:
    """Forget a file; nothing happens when it is gone."""
    if name:
        default_storage.delete(f"{FOLDER}/{name}")
