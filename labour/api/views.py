"""Labour's resources: who is a labourer in a year, employers, spells, and finding one person by number."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy as _

from kernel.audit.services import record_each
from kernel.clock import default_year
from kernel.identity.money import fen_to_yuan_text
from kernel.protection.masks import mask_name
from kernel.protection.sealed import Sealed
from kernel.rest.filters import YEARS
from kernel.rest.lists import Ask, ItemView, ListView, Resource
from kernel.rest.parameters import read_integer
from kernel.rest.tokens import person_tokens
from labour.api.filters import EmployerFilters, LabourerFilters, SpellFilters
from labour.api.serializers import (
    EmployerSerializer,
    LabourerSerializer,
    SpellSerializer,
)
from labour.models import Employer, EmploymentSpell, Person

READ, PII = "labour:read", "labour:pii"
TAG = _("劳动力与就业")
ZONE = get_default_timezone()
YEAR = {
    "name": "year",
    "in": "query",
    "schema": {"type": "integer", "minimum": YEARS[0], "maximum": YEARS[1]},
    "description": _("年度，默认为最近一个完整年度"),
}
PURPOSE = {
    "name": "X-Purpose",
    "in": "header",
    "schema": {"type": "string", "minLength": 4, "maxLength": 200},
    "description": _("用途。有 labour:pii 授权并给出用途时不遮盖，每条都记入审计"),
}


def asked_year(ask: Ask) -> int:
    """`?year=`, by default the last full one."""
    return read_integer(ask.parameters, "year", default=default_year(), lowest=YEARS[0], highest=YEARS[1])


def state_of(months: int, outside: int) -> str:
    """none, county, outside or both, from the month masks of a year row."""
    if not months:
        return "none"
    if not outside:
        return "county"
    return "outside" if months == outside else "both"


class LabourerResource(Resource):
    """People counted as labourers in a year, by the county's standard at its end."""

    permission, scope, tag = "labour.view_person", READ, TAG
    unmask_permission, unmask_scope = "labour.unmask_person", PII
    queryset = Person.objects.all()
    serializer_class = LabourerSerializer
    version_column = "version"
    columns = (
        "id", "village_id", "uid", "name", "sex", "birth_date", "ability", "education", "version", "updated_at",
        "in_year__willing", "in_year__months", "in_year__outside_months", "in_year__spells",
    )  # fmt: skip
    secrets = ("id_number", "phone")
    extra_parameters = (YEAR, PURPOSE)
    example = {
        "id": "6f2f0c52-3b5e-4f5e-9a44-0c6a3f7f1d10",
        "person_token": "h:5c1e0b7a9d2f4c8e6a1b3d5f70829c4e",
        "name": "张**",
        "sex": "1",
        "birth_year": 1969,
        "division": "410726101203",
        "ability": "ordinary",
        "education": "junior",
        "willing": True,
        "employment": {"year": 2019, "state": "outside", "months": 10, "outside_months": 10, "spells": 1},
        "version": 17,
        "updated_at": "2020-06-20T09:12:03+08:00",
    }

    def rows(self, ask: Ask) -> QuerySet[Any]:
        year = asked_year(ask)
        joined = FilteredRelation("years", condition=Q(years__year=year))
        return self.get_queryset().annotate(in_year=joined).filter(in_year__labourer=True)

    def same_rows(self, ask: Ask) -> Hashable:
        return asked_year(ask)

    def columns_for(self, ask: Ask) -> tuple[str, ...]:
        return (*self.columns, *self.secrets) if ask.unmask else self.columns

    def unmasked(self, rows: list[dict[str, Any]], ask: Ask) -> None:
        places, keys = [row["village_id"] for row in rows], [str(row["id"]) for row in rows]
        record_each("person.unmask", kind="labour.person", places=places, keys=keys, purpose=ask.purpose)

    def shape_all(self, rows: list[dict[str, Any]], ask: Ask) -> list[dict[str, Any]]:
        year = asked_year(ask)
        tokens = person_tokens([row["uid"] for row in rows], ask.caller)
        shaped = [self._shaped(row, year, token) for row, token in zip(rows, tokens, strict=True)]
        if ask.unmask:
            for row, target in zip(rows, shaped, strict=True):
                target.update(_revealed(row))
        return shaped

    def _shaped(self, row: dict[str, Any], year: int, token: str) -> dict[str, Any]:
        months, outside = row["in_year__months"], row["in_year__outside_months"]
        return {
            "id": row["uid"],
            "person_token": token,
            "name": mask_name(row["name"]),
            "sex": row["sex"],
            "birth_year": row["birth_date"].year,
            "division": str(row["village_id"]),
            "ability": row["ability"],
            "education": row["education"],
            "willing": row["in_year__willing"],
            "employment": {
                "year": year,
                "state": state_of(months, outside),
                "months": months.bit_count(),
                "outside_months": outside.bit_count(),
                "spells": row["in_year__spells"],
            },
            "version": row["version"],
            "updated_at": row["updated_at"].astimezone(ZONE),
        }


def _revealed(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "id_number": _plain(row["id_number"]),
        "phone": _plain(row["phone"]),
        "birth_date": row["birth_date"],
    }


