from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from subsidies.facts.registry import load_facts


class SubsidiesConfig(AppConfig):
    """Loads the vocabulary of facts at start-up: a faulty fact stops the process, not a payment."""

    name = "subsidies"
    verbose_name = _("奖补")

    def ready(self) -> None:
        load_facts()
