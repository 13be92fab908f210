"""用工主体.xlsx: the county's roll of employers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kernel.divisions.models import Division
from kernel.exchange import cells
from kernel.exchange.chunks import Chunk
from kernel.exchange.importer import Column, Importer, Target
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.registry import importer
from kernel.identity.pinyin import initials_all
from labour.imports.places import OTHER_COUNTY
from labour.models import Employer
from labour.services.employers import link_employers

KINDS = {
    "企业": "enterprise",
    "合作社": "cooperative",
    "农民专业合作社": "cooperative",
    "帮扶车间": "workshop",
    "扶贫车间": "workshop",
    "其他": "other",
}


@importer
class EmployersWorkbook(Importer):
    """用工主体: a row is an employer, known by its name in the county. The file says no village: the county is its place."""

    code = "labour.employers"
    label = _("用工主体")
    permission = "labour.add_employer"
    file_name = _("用工主体")
    columns = (
        Column("名称", "name", cells.text(120), filled=True, width=30, aliases=("企业名称", "用工主体名称")),
        Column("类型", "kind", cells.choice(KINDS), filled=True, choices=("企业", "合作社", "帮扶车间", "其他")),
        Column("县", "county_name", cells.text(40), required=False),
        Column("统一社会信用代码", "credit_code", cells.credit_code, required=False, text_only=True, width=22),
    )
    derived = ("village", "name_initials")
    shown = ("name",)
    targets = (
        Target(
            Employer,
            {"name": "name"},
            {"name": "name", "kind": "kind", "credit_code": "credit_code"},
            silent={"name_initials": "name_initials"},
        ),
    )

    def prepare(self, upload: Upload) -> None:
        home = Division.objects.get(pk=self.county)
        self.home = {home.name, home.short_name, None}

    def finish(self, chunk: Chunk) -> None:
        # A row of an export that came back stays where its employer is registered.
        chunk.put("village", [None if known else self.county for known in chunk.values("_id")])
        chunk.put("name_initials", ["".join(initials_all(name or "")[:1])[:120] for name in chunk.values("name")])
        for at, county in enumerate(chunk.values("county_name")):
            if county not in self.home:
                chunk.refuse(at, "county_name", OTHER_COUNTY)

    def after_commit(self, upload: Upload) -> None:
        """Spells that already name these employers are theirs from now on; those that name a former name no longer."""
        rows = StagedRow.objects.filter(upload_id=upload.pk, chosen=True, verdict__in=["new", "changed"])
        written = list(rows.values_list("data__name", "target_ids"))
        known = [pk for _name, targets in written for pk in targets if pk is not None]
        link_employers(county=self.county, names=[name for name, _targets in written], employer_ids=known)
