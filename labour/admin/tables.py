"""What hangs on a person, under the form."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.identity.money import fen_to_yuan_text
from kernel.identity.months import mask_to_months
from kernel.web.tables import Cell, Column, Table
from labour.models import EmploymentSpell, Person, PersonYear


def months_told(spell: EmploymentSpell) -> str:
    """2019-01 – 2019-06; without an end: since."""
    if spell.end is None:
        return _("%(start)s 起在岗") % {"start": f"{spell.start:%Y-%m}"}
    return f"{spell.start:%Y-%m} – {spell.end:%Y-%m}"


def spell_table(person: Person) -> Table:
    """Every job of a person, newest first."""
    columns = [
        Column(_("起止")),
        Column(_("区域")),
        Column(_("务工地")),
        Column(_("用工单位")),
        Column(_("月收入（元）"), numeric=True),
    ]
    rows = [
        [
            Cell(months_told(spell), href=reverse("admin:labour_employmentspell_change", args=[spell.pk])),
            Cell(spell.get_area_display()),
            Cell(f"{spell.place_province}{spell.place_city}{spell.place_county}"),
            Cell(spell.employer_name or "—"),
            Cell(fen_to_yuan_text(spell.wage_fen)),
        ]
        for spell in person.spells.order_by("-start", "-pk")
    ]
    return Table(_("务工记录"), columns, rows)


def year_table(person: Person) -> Table:
    """The year rows that rules and figures read."""
    columns = [
        Column(_("年度")),
        Column(_("计为劳动力")),
        Column(_("务工月数"), numeric=True),
        Column(_("其中县外"), numeric=True),
        Column(_("务工收入（元）"), numeric=True),
    ]
    return Table(_("年度汇总（自动计算）"), columns, [_year_line(row) for row in person.years.order_by("-year")])


def _year_line(row: PersonYear) -> list[Cell]:
    return [
        Cell(row.year),
        Cell(_("是") if row.labourer else _("否")),
        Cell(len(mask_to_months(row.months))),
        Cell(len(mask_to_months(row.outside_months))),
        Cell(fen_to_yuan_text(row.wages_fen)),
    ]
