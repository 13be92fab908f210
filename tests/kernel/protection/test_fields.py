from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.contrib.admin.utils import display_for_field
from django.core import checks
from django.core.exceptions import FieldError, ValidationError
from django.core.serializers import serialize
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.template import Context, Engine

from kernel.protection.fields import BlindIndexField, SealedTextField
from kernel.protection.provider import ProtectionError, blind_index, open_sealed, seal
from kernel.protection.sealed import Sealed
from tests.kernel.protection.rows import CREATE, TABLE, Holder, column

NUMBER = "410799198102240017"
MASK = "****************17"
CONTEXT = "protection_test.holder.id_number"


@pytest.fixture
def table(db: None) -> Iterator[None]:
    """The holders' table, for one connection and one test."""
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


@pytest.fixture
def stored(table: None) -> Holder:
    """One stored holder, read back."""
    index = blind_index(NUMBER, context=CONTEXT, county=410726)
    Holder.objects.create(id=1, name="张三", id_number=NUMBER, phone="19900000017", note="初次", id_index=index)
    return Holder.objects.get(pk=1)


def raw(column: str) -> bytes:
    """The bytes that rest in the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {TABLE} WHERE id = 1")
        return bytes(cursor.fetchone()[0])


def test_the_column_holds_ciphertext_and_the_model_a_mask(stored: Holder) -> None:
    assert NUMBER.encode() not in raw("id_number")
    assert open_sealed(raw("id_number"), context=CONTEXT) == NUMBER
    assert str(stored.id_number) == f"{stored.id_number}" == MASK
    assert repr(stored.id_number) == f"<Sealed {MASK}>"
    assert stored.id_number.reveal() == NUMBER
    assert str(stored.phone) == "199****0017"
    assert str(stored.note) == "******"


def test_an_instance_never_holds_plaintext() -> None:
    holder = Holder(id=2, id_number=f" {NUMBER}", note="x")
    assert isinstance(holder.id_number, Sealed)
    assert NUMBER not in repr(vars(holder))
    assert holder.id_number.reveal() == NUMBER
    holder.id_number = ""
    assert holder.id_number is None
    assert Holder().note is None


@pytest.mark.parametrize("value", [410799198102240017, 4.1e17, True, []])
def test_anything_but_text_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        Holder(id_number=value)


def test_every_way_of_writing_seals(stored: Holder) -> None:
    Holder.objects.update(id_number=NUMBER[:-1] + "X")
    assert open_sealed(raw("id_number"), context=CONTEXT) == NUMBER[:-1] + "X"
    stored.id_number = NUMBER
    Holder.objects.bulk_update([stored], ["id_number"])
    assert open_sealed(raw("id_number"), context=CONTEXT) == NUMBER
    Holder.objects.bulk_create(
        [Holder(id=2, name="李四", id_number=NUMBER, note=seal("备注", context="protection_test.holder.note"))]
    )
    assert Holder.objects.get(pk=2).note.reveal() == "备注"
    Holder.objects.filter(pk=1).update(id_number=models.F("id_number"), phone=None)
    again = Holder.objects.get(pk=1)
    assert again.id_number.reveal() == NUMBER
    assert again.phone is None


def test_bytes_that_are_no_token_are_refused(table: None) -> None:
    with pytest.raises(ProtectionError):
        Holder(id_number=b"410799198102240017")


def test_a_value_of_another_column_is_sealed_anew(stored: Holder) -> None:
    stored.phone = stored.id_number
    stored.save()
    assert open_sealed(raw("phone"), context="old.holder.mobile") == NUMBER
    assert str(Holder.objects.get(pk=1).phone) == "******"


def test_a_token_moved_to_another_column_does_not_open(stored: Holder) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET note = id_number")
    moved = Holder.objects.get(pk=1).note
    with pytest.raises(ProtectionError):
        moved.reveal()
    with pytest.raises(ProtectionError):
        str(moved)
    assert repr(moved) == "<Sealed ******>"


def test_rows_without_instances_are_sealed_too(stored: Holder) -> None:
    row = Holder.objects.values_list("id_number", "phone").get()
    assert [str(value) for value in row] == [MASK, "199****0017"]
    assert "id_number" in Holder.objects.defer("id_number").get().get_deferred_fields()
    assert Holder.objects.defer("id_number").get().id_number == stored.id_number


def test_equality_is_of_plaintexts(stored: Holder) -> None:
    same, other = (Sealed.from_plaintext(text, context="elsewhere") for text in (NUMBER, "410799198102240025"))
    assert stored.id_number == same
    assert len({stored.id_number, same, other}) == 2
    assert stored.id_number != other
    assert stored.id_number != NUMBER
    assert same.matches(NUMBER)
    assert not same.matches("")


def test_copies_stay_and_pickle_and_json_are_refused(stored: Holder) -> None:
    sealed = stored.id_number
    assert copy.copy(sealed) is copy.deepcopy(sealed) is sealed
    for refused in (
        lambda: pickle.dumps(sealed),
        lambda: pickle.dumps(stored),
        lambda: json.dumps({"id": sealed}),
        lambda: json.dumps({"id": sealed}, cls=DjangoJSONEncoder),
        lambda: orjson.dumps({"id": sealed}),
        lambda: serialize("json", [stored]),
    ):
        with pytest.raises(TypeError):
            refused()


def test_templates_show_the_mask_and_cannot_reveal(stored: Holder) -> None:
    template = Engine().from_string("{{ holder.id_number }}|{{ holder.id_number.reveal }}")
    assert template.render(Context({"holder": stored})) == f"{MASK}|"


def test_the_admin_shows_the_mask(stored: Holder) -> None:
    field = column("id_number")
    assert display_for_field(stored.id_number, field, "-") == MASK
    assert display_for_field(None, field, "-") == "-"


@pytest.mark.parametrize(
    "lookup", [{"id_number": NUMBER}, {"id_number__contains": "4107"}, {"id_number__in": [NUMBER]}, {"phone__gt": "1"}]
)
def test_look_ups_over_ciphertext_raise(lookup: dict[str, Any]) -> None:
    with pytest.raises(FieldError):
        Holder.objects.filter(**lookup)


def test_absence_and_blind_index_are_looked_up(stored: Holder) -> None:
    assert Holder.objects.filter(id_number__isnull=False).count() == 1
    index = blind_index(NUMBER, context=CONTEXT, county=410726)
    assert Holder.objects.get(id_index=index) == Holder.objects.get(id_index__in=[index]) == stored
    assert stored.id_index == index
    assert not Holder.objects.filter(id_index=blind_index(NUMBER, context=CONTEXT, county=410799)).exists()


@pytest.mark.parametrize("value", [NUMBER, NUMBER.encode(), b""])
def test_a_blind_index_is_sixteen_bytes(value: Any) -> None:
    with pytest.raises(TypeError, match="blind_index"):
        Holder.objects.filter(id_index=value)


def test_validators_see_new_plaintexts_only(stored: Holder) -> None:
    short = Holder(id=2, name="李四", id_number="4107", note="很长很长很长很长很长很长")
    with pytest.raises(ValidationError) as caught:
        short.full_clean(validate_unique=False, validate_constraints=False)
    assert set(caught.value.error_dict) == {"id_number", "note"}
    assert "4107" not in str(caught.value)
    Holder.objects.filter(pk=1).update(id_number="4107")
    Holder.objects.get(pk=1).full_clean(validate_unique=False, validate_constraints=False)


def test_migrations_know_only_what_a_historical_model_needs() -> None:
    written = {name: MigrationWriter.serialize(column(name))[0] for name in ("id_number", "phone", "note", "id_index")}
    assert written == {
        "id_number": "kernel.protection.fields.SealedTextField(blank=True, mask='id', null=True, verbose_name='证件号码')",
        "phone": "kernel.protection.fields.SealedTextField(blank=True, context='old.holder.mobile', mask='phone', null=True, verbose_name='电话')",
        "note": "kernel.protection.fields.SealedTextField(max_length=10, verbose_name='备注')",
        "id_index": "kernel.protection.fields.BlindIndexField(null=True)",
    }
    clone = column("phone").clone()
    assert clone.deconstruct()[1:] == column("phone").deconstruct()[1:]
    assert SealedTextField(editable=False).deconstruct()[3] == {"editable": False}
    assert BlindIndexField().deconstruct()[3] == {}


def test_options_without_meaning_are_refused_by_the_checks() -> None:
    for options, found in (({"unique": True}, "protection.E001"), ({"default": b"x"}, "protection.E002")):
        field = SealedTextField(**options)
        field.set_attributes_from_name("card")
        field.model = Holder
        assert found in [problem.id for problem in field.check() if isinstance(problem, checks.Error)]
    assert column("id_number").check() == []
