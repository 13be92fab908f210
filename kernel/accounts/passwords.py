"""The password rules, read from the policy in force: length, kinds of characters, no return of the last few."""

from __future__ import annotations

import string

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kernel.accounts.models import PasswordHistory, User
from kernel.accounts.policy import policy_now

LONGEST = 128


def count_classes(password: str) -> int:
    """Kinds of characters in it: small letters, capitals, digits, everything else. Zero to four."""
    kinds = (
        any(character in string.ascii_lowercase for character in password),
        any(character in string.ascii_uppercase for character in password),
        any(character in string.digits for character in password),
        any(character not in string.ascii_letters + string.digits for character in password),
    )
    return sum(kinds)


class PolicyValidator:
    """Django's validator interface on `SecurityPolicy`."""

    def validate(self, password: str, user: User | None = None) -> None:
        policy = policy_now()
        if len(password) < policy.password_length:
            raise ValidationError(
                _("密码至少要有 %(n)d 个字符") % {"n": policy.password_length}, code="password_too_short"
            )
        if len(password) > LONGEST:
            raise ValidationError(_("密码最多 %(n)d 个字符") % {"n": LONGEST}, code="password_too_long")
        if count_classes(password) < policy.password_classes:
            raise ValidationError(
                _("密码须含大写字母、小写字母、数字、符号中的至少 %(n)d 种") % {"n": policy.password_classes},
                code="password_classes",
            )
        if user is not None and user.pk and is_remembered(user, password, policy.password_memory):
            raise ValidationError(
                _("不能使用最近 %(n)d 次用过的密码") % {"n": policy.password_memory}, code="password_repeated"
            )

    def get_help_text(self) -> str:
        policy = policy_now()
        return _(
            "至少 %(length)d 个字符，含大写字母、小写字母、数字、符号中的至少 %(classes)d 种，"
            "不能与最近 %(memory)d 次相同，%(days)d 天内须更换。"
        ) % {
            "length": policy.password_length,
            "classes": policy.password_classes,
            "memory": policy.password_memory,
            "days": policy.password_days,
        }


def is_remembered(user: User, password: str, memory: int) -> bool:
    """Whether the password is the present one or one of the last `memory`."""
    if memory <= 0:
        return False
    earlier = PasswordHistory.objects.filter(user=user).order_by("-pk").values_list("password", flat=True)
    return any(check_password(password, kept) for kept in (user.password, *earlier[: memory - 1]))
