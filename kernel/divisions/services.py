"""Loading the published list, and what happens when places change: rename, merge, move. Rows follow their village."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _
from pypinyin import lazy_pinyin

from kernel.divisions.codes import WIDTH, is_statistical, level_of, parent_code, short_name
from kernel.divisions.models import Division, DivisionAlias
from kernel.wall.scope import say_why

LEVELS = list(WIDTH)


@dataclass(frozen=True)
class DivisionRow:
    """One line of the list: 12-digit code, name, level, parent's code or None."""

    code: int
    name: str
    level: str
    parent: int | None


def read_division_file(path: Path) -> Iterator[DivisionRow]:
    """Rows of a UTF-8 CSV with the columns code, name, level, parent_code; codes may be unpadded (2, 4, 6, 9, 12 digits).

    Raises ValidationError naming the line, the column and the cure.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if missing := {"code", "name"} - set(reader.fieldnames or ()):
            raise ValidationError(_("缺少列 %(columns)s") % {"columns": "、".join(sorted(missing))})
        for line in reader:
            yield _row(line, reader.line_num)


def _row(line: dict[str, str], number: int) -> DivisionRow:
    text = (line["code"] or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) in {2, 4, 6, 9, 12}):
        raise ValidationError(
            _("第 %(n)s 行 code 列“%(code)s”应为 2、4、6、9 或 12 位数字") % {"n": number, "code": text}
        )
    code, name = int(text.ljust(12, "0")), (line["name"] or "").strip()
    if not name:
        raise ValidationError(_("第 %(n)s 行 name 列为空，请填写区划名称") % {"n": number})
    level = (line.get("level") or "").strip() or level_of(code)
    if level not in WIDTH:
        raise ValidationError(_("第 %(n)s 行 level 列“%(level)s”不认识") % {"n": number, "level": level})
    parent = (line.get("parent_code") or "").strip()
    return DivisionRow(code, name, level, int(parent.ljust(12, "0")) if parent else parent_code(code))


@transaction.atomic
def load_divisions(*, rows: Iterable[DivisionRow], valid_from: dt.date | None = None) -> dict[str, int]:
    """Insert or refresh divisions from a published list; the same list twice changes nothing.

    A row whose parent is neither in the list nor stored hangs at the top (a county loaded without its province).
    Names changed here are corrections of the list; a renaming that really happened is `rename_division`.
    Returns the counts `new`, `changed`, `same`.
    """
    wanted = sorted(rows, key=lambda row: (LEVELS.index(row.level), row.code))
    stored = {each.pk: each for each in Division.objects.iterator(chunk_size=20_000)}
    known = set(stored) | {row.code for row in wanted}
    fresh: list[Division] = []
    changed: list[Division] = []
    for row in wanted:
        short = short_name(row.name)
        fields = {
            "name": row.name,
            "short_name": short,
            "pinyin": "".join(lazy_pinyin(short)),
            "level": row.level,
            "parent_id": row.parent if row.parent in known else None,
            "is_statistical": is_statistical(row.code),
        }
        division = stored.get(row.code)
        if division is None:
            fresh.append(Division(code=row.code, valid_from=valid_from, **fields))
        elif any(getattr(division, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(division, name, value)
            changed.append(division)
    Division.objects.bulk_create(fresh, batch_size=5000)
    Division.objects.bulk_update(changed, [*fields] if changed else ["name"], batch_size=2000)
    return {"new": len(fresh), "changed": len(changed), "same": len(wanted) - len(fresh) - len(changed)}


@transaction.atomic
def rename_division(*, division: Division, name: str, reason: str) -> Division:
    """A new name for the same code; the old short name stays as an alias for imports. Needs an open writing scope."""
    if not reason.strip():
        raise ValidationError({"reason": _("请填写更名依据")})
    say_why(reason)
    old = division.short_name
    division.name, division.short_name = name, short_name(name)
    division.pinyin = "".join(lazy_pinyin(division.short_name))
    division.full_clean(exclude=["parent"])
    division.save()
    if old != division.short_name:
        add_alias(division=division, name=old, source=_("原名"))
    return division


def add_alias(*, division: Division, name: str, source: str = "") -> DivisionAlias:
    """Another spelling by which workbooks may call a division; refused when its parent's subtree already uses it."""
    parent = division.parent_id or division.pk
    namesakes = Division.objects.filter(parent_id=parent, short_name=name, valid_to__isnull=True)
    clash = namesakes.exclude(pk=division.pk).first()
    if clash:
        raise ValidationError(_("“%(name)s”已是 %(code)s 的名称，不能再作别名") % {"name": name, "code": clash.pk})
    alias, _created = DivisionAlias.objects.get_or_create(
        parent_id=parent, name=name, defaults={"division": division, "source": source}
    )
    return alias


