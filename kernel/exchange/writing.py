"""Committing an upload in one transaction, and undoing it as a whole. Set-based: a statement a target, not a row."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError, RestrictedError
from django.db.utils import IntegrityError
from django.utils.translation import gettext as _

from kernel.exchange.importer import Importer
from kernel.exchange.models import Upload
from kernel.exchange.plan import Plan, quoted, steady_plans

TAKEN = "s.upload_id = %(upload)s AND s.chosen AND s.verdict IN ('new', 'changed')"


UNIQUE_VIOLATION = "23505"


class CommitRefused(Exception):
    """The upload cannot be written as it stands; nothing was. The message says what to do."""


class UndoRefused(Exception):
    """The import cannot be taken back as a whole; nothing was. The message says what stands in the way."""


def current_act() -> int:
    """The act of the open scope, made when there is none yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT wall_act()")
        return int(cursor.fetchone()[0])


def _run(sql: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def write_rows(upload: Upload, importer: type[Importer]) -> int:
    """Write the chosen new and changed rows; how many staged rows were taken. Raises CommitRefused.

    Rows whose record moved on since the preview are turned "stale" and left out. Runs inside one transaction.
    """
    present = present_fields(upload, importer)
    plan = Plan(importer, present)
    values = {"upload": upload.pk, "county": upload.county}
    try:
        with (
            transaction.atomic(),
            connection.cursor() as cursor,
            steady_plans(upload.new + upload.changed, cursor),
        ):
            taken, known = _tally(plan, values)
            if any(known):
                taken -= refuse_stale(plan, values)
            for at in range(len(plan.targets)):
                if known[at]:
                    _update(plan, at, values)
                taken -= _insert(plan, at, values)
    except IntegrityError as error:
        raise CommitRefused(_refusal(error)) from error
    return taken


def _tally(plan: Plan, values: dict[str, Any]) -> tuple[int, list[int]]:
    """How many rows are taken, and how many of them had a record of each target when they were judged."""
    counts = ", ".join(f"count(s.target_ids[{at + 1}])" for at in range(len(plan.targets)))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), {counts} FROM exchange_stagedrow s WHERE {TAKEN}", values)  # noqa: S608 -- intended: constants
        taken, *known = cursor.fetchone()
    return taken, known


def present_fields(upload: Upload, importer: type[Importer]) -> set[str]:
    """Staged fields this file really has: its columns with their indexes, and everything derived."""
    fields = {each["field"] for each in upload.columns}
    indexes = {each.sealed.index for each in importer.columns if each.sealed and each.field in fields}
    return fields | indexes | set(importer.derived) | set(importer.hashes)


def _refusal(error: IntegrityError) -> str:
    text = str(error)
    if "unique" in text or "duplicate" in text:
        return _("有的行已在本县其他地方登记，或预览之后刚被录入，未写入任何数据；请重新检查后再提交")
    return _("数据之间对应不上（可能预览之后有变动），未写入任何数据；请重新检查后再提交")


KNOWN = "array_remove(s.target_ids, NULL) <> '{}'"
"""The row had a record already when it was judged."""


def refuse_stale(plan: Plan, values: dict[str, Any]) -> int:
    """Lock the known targets and mark rows "stale" whose target changed or vanished since they were judged."""
    conditions = []
    for at, target in enumerate(plan.targets):
        table = quoted(target.model._meta.db_table)
        _run(
            f"SELECT t.id FROM {table} t JOIN exchange_stagedrow s ON t.id = s.target_ids[{at + 1}]"  # noqa: S608 -- intended: names from code
            f" WHERE {TAKEN} AND {KNOWN} FOR UPDATE OF t",
            values,
        )
        moved = f"t{at}.id IS DISTINCT FROM s.target_ids[{at + 1}]"
        if at == len(plan.targets) - 1 or not target.repeated:
            moved += f" OR t{at}.version IS DISTINCT FROM s.target_versions[{at + 1}]"
        conditions.append(moved)
    return _mark_stale(
        f"SELECT s.id FROM {plan.keyed('exchange_stagedrow', f'{TAKEN} AND {KNOWN}')}"  # noqa: S608 -- intended: names from code
        f" {plan.joins_sql()} WHERE {' OR '.join(conditions)}",
        values,
    )


