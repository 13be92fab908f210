"""务工月监测.xlsx: who works where, from which month to which, for what wage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kernel.divisions.codes import Range
from kernel.divisions.models import Division
from kernel.exchange import cells
from kernel.exchange.chunks import Chunk
from kernel.exchange.importer import Column, Importer, Link, Seal, Target
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.registry import importer
from kernel.identity.problems import Problem, ProblemError
from labour.imports.people import learn_sizes
from labour.imports.places import Places, Words
from labour.models import Employer, EmploymentSpell, LabourStandard, Person
from labour.models.people import ID_CONTEXT
from labour.places import Home
from labour.services.employers import link_employers
from labour.services.years import open_register

NOT_REGISTERED = Problem("person.unknown", _("本辖区登记的人员中没有这个证件号码，请先登记人员或核对号码。"))
BACKWARDS = Problem("spell.backwards", _("结束时间早于开始时间，请改正。"))
NOT_WORKING = Problem("spell.not_working", _("“是否已务工”为否的行不能导入务工记录，请删去这一行。"))
PLACE_FIELDS = {"place.province": "place_province", "place.province_unknown": "place_province"}
LISTS = {"industry": "industry", "channel": "channel"}
COMPARED = (
    "start", "employer_name", "end", "area", "place_province", "place_city", "place_county", "wage_fen", "industry", "channel", "point_to_point",
)  # fmt: skip


@importer
class SpellsWorkbook(Importer):
    """务工月监测: a row is one job of one person; person, first month and employer's name tell which.

    So the same file twice changes nothing, and a corrected wage, end or place changes the job it belongs to.
    """

    code = "labour.spells"
    label = _("务工月监测")
    permission = "labour.add_employmentspell"
    file_name = _("务工月监测")
    columns = (
        Column("县", "county_name", cells.text(40), required=False),
        Column("乡", "township", cells.text(40), aliases=("乡镇",)),
        Column("村", "village_name", cells.text(80), aliases=("行政村",)),
        Column("户编号", "household_number", cells.code_text(20), required=False, text_only=True, width=16),
        Column("姓名", "name", cells.name, required=False),
        Column("证件号码", "id_number", cells.id_number, filled=True, sealed=Seal(ID_CONTEXT, "id_index", "id"),
               aliases=("身份证号", "身份证号码"), width=22),
        Column("是否已务工", "working", cells.yes_no, required=False, choices=("是", "否")),
        Column("开始时间", "start", cells.month, filled=True, help=_("到月，例如 2019年03月")),
        Column("结束时间", "end", cells.month, help=_("到月，含当月；在岗留空")),
        Column("务工所在省", "place_province", cells.text(40), filled=True),
        Column("务工所在市", "place_city", cells.text(40), required=False),
        Column("务工所在县", "place_county", cells.text(40)),
        Column("务工月收入", "wage_fen", cells.yuan, filled=True, help=_("元，最多两位小数")),
        Column("务工企业名称", "employer_name", cells.text(120), width=26),
        Column("所属行业", "industry", cells.text(40), required=False),
        Column("就业渠道", "channel", cells.text(40), required=False),
        Column("是否点对点输送", "point_to_point", cells.yes_no, required=False, choices=("是", "否")),
    )  # fmt: skip
    derived = ("village", "area")
    shown = ("name", "start", "employer_name")
    targets = (
        Target(
            EmploymentSpell,
            {"person": "person", "start": "start", "employer_name": "employer_name"},
            {name: name for name in COMPARED},
            links={
                "person": Link(Person, {"id_index": "id_index"}, missing=NOT_REGISTERED, blame="id_number"),
                "employer": Link(Employer, {"name": "employer_name"}, optional=True),
            },
            place="person",
        ),
    )

    def prepare(self, upload: Upload) -> None:
        self.places = Places(self.county)
        self.words = Words(LISTS)
        self.home = Home.of(Division.objects.get(pk=self.county))
        self.areas: dict[tuple[Any, Any], str | ProblemError] = {}

    def finish(self, chunk: Chunk) -> None:
        self.places.fill(chunk, code=None)
        self.words.fill(chunk)
        chunk.put("employer_name", [name or "" for name in chunk.values("employer_name")])
        self._areas(chunk)
        for at, (start, end) in enumerate(zip(chunk.values("start"), chunk.values("end"), strict=True)):
            if start is not None and end is not None and end < start:
                chunk.refuse(at, "end", BACKWARDS)
        for at, working in enumerate(chunk.values("working")):
            if working is False:
                chunk.refuse(at, "working", NOT_WORKING)

    def _areas(self, chunk: Chunk) -> None:
        areas: list[str | None] = []
        for at, key in enumerate(zip(chunk.values("place_province"), chunk.values("place_county"), strict=True)):
            found = self.areas.get(key)
            if found is None:
                found = self.areas[key] = self._area(*key)
            if isinstance(found, ProblemError):
                if key[0] is not None:  # an empty province has been refused as such
                    chunk.refuse(at, PLACE_FIELDS.get(found.problem.code, "place_county"), found.problem)
                areas.append(None)
            else:
                areas.append(found)
        chunk.put("area", areas)

    def _area(self, province: str | None, county: str | None) -> str | ProblemError:
        try:
            return self.home.area(province=province or "", county=county or "")
        except ProblemError as error:
            return error

    def after_commit(self, upload: Upload) -> None:
        """A file for the whole county that reaches further back than the register opens it from there on."""
        learn_sizes(upload)
        self._link_renamed(upload)
        home = Division.objects.get(pk=self.county)
        if not _covers(self.span, home.range):
            return
        first = _first_year(upload)
        standard = LabourStandard.objects.filter(county=home).order_by("valid_from").first()
        if first is not None and standard is not None:
            open_register(county=home, first_year=max(first, standard.valid_from.year))

    def _link_renamed(self, upload: Upload) -> None:
        """A job whose employer's name was corrected belongs to the employer of the new name, or to none."""
        rows = StagedRow.objects.filter(upload_id=upload.pk, chosen=True, diff__has_key="0.employer_name")
        names = list(rows.values_list("data__employer_name", flat=True))
        if names:
            link_employers(county=self.county, names=names)


def _covers(outer: Sequence[int], inner: Range) -> bool:
    return outer[0] <= inner.lo and inner.hi <= outer[1]


def _first_year(upload: Upload) -> int | None:
    rows = StagedRow.objects.filter(upload_id=upload.pk, chosen=True, verdict__in=["new", "changed"]).values("pk").query
    sql, parameters = rows.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT min(left(data->>'start', 4))::int FROM exchange_stagedrow WHERE id IN ({sql})",  # noqa: S608 -- intended: Django's own SQL
            parameters,
        )
        found: tuple[int | None] = cursor.fetchone()
        return found[0]
