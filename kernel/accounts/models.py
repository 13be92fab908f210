"""Users and their appointments. A person with several posts acts under one at a time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.accounts.addresses import address_allowed
from kernel.accounts.roles import ADMINISTRATORS, Role, may, permissions_of
from kernel.clock import today
from kernel.divisions.models import Division

if TYPE_CHECKING:
    from django.db.models.query import QuerySet


class UserManager(BaseUserManager["User"]):
    """Creates users; there is no superuser."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.password_changed_at = timezone.now()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """One official or one department system: one person, one account. Rights come from appointments only."""

    username = models.CharField(
        _("账号"),
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("已有这个账号")},
    )
    full_name = models.CharField(_("姓名"), max_length=60)
    home = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("所属区划"))
    is_active = models.BooleanField(_("启用"), default=True)
    is_service = models.BooleanField(_("系统对接账号"), default=False)
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=False)
    password_changed_at = models.DateTimeField(_("密码修改时间"), default=timezone.now)
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["full_name"]
    is_superuser = False  # stated for libraries that ask; nobody ever is

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = pgettext_lazy("plural", "用户")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name

    # `acting` is set by the middleware, by a job, or by a test: the appointment under which the user works now.
    acting: Appointment | None = None

    @property
    def is_staff(self) -> bool:
        """Who may enter the admin: decided by the role table (`web.enter_admin`)."""
        return self.has_perm("web.enter_admin")

    def appointments_today(self) -> QuerySet[Appointment]:
        """Appointments in force today, with their divisions."""
        return self.appointments.in_force(today()).select_related("division").order_by("pk")

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return bool(self.is_active and self.acting is not None and may(self.acting.role, perm))

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return all(self.has_perm(perm) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        if not self.is_active or self.acting is None:
            return False
        return any(perm.startswith(f"{app_label}.") for perm in permissions_of(self.acting.role))


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Named reads of appointments."""

    def in_force(self, day: dt.date) -> AppointmentQuerySet:
        """Valid on a day, not revoked, of active users."""
        return self.lasting(day).filter(valid_from__lte=day, user__is_active=True)

    def lasting(self, day: dt.date) -> AppointmentQuerySet:
        """Not revoked and not over before a day; may begin later."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), revoked_at__isnull=True)


class Appointment(models.Model):
    """Who (user) may act as what (role) where (division subtree), from when until when."""

    user = models.ForeignKey(User, models.CASCADE, related_name="appointments", verbose_name=_("用户"))
    role = models.CharField(_("角色"), max_length=12, choices=Role.choices)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("区划"))
    valid_from = models.DateField(_("起"), default=today)
    valid_to = models.DateField(_("止"), null=True, blank=True)
    revoked_at = models.DateTimeField(
        _("撤销时间"), null=True, blank=True, editable=False, help_text=_("撤销后立即失效，止期保持原样")
    )
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("授权人")
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = pgettext_lazy("plural", "任职")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="accounts_appointment_dates",
                violation_error_message=_("止期不能早于起期"),
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(role__in=sorted(ADMINISTRATORS), valid_to__isnull=True, revoked_at__isnull=True),
                name="accounts_one_administrator_role",
                violation_error_message=_("同一账号不能兼任两种管理员"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.get_role_display()}"


class PasswordHistory(models.Model):
    """Hashes of earlier passwords, so that the last few cannot come back."""

    user = models.ForeignKey(User, models.CASCADE, related_name="password_history", verbose_name=_("用户"))
    password = models.CharField(_("密码散列"), max_length=128)
    at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("历史密码")
        verbose_name_plural = pgettext_lazy("plural", "历史密码")

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d}"


class SecurityPolicy(models.Model):
    """Password, session and second-factor rules from a date on. The newest row in force applies."""

    valid_from = models.DateField(_("自何日起"), unique=True)
    password_length = models.PositiveSmallIntegerField(_("密码最短长度"), default=10)
    password_classes = models.PositiveSmallIntegerField(_("字符种类数"), default=3)
    password_days = models.PositiveSmallIntegerField(_("密码有效天数"), default=90)
    password_memory = models.PositiveSmallIntegerField(_("不得重复的历史密码数"), default=5)
    idle_minutes = models.PositiveSmallIntegerField(_("闲置多少分钟退出"), default=15)
    session_hours = models.PositiveSmallIntegerField(_("最长在线小时"), default=8)
    totp_roles = models.JSONField(_("须动态口令的角色"), default=list, blank=True)

    class Meta:
        verbose_name = _("安全策略")
        verbose_name_plural = pgettext_lazy("plural", "安全策略")
        ordering = ["-valid_from"]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    def clean(self) -> None:
        """Limits that no policy may undercut or overdo."""
        limits = {
            "password_length": (8, 64),
            "password_classes": (1, 4),
            "password_days": (0, 365),
            "password_memory": (0, 24),
            "idle_minutes": (1, 120),
            "session_hours": (1, 24),
        }
        wrong = {}
        for name, (least, most) in limits.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                wrong[name] = _("应在 %(least)d 至 %(most)d 之间") % {"least": least, "most": most}
        if wrong:
            raise ValidationError(wrong)

    @classmethod
    def now(cls) -> SecurityPolicy:
        """The policy in force today; the defaults when none is stored."""
        return cls.objects.filter(valid_from__lte=today()).first() or cls(valid_from=today())


class DepartmentClient(models.Model):
    """One department system: recipient, purpose, legal basis, kinds of data and end date (PIPL 23, data regulation 12).

    Its OAuth application holds the hashed secret; its service user holds the appointment, so that REST is walled by
    the same lines as a page.
    """

    name = models.CharField(_("名称"), max_length=80)
    owner = models.CharField(_("接收部门"), max_length=80)
    purpose = models.TextField(_("用途"))
    legal_basis = models.TextField(_("法律依据"))
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("可读区划"))
    scopes = models.JSONField(_("可读内容"), default=list)
    valid_to = models.DateField(_("有效期至"))
    addresses = models.JSONField(_("允许的网络地址"), default=list, blank=True, help_text=_("留空为不限"))
    is_active = models.BooleanField(_("启用"), default=True)
    application = models.OneToOneField(
        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
        models.PROTECT,
        related_name="department_client",
        editable=False,
        verbose_name=_("客户端"),
    )
    user = models.OneToOneField(
        User, models.PROTECT, related_name="department_client", editable=False, verbose_name=_("对接账号")
    )
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("部门接口")
        verbose_name_plural = pgettext_lazy("plural", "部门接口")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        known: dict[str, Any] = settings.OAUTH2_PROVIDER["SCOPES"]  # type: ignore[assignment]
        unknown = sorted(set(self.scopes) - set(known))
        if unknown or not self.scopes:
            raise ValidationError({"scopes": _("可读内容无效：%(names)s") % {"names": "、".join(unknown) or "—"}})

    def is_open(self, day: dt.date, address: str) -> bool:
        """Whether the client may come in on a day from an address."""
        return (
            self.is_active
            and self.user.is_active
            and day <= self.valid_to
            and address_allowed(address, list(self.addresses))
        )
