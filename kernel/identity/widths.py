"""Full-width characters as a Chinese keyboard produces them, made plain for numbers.

Narrower than NFKC on purpose: NFKC also turns "①" and "²" into digits, which would change an amount or a date.
"""

from __future__ import annotations

_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " ", 0xFFE5: "¥"}
_INVISIBLE = dict.fromkeys((0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF))
_TABLE = _PLAIN | _INVISIBLE


def half_width(text: str) -> str:
    """The text with full-width ASCII made plain, invisible characters and outer spaces removed."""
    return (text if text.isascii() else text.translate(_TABLE)).strip()
