"""Django's registration of the REST bases."""

from django.apps import AppConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class RestConfig(AppConfig):
    """No tables; one system check."""

    name = "kernel.rest"
    label = "rest"
    verbose_name = _("接口")

    def ready(self) -> None:
        """The check walks views, which import models: it can be loaded only now."""
        import_string("kernel.rest.checks.check_declarations")
