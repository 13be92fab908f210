"""Model fields for protected data: ciphertext in the column, `Sealed` in Python, a mask on every page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from django import forms
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kernel.protection.masks import MaskKind
from kernel.protection.provider import BLIND_INDEX_BYTES, ProtectionError, is_token
from kernel.protection.sealed import Sealed

if TYPE_CHECKING:
    _TextAsBinary = models.BinaryField[str | Sealed | bytes | None, Any]
    _Hash = models.BinaryField[bytes | None, Any]
else:
    _TextAsBinary = _Hash = models.BinaryField

FieldMask = Literal["id", "phone", "card", "hidden"]
Validator = Callable[[str], None]


class SealedInput(forms.TextInput):
    """A text input that never repeats a stored value."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false", **(attrs or {})})

    def format_value(self, value: object) -> str | None:
        """What the user has just typed and must correct; nothing for a stored value."""
        return value if isinstance(value, str) and value else None


class SealedFormField(forms.CharField):
    """Empty when editing, and leaving it empty keeps the stored value.

    Therefore a form cannot clear a value; a service sets None. Required only while nothing is stored.
    """

    widget = SealedInput

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        """Learn from the form whether a value is stored: this copy of the field belongs to that form alone."""
        stored = form.get_initial_for_field(self, field_name)
        if isinstance(stored, Sealed):
            self.required = self.widget.is_required = False
            self.widget.attrs["placeholder"] = gettext("留空表示不修改（现为 %(mask)s）") % {"mask": stored}
        return super().get_bound_field(form, field_name)

    def prepare_value(self, value: Any) -> Any:
        """Never hand a stored value to the widget, whatever widget it is."""
        return "" if isinstance(value, Sealed) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Empty input is no change, and typing the stored value again is none either."""
        text = self.to_python(data)
        if not text:
            return False
        return not (isinstance(initial, Sealed) and initial.matches(text))


class SealedAttribute(DeferredAttribute):
    """Seals a plain text the moment it is assigned, so that no instance holds plaintext."""

    field: SealedTextField

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class SealedTextField(_TextAsBinary):
    """A short text kept as authenticated ciphertext (identity number, phone, bank card).

    Assign a str or a `Sealed`; an empty text means no value (NULL). Reading gives a `Sealed` or None, also through
    `values()`. Only `isnull` can be looked up: equality goes through a `BlindIndexField` beside it.
    `mask` chooses the mask. `context` is the authenticated name of the column, by default "app.model.field"; give the
    old one when a model or field is renamed, and the source's one on a history copy.
    `normalise` is applied to each plain text before sealing, so that the index and the ciphertext agree.
    `validators` see the plaintext, of new values only: old data must not block the edit of another field.
    Neither belongs to a migration.
    """

    description = _("加密文本")
    descriptor_class = SealedAttribute
    empty_strings_allowed = False

    def __init__(
        self,
        *args: Any,
        mask: FieldMask = "hidden",
        context: str | None = None,
        normalise: Callable[[str], str] | None = None,
        validators: Sequence[Validator] = (),
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)
        self.mask: MaskKind = mask
        self.normalise = normalise
        self._given_context = context
        self._plain_validators = tuple(validators)

    @property
    def context(self) -> str:
        """The name under which this column's tokens are authenticated; bulk paths pass it to `seal_many`."""
        return self._given_context or f"{self.model._meta.label_lower}.{self.name}"

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Only what a historical model needs: the mask and a given context."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        if not self.editable:
            kwargs["editable"] = False
        if self.mask != "hidden":
            kwargs["mask"] = self.mask
        if self._given_context:
            kwargs["context"] = self._given_context
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Refuse options that are meaningless over ciphertext."""
        problems = super().check(**kwargs)
        if self.primary_key or self.unique or getattr(self, "db_index", False):
            hint = "Put uniqueness and the index on a BlindIndexField beside it."
            problems.append(
                checks.Error("A sealed column cannot be indexed.", hint=hint, obj=self, id="protection.E001")
            )
        if self.has_default():
            problems.append(checks.Error("A sealed column has no default.", obj=self, id="protection.E002"))
        return problems

    def get_lookup(self, lookup_name: str) -> type[models.Lookup[Any]] | None:
        """Equal values have different tokens: any other look-up would silently find nothing, so it raises."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def from_db_value(
        self, value: bytes | memoryview | None, _expression: object, _connection: object
    ) -> Sealed | None:
        """Wrap, do not decrypt."""
        return None if value is None else Sealed(bytes(value), context=self.context, kind=self.mask)

    def to_python(self, value: Any) -> Any:
        """Seal a text, adopt a `Sealed` of another column or a ready token; expressions pass through."""
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if isinstance(value, Sealed):
            return value.sealed_for(self.context, self.mask)
        if isinstance(value, (bytes, memoryview)):
            return self._adopt(bytes(value))
        if not isinstance(value, str):
            # A number in place of an identity number has lost digits already; never turn it into text.
            raise ValidationError(_("请填写文本。"), code="protection.text")
        text = self.normalise(value) if self.normalise else value
        return Sealed.from_plaintext(text, context=self.context, kind=self.mask) if text else None

    def _adopt(self, token: bytes) -> Sealed:
        if not is_token(token):
            raise ProtectionError
        return Sealed(token, context=self.context, kind=self.mask)

    def get_prep_value(self, value: Any) -> Any:
        """The token. Also seals plain texts given to `update()`, which no instance has seen."""
        prepared = self.to_python(value)
        return prepared.token if isinstance(prepared, Sealed) else prepared

    def run_validators(self, value: Any) -> None:
        """Show the plaintext of a new value to the validators."""
        if not isinstance(value, Sealed) or not value.is_new:
            return
        plaintext = value.reveal()
        problems: list[ValidationError] = []
        for validator in (*self.default_validators, *self.validators, *self._plain_validators):
            try:
                validator(plaintext)
            except ValidationError as error:
                problems.extend(error.error_list)
        if problems:
            raise ValidationError(problems)

    def value_to_string(self, obj: models.Model) -> NoReturn:
        """Refused: fixtures and generic serializers get neither plaintext nor ciphertext."""
        raise TypeError(f"{self.context} is protected and cannot be serialized")

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """An empty input leaves the stored value."""
        if data not in (None, ""):
            setattr(instance, self.attname, data)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        """A `SealedFormField` with the validators of this field."""
        options: dict[str, Any] = {
            "form_class": SealedFormField,
            "validators": [self._validate_typed],
            "max_length": self.max_length,
        }
        # Admin and callers may not put another widget over a protected value.
        kwargs.pop("widget", None)
        return super().formfield(**{**options, **kwargs})

    def _validate_typed(self, text: str) -> None:
        normalised = self.normalise(text) if self.normalise else text
        for validator in self._plain_validators:
            validator(normalised)


class BlindIndexField(_Hash):
    """The 16-byte keyed hash of a protected value, for equality, uniqueness and joins inside one county.

    The service that writes the value computes it with `blind_index(...)`; a look-up passes the hash, never the value.
    """

    description = _("盲索引")
    empty_strings_allowed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = BLIND_INDEX_BYTES
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """The length is fixed and does not belong to a migration."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, args, kwargs

    def from_db_value(self, value: bytes | memoryview | None, _expression: object, _connection: object) -> bytes | None:
        """Plain bytes, so that hashes compare and hash as dictionary keys."""
        return None if value is None else bytes(value)

    def get_prep_value(self, value: Any) -> Any:
        """Refuse anything but 16 bytes: a text here would be the plaintext itself."""
        prepared = super().get_prep_value(value)
        if prepared is None or hasattr(prepared, "resolve_expression"):
            return prepared
        if not isinstance(prepared, (bytes, memoryview)) or len(prepared) != BLIND_INDEX_BYTES:
            raise TypeError(f"a blind index is {BLIND_INDEX_BYTES} bytes; compute it with blind_index()")
        return prepared
