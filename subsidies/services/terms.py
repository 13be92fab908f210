"""The life of terms: draft, activated by a second person, ended by a date. Money follows by jobs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from kernel.audit.models import Act
from kernel.audit.services import record
from kernel.clock import default_year
from kernel.jobs.models import Job
from kernel.jobs.services import enqueue
from kernel.wall.scope import required_scope
from subsidies.compiler import compile_terms
from subsidies.models import Entitlement, Terms


@dataclass(frozen=True)
class Preview:
    """What terms would give for a year: number of persons or employers, and fen in all. Nothing is written."""

    year: int
    beneficiaries: int
    amount_fen: int


def preview_terms(*, terms: Terms, year: int | None = None) -> Preview:
    """Count and sum for these terms over everybody in the open scope; `year` defaults to the last full one.

    Raises ValidationError when a condition does not compile.
    """
    chosen = year if year is not None else default_year()
    county = terms.village_id
    rows = (
        compile_terms(terms).qualifying().filter(year=chosen, village_id__gte=county, village_id__lt=county + 1_000_000)
    )
    found = rows.aggregate(number=Count("subject"), total=Sum("amount"))
    return Preview(chosen, found["number"], int(found["total"] or 0))


@transaction.atomic
def activate_terms(*, terms: Terms) -> Terms:
    """Put a draft into force and ring the recheck of its county. From here on the database refuses changes to it.

    Raises ValidationError: not a draft, without conditions, invalid, overlapping, or entered by the same person.
    """
    _refuse_same_person(terms)
    return put_into_force(terms=terms)


@transaction.atomic
def put_into_force(*, terms: Terms, detail: dict[str, Any] | None = None) -> Terms:
    """Activation without the question who entered the terms: for files reviewed before their release.

    Raises ValidationError: not a draft, without conditions, invalid, overlapping.
    """
    terms = Terms.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=terms.pk)
    if terms.state != Terms.State.DRAFT:
        raise ValidationError(_("该条款已启用，不能重复启用"))
    conditions = list(terms.conditions.all())
    if not conditions:
        raise ValidationError(_("条款没有条件，请至少填写一个条件后再启用"))
    for condition in conditions:
        condition.full_clean()
    terms.state = Terms.State.ACTIVE
    terms.full_clean()
    terms.save(update_fields=["state"])
    record("terms.activate", obj=terms, division=terms.village_id, detail=detail)
    recheck_terms(terms=terms)
    return terms


def _refuse_same_person(terms: Terms) -> None:
    """Four eyes: whoever entered the terms does not put them into force. The system itself (no actor) may."""
    actor = required_scope().actor
    maker = Act.objects.filter(pk=terms.act).values_list("actor_id", flat=True).first()
    if actor is not None and maker == actor:
        raise ValidationError(_("条款须由另一人审核启用，录入人不能启用自己录入的条款"))


@transaction.atomic
def close_terms(*, terms: Terms, valid_to: dt.date) -> Terms:
    """Give activated terms their last day. Years they decided stay as they are.

    Raises ValidationError: not active, ended already, before their first day, or before a year already computed.
    """
    terms = Terms.objects.select_for_update(of=("self",)).get(pk=terms.pk)
    if terms.state != Terms.State.ACTIVE:
        raise ValidationError(_("只有启用中的条款可以停用"))
    if terms.valid_to is not None and terms.valid_to != valid_to:
        raise ValidationError({"valid_to": _("该条款已有失效日期，不能再改")})
    if valid_to < terms.valid_from:
        raise ValidationError({"valid_to": _("失效日期不能早于生效日期")})
    last = Entitlement.objects.filter(terms=terms).order_by("-year").values_list("year", flat=True).first()
    if last is not None and valid_to.year < last:
        raise ValidationError({"valid_to": _("%(year)d 年已按该条款测算，失效日期不能早于该年") % {"year": last}})
    terms.valid_to, terms.state = valid_to, Terms.State.CLOSED
    terms.save(update_fields=["valid_to", "state"])
    record("terms.close", obj=terms, division=terms.village_id)
    return terms


@transaction.atomic
def withdraw_terms(*, terms: Terms) -> Terms:
    """Back to a draft, while nobody was ever entitled by them. Raises ValidationError otherwise."""
    terms = Terms.objects.select_for_update(of=("self",)).get(pk=terms.pk)
    if terms.state != Terms.State.ACTIVE:
        raise ValidationError(_("只有启用中的条款可以退回草稿"))
    terms.state = Terms.State.DRAFT
    try:
        with transaction.atomic():
            terms.save(update_fields=["state"])
    except DatabaseError as error:
        raise ValidationError(_("已有人按该条款测算，不能退回草稿；请填写失效日期停用，再录入新条款")) from error
    record("terms.withdraw", obj=terms, division=terms.village_id)
    return terms


def recheck_terms(*, terms: Terms) -> Job:
    """Put the recomputation of everybody under these terms' scheme on the list; needs the county's scope."""
    return enqueue("subsidies.recheck", division=terms.village_id, params={"scheme": terms.scheme_id})
