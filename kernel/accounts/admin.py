"""The administrators' pages: accounts, appointments, policy, department clients. Every write is a service's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.accounts.admin_forms import AppointmentForm, ClientForm, PolicyForm, UserForm
from kernel.accounts.authority import area_of
from kernel.accounts.models import Appointment, DepartmentClient, SecurityPolicy, User
from kernel.accounts.policy import forget_policy
from kernel.accounts.registration import register_client, renew_secret, update_client
from kernel.accounts.services import (
    appoint,
    create_user,
    end_appointment,
    initial_password,
    reset_password,
    reset_second_factor,
    update_user,
)
from kernel.audit.services import record
from kernel.clock import today
from kernel.web.references import NamedLookups, TolerantReferences

if TYPE_CHECKING:
    UserBase = admin.ModelAdmin[User]
    AppointmentBase = admin.ModelAdmin[Appointment]
    PolicyBase = admin.ModelAdmin[SecurityPolicy]
    ClientBase = admin.ModelAdmin[DepartmentClient]
else:
    UserBase = AppointmentBase = PolicyBase = ClientBase = admin.ModelAdmin

Secret = tuple[str, str]


def show_once(request: HttpRequest, title: str, secrets: list[Secret]) -> TemplateResponse:
    """A page with secrets that are stored nowhere in the clear: names and values, to be handed over now."""
    response = TemplateResponse(request, "accounts/show_once.html", {"title": title, "secrets": secrets})
    response.headers["Cache-Control"] = "no-store"
    return response


class OwnCounty(NamedLookups, TolerantReferences):
    """Rows of the administrator's own area only; nothing is ever deleted. `place` is the column of the division."""

    place = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        area = area_of(request.user)  # type: ignore[arg-type]
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return rows.filter(**{f"{self.place}__gte": area.lo, f"{self.place}__lt": area.hi})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(OwnCounty, UserBase):
    """People's accounts. The system administrator opens and closes them; rights are the security administrator's."""

    place = "home_id"
    form = UserForm
    list_display = ["username", "full_name", "home", "posts", "is_active", "last_login"]
    list_filter = ["is_active", "is_service"]
    list_select_related = ["home"]
    search_fields = ["username", "full_name"]
    autocomplete_fields = ["home"]
    show_full_result_count = False
    actions = ["give_new_password", "forget_second_factor"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        held = Appointment.objects.in_force(today()).select_related("division")
        return super().get_queryset(request).prefetch_related(Prefetch("appointments", held, to_attr="held"))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return ["username", "last_login", "password_changed_at", "created_at"] if obj else []

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return ["username", "full_name", "home"]
        return ["username", "full_name", "home", "is_active", "last_login", "password_changed_at", "created_at"]

    @admin.display(description=gettext_lazy("任职"))
    def posts(self, obj: User) -> str:
        """Appointments in force today."""
        return "、".join(str(each) for each in getattr(obj, "held", []))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        by: Any = request.user
        if change:
            update_user(user=obj, full_name=obj.full_name, home=obj.home, is_active=obj.is_active, by=by)
            return
        password = initial_password()
        made = create_user(username=obj.username, full_name=obj.full_name, home=obj.home, password=password, by=by)
        obj.pk = made.pk
        request.shown_once = [(made.username, password)]  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        return show_once(request, _("初始密码，只显示这一次"), request.shown_once)  # type: ignore[attr-defined]

    @admin.action(description=gettext_lazy("重置密码"), permissions=["change"])
    def give_new_password(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse:
        """A new initial password for each chosen person."""
        by: Any = request.user
        secrets = []
        for user in queryset.filter(is_service=False).order_by("username"):
            password = initial_password()
            reset_password(user=user, password=password, by=by)
            secrets.append((user.username, password))
        return show_once(request, _("新的初始密码，只显示这一次"), secrets)

    @admin.action(description=gettext_lazy("重置动态口令"), permissions=["change"])
    def forget_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """After a lost phone."""
        by: Any = request.user
        for user in queryset:
            reset_second_factor(user=user, by=by)
        self.message_user(request, _("已重置，下次登录后可重新启用"), messages.SUCCESS)


@admin.register(Appointment)
class AppointmentAdmin(OwnCounty, AppointmentBase):
    """Grants: made and revoked by the security administrator, never edited."""

    place = "division_id"
    form = AppointmentForm
    list_display = ["user", "role", "division", "valid_from", "valid_to", "revoked_at", "granted_by"]
    list_filter = ["role"]
    list_select_related = ["user", "division", "granted_by"]
    search_fields = ["user__username", "user__full_name", "division__name"]
    autocomplete_fields = ["user", "division"]
    show_full_result_count = False
    actions = ["revoke"]

    def get_readonly_fields(self, request: HttpRequest, obj: Appointment | None = None) -> list[str]:
        fields = ["user", "role", "division", "valid_from", "valid_to", "revoked_at", "granted_by"]
        return fields if obj else []

    def save_model(self, request: HttpRequest, obj: Appointment, form: Any, change: bool) -> None:
        by: Any = request.user
        if change:
            return
        made = appoint(
            user=obj.user,
            role=obj.role,
            division=obj.division,
            valid_from=obj.valid_from,
            valid_to=obj.valid_to,
            by=by,
        )
        obj.pk = made.pk

    @admin.action(description=gettext_lazy("撤销任职"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        """At once: it counts from the person's next request."""
        by: Any = request.user
        for appointment in queryset:
            end_appointment(appointment=appointment, by=by)
        self.message_user(request, _("已撤销，立即生效"), messages.SUCCESS)


@admin.register(SecurityPolicy)
class SecurityPolicyAdmin(NamedLookups, PolicyBase):
    """Password, session and second-factor rules by date; they hold for the whole installation."""

    form = PolicyForm
    list_display = ["valid_from", "password_length", "password_days", "idle_minutes", "session_hours"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: SecurityPolicy, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        by: Any = request.user
        record("policy.changed", obj=obj, division=by.acting.division_id, detail={"fields": form.changed_data})
        forget_policy()


@admin.register(DepartmentClient)
class DepartmentClientAdmin(OwnCounty, ClientBase):
    """Department systems: recipient, purpose, legal basis, kinds of data, end date."""

    place = "division_id"
    form = ClientForm
    list_display = ["name", "owner", "division", "valid_to", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["division"]
    search_fields = ["name", "owner"]
    autocomplete_fields = ["division"]
    actions = ["give_new_secret"]

    def get_readonly_fields(self, request: HttpRequest, obj: DepartmentClient | None = None) -> list[str]:
        return ["name", "owner", "purpose", "legal_basis", "division", "client_id"] if obj else []

    def get_fields(self, request: HttpRequest, obj: DepartmentClient | None = None) -> Any:
        fields = ["name", "owner", "purpose", "legal_basis", "division", "scopes", "valid_to", "addresses"]
        return [*fields, "is_active", "client_id"] if obj else fields

    @admin.display(description=gettext_lazy("客户端编号"))
    def client_id(self, obj: DepartmentClient) -> str:
        """What the department sends together with its secret."""
        return str(obj.application.client_id)

    def save_model(self, request: HttpRequest, obj: DepartmentClient, form: Any, change: bool) -> None:
        by: Any = request.user
        settled = {"scopes": obj.scopes, "valid_to": obj.valid_to, "addresses": obj.addresses}
        if change:
            update_client(client=obj, is_active=obj.is_active, by=by, **settled)
            return
        named = {name: getattr(obj, name) for name in ("name", "owner", "purpose", "legal_basis", "division")}
        identity, secret = register_client(**named, **settled, by=by)
        obj.pk = DepartmentClient.objects.get(application__client_id=identity).pk
        request.shown_once = [(identity, secret)]  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: DepartmentClient, post_url_continue: str | None = None
    ) -> HttpResponse:
        return show_once(request, _("客户端编号与密钥，只显示这一次"), request.shown_once)  # type: ignore[attr-defined]

    @admin.action(description=gettext_lazy("更换密钥"), permissions=["change"])
    def give_new_secret(self, request: HttpRequest, queryset: QuerySet[DepartmentClient]) -> HttpResponse:
        """The old secret and the tokens given out for it end."""
        by: Any = request.user
        rows = [(client.application.client_id, renew_secret(client=client, by=by)) for client in queryset]
        return show_once(request, _("客户端编号与密钥，只显示这一次"), rows)
