from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from kernel.accounts.roles import Role
from kernel.audit.labels import name_actions, name_roles

ACTIONS = {
    "user.created": _("建立账号"),
    "user.changed": _("修改账号"),
    "user.disabled": _("停用账号"),
    "user.enabled": _("启用账号"),
    "password.changed": _("修改密码"),
    "password.reset": _("重置密码"),
    "second_factor.enrolled": _("启用动态口令"),
    "second_factor.removed": _("停用动态口令"),
    "second_factor.reset": _("重置动态口令"),
    "right.granted": _("授予任职"),
    "right.revoked": _("撤销任职"),
    "appointment.switched": _("切换岗位"),
    "policy.changed": _("修改安全策略"),
    "client.registered": _("登记部门接口"),
    "client.changed": _("修改部门接口"),
    "client.secret_renewed": _("更换接口密钥"),
    "token.refused": _("接口取令牌被拒"),
}


class AccountsConfig(AppConfig):
    name = "kernel.accounts"
    label = "accounts"
    verbose_name = _("账号与任职")

    def ready(self) -> None:
        name_roles(dict(Role.choices))
        name_actions(ACTIONS)
