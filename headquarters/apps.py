from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HeadquartersConfig(AppConfig):
    name = "headquarters"
    verbose_name = _("指挥部")