def _mark_stale(rows: str, values: dict[str, Any]) -> int:
    return _run(
        f"UPDATE exchange_stagedrow r SET verdict = 'stale', chosen = false FROM ({rows}) stale WHERE r.id = stale.id",  # noqa: S608 -- intended: our own query
        values,
    )


def refuse_taken(plan: Plan, at: int, values: dict[str, Any]) -> int:
    """After an insert that skipped keys already taken: mark the rows that are not in the table by this act.

    Their key appeared since the preview, or belongs to a record outside the scope: both answers look the same.
    """
    return _mark_stale(
        f"SELECT s.id FROM {plan.keyed('exchange_stagedrow', TAKEN)} {plan.joins_sql()}"  # noqa: S608 -- intended: names from code
        f" WHERE s.target_ids[{at + 1}] IS NULL AND t{at}.act IS DISTINCT FROM current_setting('app.act')::bigint",
        values,
    )


def _expected(plan: Plan, at: int, values: dict[str, Any]) -> int:
    """How many rows an insert should make."""
    target = plan.targets[at]
    what = "*"
    if target.repeated:
        keys = ", ".join(f"s.data->>'{staged}'" for staged in target.staged_key())
        what = f"DISTINCT ({keys})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count({what}) FROM exchange_stagedrow s WHERE {TAKEN} AND s.target_ids[{at + 1}] IS NULL",  # noqa: S608 -- intended: names from code
            values,
        )
        return int(cursor.fetchone()[0])


def _insert(plan: Plan, at: int, values: dict[str, Any]) -> int:
    """Insert the new records of a target; how many staged rows turned out taken meanwhile and were left out.

    Nearly always no key is taken, and looking each one up in every unique index beforehand costs a quarter of the
    insert. So it is first tried without; only when a key stands in the way, again with it skipped.
    """
    statement = _insert_sql(plan, at)
    try:
        with transaction.atomic():
            _run(statement, values)
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != UNIQUE_VIOLATION:
            raise
    else:
        return 0
    expected = _expected(plan, at, values)
    if _run(f"{statement} ON CONFLICT DO NOTHING", values) < expected:
        return refuse_taken(plan, at, values)
    return 0


def _insert_sql(plan: Plan, at: int) -> str:
    target = plan.targets[at]
    pairs = list(plan.inserted(at))
    columns = ", ".join(column for column, _value in pairs)
    chosen = ", ".join(f"{value} AS {column}" for column, value in pairs)
    distinct, order = "", "ORDER BY s.number"
    if target.repeated:
        keys = ", ".join(f"s.data->>'{staged}'" for staged in target.staged_key())
        distinct, order = f"DISTINCT ON ({keys})", f"ORDER BY {keys}, s.number"
    return (
        f"INSERT INTO {quoted(target.model._meta.db_table)} ({columns})"  # noqa: S608 -- intended: names from code
        f" SELECT {columns} FROM (SELECT {distinct} {chosen}, s.number AS line"
        f" FROM {plan.keyed('exchange_stagedrow', TAKEN)}"
        f" {_links_sql(plan, at)} WHERE s.target_ids[{at + 1}] IS NULL {order}) fresh ORDER BY line"
    )


def _links_sql(plan: Plan, at: int) -> str:
    """Joins to the parents this target points at; a target never joins itself here."""
    wanted = {value.split(".")[0] for _column, value in plan.inserted(at) if value[0] in "tl" and "." in value}
    return "\n".join(
        f"LEFT JOIN {quoted(each.model._meta.db_table)} {each.alias} ON {plan.key_sql(each)}"
        for each in plan.joins
        if each.alias in wanted
    )