@transaction.atomic
def merge_division(*, source: Division, target: Division, on: dt.date, reason: str) -> int:
    """Close `source` and re-home every row of it under `target`. Returns the rows moved.

    Both must be villages of one county inside the open scope. History keeps the old code.
    """
    _check_pair(source, target, reason)
    say_why(reason)
    moved = rehome(source.pk, target.pk)
    source.valid_to, source.replaced_by = on, target
    source.save(update_fields=["valid_to", "replaced_by"])
    if source.parent_id == target.parent_id:
        add_alias(division=target, name=source.short_name, source=_("并入"))
    return moved


@transaction.atomic
def move_division(*, village: Division, new_code: int, on: dt.date, reason: str) -> Division:
    """Give a village a new code (under another township); its rows follow, the old code stays as closed history."""
    township = Division.objects.filter(pk=new_code - new_code % 1000, level="township").first()
    if level_of(new_code) != "village" or township is None:
        raise ValidationError({"new_code": _("新代码应为已有乡镇之下的 12 位村级代码")})
    if Division.objects.filter(pk=new_code).exists():
        raise ValidationError({"new_code": _("代码 %(code)s 已被使用，合并请用“并村”") % {"code": new_code}})
    moved = Division.objects.create(
        code=new_code,
        name=village.name,
        short_name=village.short_name,
        pinyin=village.pinyin,
        level="village",
        parent=township,
        is_statistical=is_statistical(new_code),
        valid_from=on,
    )
    _check_pair(village, moved, reason)
    say_why(reason)
    rehome(village.pk, new_code)
    village.valid_to, village.replaced_by = on, moved
    village.save(update_fields=["valid_to", "replaced_by"])
    return moved


def _check_pair(source: Division, target: Division, reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": _("请填写依据")})
    if source.pk == target.pk:
        raise ValidationError({"target": _("不能并入自己")})
    if source.level != "village" or target.level != "village" or source.county_code != target.county_code:
        raise ValidationError({"target": _("只能在同一县内的两个村之间办理")})
    if target.valid_to is not None:
        raise ValidationError({"target": _("目标村已停用")})


ROOTS = """
SELECT c.relname, a.attname, coalesce(obj_description(c.oid, 'pg_class'), '') = 'derived' FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'u' AND k.conname = c.relname || '_place'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[2]
WHERE c.relrowsecurity AND NOT EXISTS (
    SELECT 1 FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confupdtype = 'c'
    AND k.conkey[2] = ANY (f.conkey))
ORDER BY c.relname
"""


def rehome(old: int, new: int) -> int:
    """Move every walled row from one code to another: the roots are updated, composite keys carry the children.

    Derived roots are dropped instead: their triggers and the nightly pass measure them again. Returns the roots moved.
    """
    moved = 0
    with connection.cursor() as cursor:
        cursor.execute(ROOTS)
        for table, column, derived in cursor.fetchall():
            if derived:
                cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [old])  # noqa: S608 -- intended: names come from the catalogue
                continue
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {column} = %s", [new, old])  # noqa: S608 -- intended: as above
            moved += cursor.rowcount
    return moved