def _plain(value: Sealed | None) -> str | None:
    return value.reveal() if value is not None else None


class LabourerList(LabourerResource, ListView):
    """Labourers of the caller's place."""

    summary = _("劳动力列表")
    description = _(
        "所问年度计为劳动力的人员，只含本授权范围内的。默认遮盖：姓名只给首字，不给证件号码、电话和出生日期。"
    )
    filterset_class = LabourerFilters


class LabourerItem(LabourerResource, ItemView):
    """One labourer."""

    summary = _("一名劳动力")
    description = _("不在范围内、所问年度不计为劳动力的，与不存在同样返回 404。")


class EmployerResource(Resource):
    """Employers: the whole county reads them, whatever part of it the caller has."""

    permission, scope, tag = "labour.view_employer", READ, TAG
    queryset = Employer.objects.all()
    serializer_class = EmployerSerializer
    version_column = "version"
    columns = ("id", "village_id", "uid", "name", "kind", "credit_code", "version", "updated_at")
    example = {
        "id": "0b9b0f3e-6c39-4b8e-8f43-7a3a2f9e6c11",
        "name": "示范企业有限公司",
        "kind": "enterprise",
        "credit_code": "",
        "division": "410726000000",
        "version": 1,
        "updated_at": "2020-06-20T09:12:03+08:00",
    }

    def same_rows(self, ask: Ask) -> Hashable:
        return "all"

    def shape(self, row: dict[str, Any], ask: Ask) -> dict[str, Any]:
        return {
            "id": row["uid"],
            "name": row["name"],
            "kind": row["kind"],
            "credit_code": row["credit_code"],
            "division": str(row["village_id"]),
            "version": row["version"],
            "updated_at": row["updated_at"].astimezone(ZONE),
        }


class EmployerList(EmployerResource, ListView):
    """Employers of the county."""

    summary = _("用工主体列表")
    filterset_class = EmployerFilters


class EmployerItem(EmployerResource, ItemView):
    """One employer."""

    summary = _("一家用工主体")


class SpellResource(Resource):
    """Employment spells of the people in the caller's place."""

    permission, scope, tag = "labour.view_employmentspell", READ, TAG
    queryset = EmploymentSpell.objects.all()
    serializer_class = SpellSerializer
    version_column = "version"
    plain = (
        "area", "place_province", "place_city", "place_county", "employer_name", "industry", "channel", "point_to_point",
        "wage_fen", "version",
    )  # fmt: skip
    columns = (
        "id", "village_id", "uid", "start", "end", "updated_at", "person_uid", "employer_uid", *plain,
    )  # fmt: skip
    example = {
        "id": "b0d7a9c2-5f0e-4bb6-8d0a-5b8a4a1f7e12",
        "person": "6f2f0c52-3b5e-4f5e-9a44-0c6a3f7f1d10",
        "person_token": "h:5c1e0b7a9d2f4c8e6a1b3d5f70829c4e",
        "start": "2019-03",
        "end": None,
        "area": "outside",
        "place_province": "浙江省",
        "place_city": "杭州市",
        "place_county": "萧山区",
        "employer": None,
        "employer_name": "示范制造有限公司",
        "industry": "manufacturing",
        "channel": "self",
        "point_to_point": False,
        "wage_fen": 350000,
        "wage_yuan": "3500.00",
        "division": "410726101203",
        "version": 2,
        "updated_at": "2020-06-20T09:12:03+08:00",
    }

    def rows(self, ask: Ask) -> QuerySet[Any]:
        return self.get_queryset().annotate(person_uid=F("person__uid"), employer_uid=F("employer__uid"))

    def same_rows(self, ask: Ask) -> Hashable:
        return "all"

    def shape_all(self, rows: list[dict[str, Any]], ask: Ask) -> list[dict[str, Any]]:
        tokens = person_tokens([row["person_uid"] for row in rows], ask.caller)
        return [_spell(row, token) for row, token in zip(rows, tokens, strict=True)]


def _spell(row: dict[str, Any], token: str) -> dict[str, Any]:
    end = row["end"]
    return {
        "id": row["uid"],
        "person": row["person_uid"],
        "person_token": token,
        "start": f"{row['start']:%Y-%m}",
        "end": None if end is None else f"{end:%Y-%m}",
        "area": row["area"],
        "place_province": row["place_province"],
        "place_city": row["place_city"],
        "place_county": row["place_county"],
        "employer": row["employer_uid"],
        "employer_name": row["employer_name"],
        "industry": row["industry"],
        "channel": row["channel"],
        "point_to_point": row["point_to_point"],
        "wage_fen": row["wage_fen"],
        "wage_yuan": fen_to_yuan_text(row["wage_fen"]).replace(",", ""),
        "division": str(row["village_id"]),
        "version": row["version"],
        "updated_at": row["updated_at"].astimezone(ZONE),
    }


class SpellList(SpellResource, ListView):
    """Spells of the caller's place."""

    summary = _("务工记录列表")
    filterset_class = SpellFilters


class SpellItem(SpellResource, ItemView):
    """One spell."""

    summary = _("一段务工记录")
