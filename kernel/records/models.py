"""`Record`: what every row that belongs to a village has in common."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Cast, Mod, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.divisions.models import Division

Row_co = TypeVar("Row_co", bound="Record", covariant=True)


class RecordQuerySet(models.QuerySet[Row_co]):
    """Every `update()` counts the version, `bulk_update()` included."""

    def update(self, **fields: Any) -> int:
        fields.setdefault("version", F("version") + 1)
        fields.setdefault("updated_at", Now())
        return super().update(**fields)

    def newest(self, county: int | None) -> RecordQuerySet[Row_co]:
        """Newest first. Saying the county lets PostgreSQL walk the (county, id) index instead of every county's rows."""
        rows = self if county is None else self.filter(county=county)
        return rows.order_by("-pk")


class Placed(models.Model):
    """A row that lies in a village (or a division above): the column the wall looks at, and its county."""

    village = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("所属村"), db_index=False)
    county = models.GeneratedField(
        expression=F("village_id") - Mod(F("village_id"), Value(1_000_000)),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name=_("所属县"),
    )

    class Meta:
        abstract = True

    def _get_field_expression_map(self, meta: Any, exclude: Any = None) -> dict[str, Any]:
        # Django cannot resolve `village_id` inside the generated field while validating, and then silently skips every
        # check constraint of the model; so we tell it the county.
        found: dict[str, Any] = super()._get_field_expression_map(meta, {*(exclude or ()), "county"})  # type: ignore[misc]
        if self.village_id is not None:
            found["county"] = Value(self.village_id - self.village_id % 1_000_000, models.BigIntegerField())
        return found


class Record(Placed):
    """A placed row with an opaque public id, a version and the act that made it.

    Put `fence("<table>")` into the migration that creates it; the wall, the history and the keys follow.
    """

    uid = models.UUIDField(_("编号"), default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    version = models.PositiveIntegerField(_("版本"), default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(_("建立时间"), default=timezone.now, db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("更新时间"), default=timezone.now, db_default=Now(), editable=False)
    act = models.BigIntegerField(
        _("建立操作"),
        db_default=Cast(models.Func(Value("app.act"), function="current_setting"), models.BigIntegerField()),
        editable=False,
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            self.version += 1
            self.updated_at = timezone.now()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "version", "updated_at"}
        super().save(*args, **kwargs)
