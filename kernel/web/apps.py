"""Django's registration of the web shell."""

from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from kernel.web.checks import check_navigation


class WebConfig(AppConfig):
    """No tables: templates, static files, template filters and two system checks."""

    name = "kernel.web"
    label = "web"
    verbose_name = _("页面外壳")

    def ready(self) -> None:
        register(check_navigation, "web")
