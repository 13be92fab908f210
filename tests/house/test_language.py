"""English is complete: every Chinese text in code and templates has its translation, with the same placeholders."""

from __future__ import annotations

import re

from kernel.web.texts import CATALOGUE, collect, stored

PLACEHOLDER = re.compile(r"%\([a-z_0-9]+\)[sd]|%[sd]|\{[a-z_0-9]*\}")


def test_every_text_is_translated() -> None:
    known = stored()
    missing = []
    for message in collect():
        translated = known.get(message.id, context=message.context) if message.id else None
        if message.id and (translated is None or not translated.string):
            missing.append(message.id)
    assert missing == []


def test_translations_keep_their_placeholders() -> None:
    different = []
    for message in stored():
        translated = message.string if isinstance(message.string, str) else ""
        if translated and sorted(PLACEHOLDER.findall(str(message.id))) != sorted(PLACEHOLDER.findall(translated)):
            different.append(message.id)
    assert different == []


def test_the_compiled_catalogue_is_newer_than_its_source() -> None:
    assert CATALOGUE.with_suffix(".mo").exists()
    assert len(CATALOGUE.with_suffix(".mo").read_bytes()) > len(stored()) * 8
