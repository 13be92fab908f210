"""A fraction drawn as what it is: numerator against denominator, also when it passes 100 %."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kernel.web.charts.drawing import canvas, data_table, figure, number_text, share


def percent_text(numerator: int, denominator: int) -> str:
    """The quotient with one decimal, halves up; a dash when there is nothing to divide by."""
    if not denominator:
        return "—"
    quotient = Decimal(numerator) * 100 / Decimal(denominator)
    return f"{quotient.quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def fraction_bar(
    numerator: int,
    denominator: int,
    *,
    title: str,
    numerator_label: str = "",
    denominator_label: str = "",
    numerator_unit: str = "",
    denominator_unit: str = "",
) -> SafeString:
    """A bar for the numerator and a mark where 100 % lies. Raises ValueError on negative parts."""
    if numerator < 0 or denominator < 0:
        raise ValueError("a fraction bar needs parts of zero or more")
    whole = max(numerator, denominator)
    over, under = (
        f"{number_text(part)} {unit}".rstrip()
        for part, unit in ((numerator, numerator_unit), (denominator, denominator_unit))
    )
    percent = percent_text(numerator, denominator)
    sentence = f"{over} ÷ {under} = {percent}"
    mark = share(denominator, whole)
    content = format_html(
        '<rect class="bar-track" y="4" width="100%" height="12" rx="2"/>'
        '<rect class="bar-fill" y="4" width="{}" height="12" rx="2"/>{}',
        share(numerator, whole),
        format_html('<line class="mark" x1="{}" x2="{}" y1="0" y2="20"/>', mark, mark)
        if numerator > denominator
        else "",
    )
    drawing = canvas(title=title, description=sentence, height=20, content=content, linked=False)
    rows = [
        ("", numerator_label or _("分子"), [over]),
        ("", denominator_label or _("分母"), [under]),
        ("", _("比率"), [percent]),
    ]
    note = _("竖线处为 100%") if numerator > denominator else ""
    return figure(
        kind="fraction",
        title=title,
        drawing=drawing,
        legend=format_html('<p class="chart-note">{}<span class="muted"> {}</span></p>', sentence, note),
        table=data_table(title, [_("名称"), _("数值")], rows),
    )
