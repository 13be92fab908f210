"""A model with every kind of protected column, in a registry of its own so that no wall of the house meets it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import models

from kernel.protection.fields import BlindIndexField, SealedTextField

TABLE = "protection_test_holder"
CREATE = (
    f"CREATE TEMPORARY TABLE {TABLE} (id bigint PRIMARY KEY, name varchar(50) NOT NULL,"
    " id_number bytea NULL, phone bytea NULL, note bytea NOT NULL, id_index bytea NULL)"
)


def eighteen(text: str) -> None:
    """Stands for the check of an identity number."""
    if len(text) != 18:
        raise ValidationError("应为18位", code="eighteen")


class Holder(models.Model):
    """A person with protected columns."""

    id: models.BigIntegerField[int, int] = models.BigIntegerField(primary_key=True)
    name: models.CharField[str, str] = models.CharField(max_length=50)
    id_number = SealedTextField(
        "证件号码", mask="id", null=True, blank=True, normalise=lambda text: text.strip().upper(), validators=[eighteen]
    )
    phone = SealedTextField("电话", mask="phone", null=True, blank=True, context="old.holder.mobile")
    note = SealedTextField("备注", max_length=10)
    id_index = BlindIndexField(null=True)

    objects: ClassVar[models.Manager[Holder]] = models.Manager()

    class Meta:
        app_label = "protection_test"
        apps = Apps()
        db_table = TABLE

    def __str__(self) -> str:
        return self.name


def column(name: str) -> models.Field[Any, Any]:
    """One column of the holder."""
    found = Holder._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found
