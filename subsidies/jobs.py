"""Background work of this room. Each step is one transaction; nothing is half done when a worker dies."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.clock import today
from kernel.divisions.models import Division
from kernel.jobs.models import Job
from kernel.jobs.registry import Step, kind
from kernel.wall.scope import touch
from subsidies.models import Terms
from subsidies.services.recalculation import Changes, recalculate
from subsidies.services.settling import places_touched, settle_township, waiting_townships

Progress = Generator[Step, None, dict[str, Any] | None]


@kind("subsidies.settle", label=gettext_lazy("更新年度数据与奖补测算"), system=True, lease=600)
def work_off_marks(job: Job) -> Progress:
    """Work off the stale marks of a county, township by township. The marks themselves are the cursor."""
    townships = waiting_townships(job.village_id)
    names = dict(Division.objects.filter(pk__in=townships).values_list("pk", "short_name"))
    changed = 0
    for number, township in enumerate(townships, start=1):
        places = settle_township(county=job.village_id, township=township)
        changed += len(places)
        touch(places)
        yield Step(number, len(townships), message=str(names.get(township, township)))
    return {"message": _("已更新 %(n)d 个乡镇") % {"n": len(townships)}, "places": changed}


def _work_years(job: Job, years: list[int]) -> Progress:
    """Recalculate a county year by year, going on after the last committed one."""
    total = Changes()
    before: dict[str, Any] = job.cursor or {"year": 0, "added": 0, "changed": 0, "removed": 0}
    counts = {key: before[key] for key in ("added", "changed", "removed")}
    for number, year in enumerate(years, start=1):
        if year <= before["year"]:
            continue
        total = recalculate(county=job.village_id, year=year)
        touch(places_touched(job.village_id, total, [year]))
        counts = {key: count + getattr(total, key) for key, count in counts.items()}
        yield Step(number, len(years), {"year": year, **counts}, _("已测算 %(year)d 年") % {"year": year})
    text = _("新增 %(added)d、变更 %(changed)d、取消 %(removed)d") % counts
    return {"message": text, **counts}


@kind("subsidies.recheck", label=gettext_lazy("按新条款测算奖补"), permission="subsidies.activate_terms", lease=900)
def recheck_all(job: Job) -> Progress:
    """Everybody in a county, every year since the scheme's first terms: after terms were put into force."""
    terms = Terms.objects.in_use().filter(scheme_id=job.params["scheme"])
    first = terms.aggregate(first=Min("valid_from"))["first"]
    years = list(range(first.year, today().year + 1)) if first else []
    return (yield from _work_years(job, years))


@kind("subsidies.recalculate", label=gettext_lazy("重新测算奖补"), permission="subsidies.recalculate", lease=900)
def recalculate_year(job: Job) -> Progress:
    """Everybody in a county for the year that an officer asked for."""
    return (yield from _work_years(job, [int(job.params["year"])]))
