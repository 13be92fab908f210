from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from kernel.audit.labels import name_actions

ACTIONS = {
    "person.export": _("导出人员"),
    "employer.export": _("导出用工主体"),
    "spell.export": _("导出务工记录"),
}


class LabourConfig(AppConfig):
    name = "labour"
    verbose_name = _("劳动力")

    def ready(self) -> None:
        name_actions(ACTIONS)
