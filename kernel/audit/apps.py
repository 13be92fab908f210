from django.apps import AppConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "kernel.audit"
    label = "audit"
    verbose_name = _("审计")

    def ready(self) -> None:
        # By name: at the top of this file the models are not loaded yet.
        import_string("kernel.audit.logins.connect_logins")()
