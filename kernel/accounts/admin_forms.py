"""Forms of the administrators' pages: they ask the rules early, so that a refusal stands beside its field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.accounts.models import Appointment, DepartmentClient, SecurityPolicy, User
from kernel.accounts.oauth import ClientScopes
from kernel.accounts.registration import check_networks
from kernel.accounts.roles import Role
from kernel.accounts.services import check_place, check_separation

if TYPE_CHECKING:
    UserBase = forms.ModelForm[User]
    AppointmentBase = forms.ModelForm[Appointment]
    PolicyBase = forms.ModelForm[SecurityPolicy]
    ClientBase = forms.ModelForm[DepartmentClient]
else:
    UserBase = AppointmentBase = PolicyBase = ClientBase = forms.ModelForm


class UserForm(UserBase):
    """Account, name, home; the password is made by the system and shown once."""

    class Meta:
        model = User
        fields = ["username", "full_name", "home", "is_active"]


class AppointmentForm(AppointmentBase):
    """Who, as what, where, from when to when."""

    class Meta:
        model = Appointment
        fields = ["user", "role", "division", "valid_from", "valid_to"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if {"user", "role", "division", "valid_from"} <= cleaned.keys():
            check_place(cleaned["role"], cleaned["division"], cleaned["valid_from"])
            check_separation(Appointment(**cleaned), cleaned["user"])
        return cleaned


class PolicyForm(PolicyBase):
    """The security policy, with the roles as boxes to tick."""

    totp_roles = forms.MultipleChoiceField(
        label=_("须动态口令的角色"),
        required=False,
        choices=[choice for choice in Role.choices if choice[0] != Role.DEPARTMENT],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = SecurityPolicy
        fields = "__all__"


class ClientForm(ClientBase):
    """A department client: what it may read as boxes, addresses one a line."""

    scopes = forms.MultipleChoiceField(
        label=_("可读内容"),
        choices=lambda: list(ClientScopes().get_all_scopes().items()),
        widget=forms.CheckboxSelectMultiple,
    )
    addresses = forms.CharField(
        label=_("允许的网络地址"),
        required=False,
        help_text=_("每行一个地址或网段，如 10.1.0.0/16；留空为不限"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    class Meta:
        model = DepartmentClient
        fields = ["name", "owner", "purpose", "legal_basis", "division", "scopes", "valid_to", "addresses", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["addresses"] = "\n".join(self.instance.addresses)

    def clean_addresses(self) -> list[str]:
        return check_networks([line for line in self.cleaned_data["addresses"].split() if line])
