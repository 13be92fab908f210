"""One box: a name's beginning, pinyin, initials, or the last four characters of an ID number."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import BooleanField, Func, Q
from django.utils.translation import gettext as _

from kernel.divisions.models import Division
from kernel.identity.names import normalise_name
from kernel.protection.provider import blind_index
from kernel.wall.scope import required_scope
from labour.querysets import EmployerQuerySet, HouseholdQuerySet, PersonQuerySet, SpellQuerySet

TAIL = re.compile(r"[0-9]{3}[0-9Xx]")
DIGITS = re.compile(r"[0-9]+")
LATIN = re.compile(r"[A-Za-z ]+")
LONGEST = 50
MOST_PLACES = 60
TAIL_CONTEXT = "labour.person.id_tail"


class ReadOtherwise(Func):
    """Whether initials may begin with another letter than the pinyin: the condition of `labour_person_otherwise`."""

    template = (
        "CASE WHEN left((%(initials)s)[1], 1) <> left(%(pinyin)s, 1)"
        " OR left((%(initials)s)[cardinality(%(initials)s)], 1) <> left(%(pinyin)s, 1)"
        " OR cardinality(%(initials)s) >= 64 THEN true ELSE false END"
    )
    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]
        initials, pinyin = (compiler.compile(each)[0] for each in self.get_source_expressions())
        return self.template % {"initials": initials, "pinyin": pinyin}, ()


def search_people(rows: PersonQuerySet, text: str) -> PersonQuerySet:
    """People matching what was typed; everybody for an empty box. Prefix ranges only, so indexes serve under the wall."""
    text = _checked(text)
    return rows.filter(_people(text)) if text else rows


def search_people_or_places(rows: PersonQuerySet, text: str) -> PersonQuerySet:
    """As above, and everybody of a village or township whose name begins so."""
    text = _checked(text)
    return rows.filter(_people(text) | _places(text)) if text else rows


def search_households(rows: HouseholdQuerySet, people: PersonQuerySet, text: str) -> HouseholdQuerySet:
    """Households by the beginning of their number, by a member, by their village."""
    text = _checked(text)
    if not text:
        return rows
    members = Q(pk__in=people.filter(_people(text)).values("household_id"))
    number = _prefix("number", text) if DIGITS.fullmatch(text) else Q(pk__in=[])
    return rows.filter(members | number | _places(text))


def search_spells(rows: SpellQuerySet, people: PersonQuerySet, text: str) -> SpellQuerySet:
    """Spells of the people found, of their villages, and at an employer whose name begins so."""
    text = _checked(text)
    if not text:
        return rows
    return rows.filter(Q(person__in=people.filter(_people(text))) | _places(text) | _prefix("employer_name", text))


def search_employers(rows: EmployerQuerySet, text: str) -> EmployerQuerySet:
    """Employers by any part of the name (a county has few), initials, or the beginning of the credit code."""
    text = _checked(text)
    if not text:
        return rows
    found = Q(name__contains=text)
    if text.isascii():
        found |= _prefix("name_initials", text.lower()) | _prefix("credit_code", text.upper())
    return rows.filter(found)


def tail_index(tail: str, county: int) -> bytes:
    """Blind index of the last four characters of an ID number in a county."""
    return blind_index(tail.upper(), context=TAIL_CONTEXT, county=county)


def _checked(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST:
        raise BadRequest(_("搜索内容过长，请输入姓名、拼音或证件号码后四位"))
    return text


def _people(text: str) -> Q:
    if TAIL.fullmatch(text):
        return Q(id_tail_index=tail_index(text, required_scope().county))
    if LATIN.fullmatch(text):
        typed = text.lower().replace(" ", "")
        # No index serves "contains" under row security, but initials begin as the pinyin does, save for a few people.
        near = _prefix("name_pinyin", typed[:1]) | Q(ReadOtherwise("name_initials", "name_pinyin"))
        return _prefix("name_pinyin", typed) | near & Q(name_initials__contains=[typed])
    return _prefix("name", normalise_name(text).cleaned)


def _places(text: str) -> Q:
    """Everything in the villages and townships of the scope whose name or pinyin begins with the text."""
    if DIGITS.search(text):
        return Q(pk__in=[])
    scope = required_scope()
    named = Q(pinyin__startswith=text.lower()) if LATIN.fullmatch(text) else Q(short_name__startswith=text)
    places = Division.objects.filter(named, code__gte=scope.lo, code__lt=scope.hi)
    found = Q(pk__in=[])
    for place in places[:MOST_PLACES]:
        found |= Q(village__gte=place.range.lo, village__lt=place.range.hi)
    return found


def _prefix(field: str, beginning: str) -> Q:
    # A range instead of LIKE: LIKE is not leakproof, and under row security its index would not be used.
    return Q(**{f"{field}__gte": beginning, f"{field}__lt": beginning + chr(0x10FFFF)})
