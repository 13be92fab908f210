"""One box: a name's beginning, pinyin, initials, or the last four characters of an ID number."""

from __future__ import annotations

import re

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.utils.translation import gettext as _

from kernel.identity.names import normalise_name
from kernel.protection.provider import blind_index
from kernel.wall.scope import required_scope
from labour.querysets import PersonQuerySet

TAIL = re.compile(r"[0-9]{3}[0-9Xx]")
LATIN = re.compile(r"[A-Za-z ]+")
LONGEST = 50
TAIL_CONTEXT = "labour.person.id_tail"


def search_people(rows: PersonQuerySet, text: str) -> PersonQuerySet:
    """People matching what was typed; everybody for an empty box. Prefix ranges only, so indexes serve under the wall."""
    text = text.strip()
    if len(text) > LONGEST:
        raise BadRequest(_("搜索内容过长，请输入姓名、拼音或证件号码后四位"))
    if not text:
        return rows
    if TAIL.fullmatch(text):
        return rows.filter(id_tail_index=tail_index(text, required_scope().county))
    if LATIN.fullmatch(text):
        typed = text.lower().replace(" ", "")
        return rows.filter(_prefix("name_pinyin", typed) | Q(name_initials__contains=[typed]))
    return rows.filter(_prefix("name", normalise_name(text).cleaned))


def tail_index(tail: str, county: int) -> bytes:
    """Blind index of the last four characters of an ID number in a county."""
    return blind_index(tail.upper(), context=TAIL_CONTEXT, county=county)


def _prefix(field: str, beginning: str) -> Q:
    # A range instead of LIKE: LIKE is not leakproof, and under row security its index would not be used.
    return Q(**{f"{field}__gte": beginning, f"{field}__lt": beginning + chr(0x10FFFF)})
