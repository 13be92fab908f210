"""Named writes on users and appointments. Each is audited; an administrator acts only inside the own county."""

from __future__ import annotations

import datetime as dt
import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from kernel.accounts.authority import require_authority, working
from kernel.accounts.models import Appointment, PasswordHistory, User
from kernel.accounts.roles import ADMINISTRATORS, LEVELS, Role
from kernel.audit.services import record
from kernel.clock import today
from kernel.divisions.models import Division

ABOVE_TOWNSHIP = frozenset({"province", "city", "county"})
LETTERS = "abcdefghjkmnpqrstuvwxyz"
"""Without i, l, o: an initial password is read out and typed."""


def initial_password() -> str:
    """A random password that meets every policy up to 14 characters: for a new account, to be changed at first login."""
    parts = [secrets.choice(LETTERS) for _n in range(6)] + [secrets.choice(LETTERS.upper()) for _n in range(3)]
    parts += [secrets.choice("23456789") for _n in range(4)]
    secrets.SystemRandom().shuffle(parts)
    return "".join(parts) + secrets.choice("!#%+-=?@")


def create_user(
    *,
    username: str,
    full_name: str,
    home: Division,
    password: str,
    must_change_password: bool = True,
    is_service: bool = False,
    by: User | None = None,
) -> User:
    """A new account without any appointment: it can sign in and do nothing. ValidationError names the field."""
    require_authority(by, "accounts.add_user", home.pk)
    user = User(
        username=User.normalize_username(username),
        full_name=full_name.strip(),
        home=home,
        must_change_password=must_change_password,
        is_service=is_service,
    )
    if is_service:
        user.set_unusable_password()
    else:
        check_password_rules(password, user)
        user.set_password(password)
    with working(by):
        user.full_clean(exclude=["password"])
        user.save()
        record("user.created", obj=user)
    return user


def update_user(*, user: User, full_name: str, home: Division, is_active: bool, by: User | None = None) -> User:
    """Name, home and whether the account is enabled; recorded with the names of what changed."""
    if by is not None and by.pk == user.pk and not is_active:
        raise PermissionDenied(_("不能停用自己的账号"))
    with working(by):
        row = User.objects.select_for_update().get(pk=user.pk)
        require_authority(by, "accounts.change_user", row.home_id, home.pk)
        wanted = {"full_name": full_name.strip(), "home_id": home.pk, "is_active": is_active}
        changed = sorted(name for name, value in wanted.items() if getattr(row, name) != value)
        for name in changed:
            setattr(row, name, wanted[name])
        row.full_clean(exclude=["password"])
        if changed:
            row.save(update_fields=changed)
            action = "user.changed" if "is_active" not in changed else "user.enabled" if is_active else "user.disabled"
            record(action, obj=row, detail={"fields": changed})
    return row


def disable_user(*, user: User, reason: str = "", by: User | None = None) -> User:
    """Close an account: sessions, tokens and queued jobs end with the next request."""
    require_authority(by, "accounts.change_user", user.home_id)
    if by is not None and by.pk == user.pk:
        raise PermissionDenied(_("不能停用自己的账号"))
    with working(by):
        User.objects.filter(pk=user.pk).update(is_active=False)
        record("user.disabled", obj=user, purpose=reason)
    user.is_active = False
    return user


def reset_password(*, user: User, password: str, by: User | None = None) -> User:
    """A new initial password, to be changed at the next login; every session of the user ends."""
    require_authority(by, "accounts.change_user", user.home_id)
    check_password_rules(password, user)
    with working(by):
        store_password(user=user, password=password, must_change=True)
        record("password.reset", obj=user)
    return user


def change_own_password(*, user: User, password: str) -> User:
    """The user's own change. The form has checked the old password; the rules are checked here again."""
    check_password_rules(password, user)
    with working(user):
        store_password(user=user, password=password, must_change=False)
        record("password.changed", obj=user)
    return user


