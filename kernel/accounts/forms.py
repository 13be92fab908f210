"""Forms of the account pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext_lazy as _

from kernel.accounts.passwords import LONGEST

LONGEST_NAME = 60


class LoginForm(AuthenticationForm):
    """Account and password. One sentence for every failure: it must not tell which accounts exist."""

    error_messages = {"invalid_login": _("账号或密码不正确"), "inactive": _("账号或密码不正确")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("账号")
        self.fields["username"].error_messages["required"] = _("请填写账号")
        self.fields["password"].label = _("密码")
        self.fields["password"].error_messages["required"] = _("请填写密码")

    def clean(self) -> dict[str, Any]:
        # Longer than any account or password: not worth hashing, and too long for the table of failures.
        if len(self.cleaned_data.get("username", "")) > LONGEST_NAME or len(self.data.get("password", "")) > LONGEST:
            raise self.get_invalid_login_error()
        return super().clean()


class CodeForm(forms.Form):
    """Six digits of a code generator."""

    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=_("动态口令"),
        help_text=_("手机验证器上显示的 6 位数字"),
        error_messages={"required": _("请填写动态口令"), "invalid": _("动态口令是 6 位数字")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "6", "autofocus": True}
        ),
    )


class OwnPasswordForm(PasswordChangeForm):
    """Old password, new one twice; the rules are the policy's."""

    error_messages = {
        "password_incorrect": _("原密码不正确"),
        "password_mismatch": _("两次填写的新密码不一致"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"old_password": _("原密码"), "new_password1": _("新密码"), "new_password2": _("再填一次新密码")}
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].error_messages["required"] = _("请填写此项")
        self.fields["new_password2"].help_text = ""
