"""`manage.py verify_audit`: recompute the chain and say whether anything sealed was touched."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from kernel.audit.chain import Head, find_fault, head_path, read_head
from kernel.audit.models import Seal


class Command(BaseCommand):
    """Ends with status 1 and the first broken link when something is wrong."""

    help = "Recompute the audit chain; names the first broken link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect-head", metavar="SEAL:HASH", help="the newest link as kept outside; default: var/audit/head.json"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        expected = self.parse(options["expect_head"]) if options["expect_head"] else read_head()
        fault = find_fault(expected)
        if fault is not None:
            place = _("第 %(n)d 环：") % {"n": fault.seal} if fault.seal is not None else ""
            raise CommandError(f"{place}{fault.sentence}")
        last = Seal.objects.order_by("-pk").first()
        if last is None:
            self.stdout.write(_("链上还没有封存"))
            return
        self.stdout.write(
            _("完好：%(n)d 环，链头 %(hash)s") % {"n": Seal.objects.count(), "hash": f"{last.pk}:{last.hash}"}
        )
        if expected is None:
            self.stdout.write(_("没有库外留存的链头（%(path)s），不能发现链尾截断") % {"path": head_path()})

    def parse(self, text: str) -> Head:
        """`12:ab34…` as printed by this command."""
        number, _colon, digest = text.partition(":")
        if not number.isdecimal() or len(digest) != 64:
            raise CommandError(_("--expect-head 的格式是 环号:64 位散列"))
        return Head(int(number), digest.lower())
