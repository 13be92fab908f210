"""Putting cleaned lines into the staging table, judged on the way: COPY to a temporary table, one INSERT … SELECT."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kernel.exchange.headings import cell_problem
from kernel.exchange.importer import Importer
from kernel.exchange.models import StagedRow, Upload
from kernel.exchange.plan import Plan, steady_plans
from kernel.identity.problems import Problem

# Row-level security takes no COPY, so lines land in a private table first; it never leaves the backend's memory.
TEMPORARY = """
CREATE TEMPORARY TABLE IF NOT EXISTS exchange_lines (number integer, problems jsonb, data jsonb) ON COMMIT DELETE ROWS
"""

STAGE = """
INSERT INTO exchange_stagedrow
    (village_id, upload_id, number, verdict, data, target_ids, target_versions, diff, problems, chosen)
SELECT %(village)s, %(upload)s, s.number, v.verdict, s.data,
       CASE WHEN s.problems IS NULL THEN ARRAY[{ids}]::bigint[] ELSE '{{}}' END,
       CASE WHEN s.problems IS NULL THEN ARRAY[{versions}]::integer[] ELSE '{{}}' END,
       CASE WHEN v.verdict = 'changed' THEN {diff} END,
       s.problems, s.problems IS NULL
FROM {rows}
{joins}
CROSS JOIN LATERAL (SELECT CASE WHEN s.problems IS NOT NULL THEN 'error' ELSE {verdict} END AS verdict) v
"""


class Stager:
    """Stages the blocks of one upload. Its statement is built once, in the thread that owns the connection."""

    def __init__(self, upload: Upload, plan: Plan) -> None:
        targets = range(len(plan.targets))
        self._statement = STAGE.format(
            ids=", ".join(f"t{at}.id" for at in targets),
            versions=", ".join(f"t{at}.version" for at in targets),
            diff=plan.diff(),
            verdict=plan.verdict(),
            joins=plan.joins_sql(),
            rows=plan.keyed("exchange_lines"),
        )
        self._values = {"village": upload.village_id, "upload": upload.pk, "county": upload.county}

    def stage(self, cursor: Any, lines: str) -> None:
        """Stage one block of COPY lines and judge each row against the targets as they are now.

        May run in another thread than the cursor's as long as the owner leaves the connection alone meanwhile.
        """
        if not lines:
            return
        cursor.execute(TEMPORARY)
        with cursor.copy("COPY exchange_lines (number, problems, data) FROM STDIN") as copy:
            copy.write(lines)
        with steady_plans(0, cursor):
            cursor.execute(self._statement, self._values)
        cursor.execute("TRUNCATE exchange_lines")


def refuse_rows(upload: Upload, numbers: Iterable[int], *, field: str, problem: Problem) -> int:
    """Turn staged rows into errors because of a column; the count. For `Importer.after_staging`."""
    importer = importer_column(upload, field)
    refused = 0
    for row in StagedRow.objects.filter(upload_id=upload.pk, number__in=list(numbers)):
        found = cell_problem(
            sheet=upload.sheet,
            cell=f"{importer['letter']}{row.number}",
            column=importer["title"],
            code=problem.code,
            message=problem.message,
        )
        row.problems = [*(row.problems or []), found]
        row.verdict, row.chosen = StagedRow.Verdict.ERROR, False
        row.save(update_fields=["problems", "verdict", "chosen"])
        refused += 1
    return refused


def importer_column(upload: Upload, field: str) -> dict[str, Any]:
    """Letter and title of a staged field in this file; the first column's when the file does not have it."""
    for each in upload.columns:
        if each["field"] == field:
            return dict(each)
    return dict(upload.columns[0])


def refuse_orphans(upload: Upload, plan: Plan) -> int:
    """Refuse rows whose needed parents are not in the county's registry (or outside the scope: the same answer)."""
    refused = 0
    for alias, link in plan.needed():
        joined = next(each for each in plan.joins if each.alias == alias)
        with connection.cursor() as cursor, steady_plans(0, cursor):
            cursor.execute(
                f"SELECT s.number FROM {plan.keyed('exchange_stagedrow', 's.upload_id = %(upload)s')}"  # noqa: S608 -- intended: names from code only
                f" LEFT JOIN {joined.model._meta.db_table} {alias} ON {plan.key_sql(joined)}"
                f" WHERE s.upload_id = %(upload)s AND s.verdict <> 'error' AND {alias}.id IS NULL"
                f" AND s.data->>'_id' IS NULL",
                {"upload": upload.pk, "county": upload.county},
            )
            numbers = [number for (number,) in cursor.fetchall()]
        if numbers and link.missing is not None:
            refused += refuse_rows(upload, numbers, field=link.blame, problem=link.missing)
    return refused


OUTDATED = Problem("row.outdated", _("导出之后该记录已被他人修改，请重新导出再填"))
UNKNOWN = Problem("row.unknown", _("该记录已不在，或不在您的管辖范围内，请重新导出再填"))


def refuse_outdated(upload: Upload, plan: Plan) -> int:
    """In an export that came back: refuse rows whose record has gone or has another version than when it left."""
    if "_id" not in plan.present:
        return 0
    last = len(plan.targets)
    refused = 0
    for problem, condition in (
        (UNKNOWN, f"target_ids[{last}] IS NULL"),
        (OUTDATED, f"target_versions[{last}] <> (data->>'_version')::integer AND verdict = 'changed'"),
    ):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT number FROM exchange_stagedrow WHERE upload_id = %s AND verdict <> 'error'"  # noqa: S608 -- intended: constants
                f" AND data->>'_id' IS NOT NULL AND {condition}",
                [upload.pk],
            )
            numbers = [number for (number,) in cursor.fetchall()]
        refused += refuse_rows(upload, numbers, field="", problem=problem)
    return refused


def count_verdicts(upload: Upload) -> dict[str, int]:
    """Rows of an upload by verdict; every verdict named. Accepted + refused + unchanged = rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT verdict, count(*) FROM exchange_stagedrow WHERE upload_id = %s GROUP BY verdict", [upload.pk]
        )
        found = dict(cursor.fetchall())
    return {verdict: found.get(verdict, 0) for verdict in StagedRow.Verdict.values}


def staged_keys(upload: Upload, importer: type[Importer]) -> dict[Any, int]:
    """Keys of the rows staged so far, to go on after a worker died: key -> row number."""
    names = importer.targets[-1].staged_key()
    hashes = {each.sealed.index for each in importer.columns if each.sealed} | set(importer.hashes)
    seen: dict[Any, int] = {}
    for number, data in StagedRow.objects.filter(upload_id=upload.pk).values_list("number", "data"):
        values = tuple(
            bytes.fromhex(data[name]) if name in hashes and data.get(name) else data.get(name) for name in names
        )
        if None not in values:
            seen.setdefault(values, number)
    return seen
