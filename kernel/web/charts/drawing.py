"""The frame all charts share: figure, caption, accessible name, table of the same numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from unicodedata import east_asian_width

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

Number = int | float | Decimal | Fraction


def figure(
    *, kind: str, title: str, drawing: SafeString, table: SafeString, legend: SafeString | str = ""
) -> SafeString:
    """A chart with its caption, its legend and the folded table behind "查看数据表"."""
    return format_html(
        '<figure class="chart chart-{}"><figcaption>{}</figcaption>{}{}'
        '<details class="chart-data"><summary>{}</summary>{}</details></figure>',
        kind,
        title,
        drawing,
        legend,
        _("查看数据表"),
        table,
    )


def canvas(*, title: str, description: str, height: int, content: SafeString, linked: bool) -> SafeString:
    """The outer SVG, as wide as its place and `height` pixels tall.

    Children of role "img" do not exist for assistive technology, so a drawing that holds links is a group.
    """
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" role="{}" aria-label="{}" width="100%" height="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        "group" if linked else "img",
        title,
        height,
        title,
        description,
        content,
    )


def data_table(caption: str, headings: Sequence[str], rows: Iterable[tuple[str, str, Sequence[str]]]) -> SafeString:
    """The numbers under a chart; each row is (address or "", label, further cells)."""
    head = format_html_join("", '<th scope="col">{}</th>', ((heading,) for heading in headings))
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (linked(href, format_html("{}", label)), format_html_join("", "<td>{}</td>", ((cell,) for cell in cells)))
            for href, label, cells in rows
        ),
    )
    return format_html(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table class="table numeric"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        caption,
        head,
        body,
    )


def linked(href: str, content: SafeString) -> SafeString:
    """`content` inside a link, or alone when there is nowhere to go."""
    return format_html('<a href="{}">{}</a>', href, content) if href else content


def number_text(value: Number) -> str:
    """Grouped digits, at most two decimals, no trailing zeros: 4,064 and 187.7."""
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    text = f"{value:,.2f}" if not isinstance(value, int) else f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(part: Number, whole: Number) -> str:
    """`part` of `whole` as an SVG percentage with two decimals; an empty whole draws nothing."""
    ratio = float(part) / float(whole) if whole else 0.0
    return f"{ratio * 100:.2f}".rstrip("0").rstrip(".") + "%"


def text_width(text: str, size: float = 12) -> float:
    """Estimated width in pixels: a Chinese character is a full em, a Latin one or a digit a little over half."""
    return sum(size if east_asian_width(letter) in "WF" else size * 0.58 for letter in text)


def fitted(text: str, width: float, size: float = 12) -> str:
    """`text`, shortened with an ellipsis where it would be wider than `width` pixels."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept + "…"


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 2, 4, 5, 8, 10 times a power of ten that is not below `value`: a readable axis end."""
    if value <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value * (1 - 1e-9))


def legend(entries: Iterable[tuple[str, str]]) -> SafeString:
    """A list of (class of the swatch, text)."""
    items = format_html_join(
        "",
        '<li><svg class="swatch" width="14" height="14" aria-hidden="true">'
        '<rect class="{}" width="14" height="14"/></svg> {}</li>',
        entries,
    )
    return format_html('<ul class="legend">{}</ul>', items)


def joined(parts: Iterable[SafeString]) -> SafeString:
    """Safe pieces as one safe piece."""
    return mark_safe("".join(parts))  # noqa: S308 - intended: every part is already escaped