def _update(plan: Plan, at: int, values: dict[str, Any]) -> int:
    target = plan.targets[at]
    pairs = list(plan.written(at))
    if not pairs:
        return 0
    table = quoted(target.model._meta.db_table)
    sets = ", ".join(f"{column} = fresh.{column}" for column, _value in pairs)
    chosen = ", ".join(f"{value} AS {column}" for column, value in pairs)
    distinct = f"DISTINCT ON (t{at}.id)" if target.repeated else ""
    return _run(
        f"UPDATE {table} t SET {sets} FROM (SELECT {distinct} t{at}.id AS target, {chosen}"  # noqa: S608 -- intended: names from code
        f" FROM {plan.keyed('exchange_stagedrow', TAKEN)} {plan.joins_sql()} WHERE s.target_ids[{at + 1}] IS NOT NULL"
        f" AND {plan.differs(at)} ORDER BY t{at}.id, s.number) fresh WHERE t.id = fresh.target",
        values,
    )


# -- undo


def undo_rows(upload: Upload, importer: type[Importer]) -> int:
    """Put back what the committing act replaced and delete what it made; rows touched. Raises UndoRefused.

    Parents first, as their move takes the children along. Refused when a record was changed by anybody since, or something depends on a new one.
    """
    act = upload.committed_act or 0
    plan = Plan(importer, present_fields(upload, importer))
    for target in plan.targets:
        moved = _changed_since(target.model._meta.db_table, act)
        if moved:
            text = _("有 %(n)s 条“%(what)s”在导入之后又被修改，不能整体撤销；请逐条更正")
            raise UndoRefused(text % {"n": moved, "what": target.model._meta.verbose_name})
    touched = 0
    try:
        with transaction.atomic():
            for at in range(len(plan.targets)):
                touched += _restore(plan, at, act)
            for target in reversed(plan.targets):
                fresh = target.model._default_manager.filter(county=upload.county, act=act)
                count = fresh.count()
                fresh.delete()
                touched += count
    except (ProtectedError, RestrictedError, IntegrityError) as error:
        raise UndoRefused(
            _("导入的记录已被其他业务引用（如务工记录、奖补），不能整体撤销；请先处理这些业务")
        ) from error
    except DatabaseError as error:
        if "wall:" in str(error):
            raise
        raise UndoRefused(_("数据之间对应不上，不能整体撤销；请联系系统管理员")) from error
    return touched


def _changed_since(table: str, act: int) -> int:
    """How many of the records this act wrote have been replaced or deleted by a later one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH mine AS (SELECT id, 0 AS since FROM {quoted(table)} WHERE act = %(act)s"  # noqa: S608 -- intended: names from code
            f" UNION ALL SELECT id, min(h_id) FROM history.{quoted(table)} WHERE h_act = %(act)s GROUP BY id)"
            f" SELECT count(DISTINCT h.id) FROM history.{quoted(table)} h JOIN mine USING (id)"
            f" WHERE h.h_act <> %(act)s AND h.h_id > mine.since",
            {"act": act},
        )
        return int(cursor.fetchone()[0])


def _restore(plan: Plan, at: int, act: int) -> int:
    """Old values from the history rows of the act, the earliest one of each record."""
    table = plan.targets[at].model._meta.db_table
    columns = [column for column, _value in plan.written(at)]
    if not columns:
        return 0
    sets = ", ".join(f"{column} = old.{column}" for column in columns)
    return _run(
        f"UPDATE {quoted(table)} t SET {sets} FROM (SELECT DISTINCT ON (id) * FROM history.{quoted(table)}"  # noqa: S608 -- intended: names from code
        f" WHERE h_act = %(act)s ORDER BY id, h_id) old WHERE t.id = old.id AND t.act <> %(act)s",
        {"act": act},
    )
