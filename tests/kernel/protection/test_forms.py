from __future__ import annotations

from django import forms

from kernel.protection.fields import SealedFormField, SealedInput
from tests.kernel.protection.rows import Holder, column

NUMBER = "410799198102240017"


class HolderForm(forms.ModelForm):  # type: ignore[type-arg]
    """The plain model form, as the admin would build it."""

    class Meta:
        model = Holder
        fields = ("name", "id_number", "note")


def holder() -> Holder:
    """An instance as if it came from the database."""
    return Holder(id=1, name="张三", id_number=NUMBER, phone="19900000017", note="初次")


def bound(**data: str) -> HolderForm:
    """An edit of the stored holder."""
    return HolderForm({"name": "张三", "id_number": "", "note": "", **data}, instance=holder())


def test_a_stored_value_is_never_in_the_page() -> None:
    html = HolderForm(instance=holder()).as_p()
    assert NUMBER not in html
    assert "初次" not in html
    assert "留空表示不修改（现为 ****************17）" in html
    assert 'autocomplete="off"' in html


def test_a_new_row_asks_for_what_is_required() -> None:
    form = HolderForm({"name": "李四", "id_number": "", "note": ""})
    assert set(form.errors) == {"note"}
    assert "留空" not in HolderForm().as_p()


def test_leaving_it_empty_keeps_the_value() -> None:
    form = bound(name="张三丰")
    assert form.errors == {}
    assert form.changed_data == ["name"]
    assert form.instance.id_number.reveal() == NUMBER
    assert form.instance.note.reveal() == "初次"


def test_typing_changes_it_and_typing_the_same_does_not() -> None:
    form = bound(id_number=" 41079919810224003x ", note="初次")
    assert form.errors == {}
    assert form.changed_data == ["id_number"]
    assert form.instance.id_number.reveal() == "41079919810224003X"


def test_a_wrong_value_is_refused_once_and_may_be_corrected() -> None:
    form = bound(id_number="4107", note="很长很长很长很长很长很长")
    assert form.errors["id_number"] == ["应为18位"]
    assert len(form.errors["note"]) == 1
    assert 'value="4107"' in str(form["id_number"])


def test_no_other_widget_gets_the_value() -> None:
    field = column("id_number").formfield(widget=forms.Textarea)
    assert isinstance(field, SealedFormField)
    assert isinstance(field.widget, SealedInput)