def check_password_rules(password: str, user: User) -> None:
    """ValidationError under the name `password` when the password breaks the policy."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error


def store_password(*, user: User, password: str, must_change: bool) -> None:
    """Keep the old hash in the history, then set the new one."""
    if user.has_usable_password():
        PasswordHistory.objects.create(user_id=user.pk, password=user.password)
    user.set_password(password)
    user.must_change_password = must_change
    user.password_changed_at = timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])


def reset_second_factor(*, user: User, by: User | None = None) -> int:
    """Forget the code generators of a user (lost phone); the next login enrols anew. Returns how many there were."""
    require_authority(by, "accounts.change_user", user.home_id)
    with working(by):
        count, _each = TOTPDevice.objects.filter(user_id=user.pk).delete()
        record("second_factor.reset", obj=user, rows=count)
    return count


def appoint(
    *,
    user: User,
    role: str,
    division: Division,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
    by: User | None = None,
) -> Appointment:
    """Grant a role in a division. ValidationError tells which rule of separation or place is broken."""
    require_authority(by, "accounts.add_appointment", user.home_id, division.pk)
    if by is not None and by.pk == user.pk:
        raise PermissionDenied(_("不能给自己授权"))
    appointment = Appointment(
        user=user, role=role, division=division, valid_from=valid_from or today(), valid_to=valid_to, granted_by=by
    )
    check_place(role, division, appointment.valid_from)
    with working(by):
        # The lock makes two grants at the same moment see each other.
        holder = User.objects.select_for_update().get(pk=user.pk)
        check_separation(appointment, holder)
        appointment.full_clean()
        appointment.save()
        record("right.granted", obj=appointment, detail={"user": user.pk, "role": role})
    return appointment


def end_appointment(*, appointment: Appointment, reason: str = "", by: User | None = None) -> Appointment:
    """Revoke a role at once: it counts from the next request of the user and for queued jobs."""
    require_authority(by, "accounts.change_appointment", appointment.division_id)
    with working(by):
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
        if row.revoked_at is None:
            row.revoked_at = timezone.now()
            row.save(update_fields=["revoked_at"])
            record("right.revoked", obj=row, purpose=reason, detail={"user": row.user_id, "role": row.role})
    return row


def check_place(role: str, division: Division, day: dt.date) -> None:
    """A township role needs a township, a village role a village, the others a county or above; real and in force."""
    if role not in Role.values:
        raise ValidationError({"role": _("没有这个角色")})
    if division.level not in LEVELS.get(role, ABOVE_TOWNSHIP):
        needed = {"township": _("乡镇"), "village": _("村")}.get(role, _("县或以上"))
        label = Role(role).label
        raise ValidationError({"division": _("%(role)s须任职于%(level)s") % {"role": label, "level": needed}})
    if division.is_statistical:
        raise ValidationError({"division": _("统计用单位不是行政区划，不能任职")})
    if not Division.objects.valid_on(day).filter(pk=division.pk).exists():
        raise ValidationError({"division": _("区划在起始日不在有效期内")})


def check_separation(appointment: Appointment, holder: User) -> None:
    """Administrator roles stand alone; department systems hold `department` and nothing else; nothing twice."""
    role = appointment.role
    if not holder.is_active:
        raise ValidationError({"user": _("账号已停用")})
    if holder.is_service != (role == Role.DEPARTMENT):
        raise ValidationError({"role": _("部门接口角色只授予对接账号，对接账号只能有这一角色")})
    others = list(Appointment.objects.filter(user=holder).lasting(appointment.valid_from))
    if any(each.role == role and each.division_id == appointment.division_id for each in others):
        raise ValidationError({"role": _("已有相同的任职")})
    for each in others:
        if role in ADMINISTRATORS and each.role in ADMINISTRATORS:
            raise ValidationError({"role": _("同一账号不能兼任两种管理员")})
        if (role in ADMINISTRATORS) != (each.role in ADMINISTRATORS):
            raise ValidationError({"role": _("管理员角色不能与业务角色同在一个账号")})
