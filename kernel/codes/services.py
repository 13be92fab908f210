"""Loading code lists: the same rows twice change nothing, and nothing that a county added is taken away."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kernel.codes.models import Code, CodeLabel


@dataclass(frozen=True)
class CodeRow:
    """One entry of one list. `labels` are further spellings that imports accept besides `zh`."""

    list: str
    key: str
    zh: str
    en: str
    position: int
    labels: tuple[str, ...] = ()
    standard: str = ""


def read_code_file(path: Path) -> Iterator[CodeRow]:
    """Rows of a UTF-8 CSV with the columns key, zh, en, labels (parted by |), standard; the file's name is the list.

    Raises ValidationError naming the line that is not complete.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for position, line in enumerate(reader):
            if not (line.get("key") and line.get("zh") and line.get("en")):
                raise ValidationError(
                    _("%(file)s 第 %(n)s 行缺少 key、zh 或 en") % {"file": path.name, "n": reader.line_num}
                )
            labels = tuple(each for each in (line.get("labels") or "").split("|") if each)
            yield CodeRow(path.stem, line["key"], line["zh"], line["en"], position, labels, line.get("standard") or "")


@transaction.atomic
def load_codes(*, rows: Iterable[CodeRow]) -> dict[str, int]:
    """Insert or refresh code lists. A code that is not among the rows stays: lists are retired by date, never deleted.

    Raises ValidationError when one label would stand for two codes of a list. Returns `new`, `changed`, `same`.
    """
    wanted = list(rows)
    _refuse_double_labels(wanted)
    lists = {row.list for row in wanted}
    stored = {(code.list, code.key): code for code in Code.objects.filter(list__in=lists)}
    fresh: list[Code] = []
    changed: list[Code] = []
    for row in wanted:
        fields = {"label_zh": row.zh, "label_en": row.en, "standard": row.standard, "position": row.position}
        code = stored.get((row.list, row.key))
        if code is None:
            fresh.append(Code(list=row.list, key=row.key, **fields))
        elif any(getattr(code, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(code, name, value)
            changed.append(code)
    Code.objects.bulk_create(fresh)
    Code.objects.bulk_update(changed, ["label_zh", "label_en", "standard", "position"])
    stored |= {(code.list, code.key): code for code in fresh}
    labels = [
        CodeLabel(code=stored[row.list, row.key], list=row.list, label=each) for row in wanted for each in row.labels
    ]
    CodeLabel.objects.bulk_create(labels, ignore_conflicts=True)
    return {"new": len(fresh), "changed": len(changed), "same": len(wanted) - len(fresh) - len(changed)}


def _refuse_double_labels(rows: list[CodeRow]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for row in rows:
        for label in (row.zh, *row.labels):
            key = seen.setdefault((row.list, label), row.key)
            if key != row.key:
                text = _("代码表 %(list)s 中“%(label)s”同时对应 %(a)s 和 %(b)s")
                raise ValidationError(text % {"list": row.list, "label": label, "a": key, "b": row.key})
