"""Background work of this room: the nightly proof, and figures measured again on demand."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headquarters.services import prove_figures
from kernel.audit.services import record
from kernel.divisions.codes import Range, range_of
from kernel.divisions.models import Division
from kernel.jobs.models import Job
from kernel.jobs.registry import Step, kind
from kernel.wall.scope import touch
from labour.models import CountyRegister
from labour.services.years import advance_register, rebuild_years
from subsidies.services import prove_entitlements, recalculate
from subsidies.services.settling import places_touched


def _years(county: int) -> list[int]:
    register = CountyRegister.objects.filter(county_id=county).first()
    return list(range(register.first_year, register.as_of.year + 1)) if register else []


def _townships(county: int) -> list[int]:
    rows = Division.objects.at("township").within(range_of(county, "county"))
    return list(rows.values_list("pk", flat=True))


@kind("headquarters.nightly", label=gettext_lazy("夜间全量核对"), system=True, lease=1800)
def nightly(job: Job) -> Generator[Step, None, dict[str, Any] | None]:
    """Rebuild a county's year rows, entitlements and figures from raw facts, then move its register to today.

    Every difference is a defect of the incremental path: put right, counted, and recorded as an audit event.
    """
    county, years = job.village_id, _years(job.village_id)
    done = set(map(tuple, job.cursor or []))
    work = [(year, township) for year in years for township in [*_townships(county), county]]
    found = 0
    for number, (year, place) in enumerate(work, start=1):
        if (year, place) in done:
            continue
        found += _prove_county(county, year) if place == county else _prove_township(place, year)
        done.add((year, place))
        yield Step(number, len(work), cursor=sorted(done), message=_("%(year)d 年") % {"year": year})
    _advance(county)
    yield Step(len(work), len(work), cursor=sorted(done))
    return {"message": _("核对完毕，发现并更正 %(n)d 处不一致") % {"n": found}, "differences": found}


def _advance(county: int) -> None:
    """Time passes: the register speaks of today, and awards and figures follow. No difference of this kind is a defect."""
    places = advance_register(county=Division.objects.get(pk=county))
    for year in sorted({year for _place, year in places}):
        places |= places_touched(county, recalculate(county=county, year=year), [year])
    touch(places)


def _prove_township(township: int, year: int) -> int:
    span = Range(township, township + 1000)
    differences = rebuild_years(span, year)
    if differences:
        record(
            "recalculation.difference",
            result="error",
            division=township,
            rows=len(differences),
            detail={"table": "labour_year_rows", "year": year, "rows": [each.pk for each in differences[:50]]},
        )
    return len(differences)


def _prove_county(county: int, year: int) -> int:
    entitlements = prove_entitlements(county=county, year=year)
    return entitlements.total + prove_figures(county=county, year=year)


@kind("headquarters.rebuild", label=gettext_lazy("重算指标"), permission="headquarters.rebuild_figures", lease=900)
def rebuild(job: Job) -> Generator[Step, None, dict[str, Any] | None]:
    """Measure every figure of a county again, year by year, because an officer asked for it."""
    years, written = _years(job.village_id), 0
    for number, year in enumerate(years, start=1):
        written += prove_figures(county=job.village_id, year=year)
        yield Step(number, len(years), message=_("%(year)d 年") % {"year": year})
    return {"message": _("更正 %(n)d 个指标值") % {"n": written}}
